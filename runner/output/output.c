#include "runner/output/output.h"

#include <inttypes.h>
#include <string.h>

#include "runner/session/outcome.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"

enum {
	MARKER_ROOM = 64,	/* for the line that says what was left out */
	FRAMES_SHOWN = 8,
	CODE_SHOWN = 120	/* bytes of a line of code */
};

struct str
fence_word(enum fence kind)
{
	static const char *const words[NFENCES] = {
		[FENCE_OUTPUT] = "output",
		[FENCE_STDERR] = "output-stderr",
		[FENCE_ERROR] = "output-error"
	};

	return str_of(words[kind]);
}

/* ---- what a terminal would have left of the bytes ---- */

static bool
is_within(struct str s, size_t at, unsigned char low, unsigned char high)
{
	return at < s.len && (unsigned char)s.data[at] >= low && (unsigned char)s.data[at] <= high;
}

/*
 * The terminal sequence at the front of s, which starts with ESC: its length,
 * 0 if it is none (ECMA-48).  Titles, clipboards and the like end at BEL or
 * ESC \; one without an end is over where its line is.
 */
static size_t
sequence_length(struct str s)
{
	size_t n = 1;

	if (s.len > 1 && s.data[1] == '[') {
		for (n = 2; is_within(s, n, 0x20, 0x3F); n++)
			;
		return n + is_within(s, n, 0x40, 0x7E);
	}
	if (s.len > 1 && strchr("]PX^_", s.data[1]) && s.data[1] != '\0') {
		for (n = 2; n < s.len && s.data[n] != '\n'; n++) {
			if (s.data[n] == '\a')
				return n + 1;
			if (s.data[n] == '\033' && n + 1 < s.len && s.data[n + 1] == '\\')
				return n + 2;
		}
		return n;
	}
	while (is_within(s, n, 0x20, 0x2F))
		n++;
	if (is_within(s, n, 0x30, 0x7E))
		return n + 1;
	return n > 1 ? n : 0;
}

static size_t
plain_length(struct str s)
{
	size_t n = 0;

	while (n < s.len && s.data[n] != '\n' && s.data[n] != '\r' && s.data[n] != '\033')
		n++;
	return n;
}

/*
 * A lone CR means that what comes next takes the line's place; nothing may
 * come, and CR LF is a plain line end.
 */
static void
add_printed(struct buf *to, struct str s)
{
	size_t line = to->len;
	bool returned = false;

	while (s.len > 0) {
		size_t n = plain_length(s), sequence = 0;

		if (n == 0 && s.data[0] == '\033' && (sequence = sequence_length(s)) == 0)
			n = 1;
		if (returned && (n > 0 || (sequence && s.data[sequence - 1] == 'K'))) {
			to->len = line;
			returned = false;
		}
		if (n > 0) {
			buf_visible(to, str_slice(s, 0, n));
		} else if (sequence > 0) {
			n = sequence;
		} else {
			n = 1;
			returned = s.data[0] == '\r';
			if (!returned) {
				buf_byte(to, '\n');
				line = to->len;
			}
		}
		s = str_slice(s, n, s.len);
	}
}

static void
end_line(struct buf *b)
{
	if (b->len > 0 && b->data[b->len - 1] != '\n')
		buf_byte(b, '\n');
}

/* ---- no more than a reader wants to see ---- */

static bool
is_inside_character(struct str s, size_t at)
{
	return is_within(s, at, 0x80, 0xBF);
}

/* How much of s fits, from its start: whole lines, or a part of the first one. */
static size_t
head_length(struct str s, size_t lines, size_t bytes)
{
	size_t n = 0;

	for (; lines > 0; lines--) {
		size_t end = n + str_find_byte(str_slice(s, n, s.len), '\n') + 1;

		if (end > s.len || end > bytes)
			break;
		n = end;
	}
	if (n > 0)
		return n;
	n = s.len < bytes ? s.len : bytes;
	while (n > 0 && is_inside_character(s, n))
		n--;
	return n;
}

/* The same from its end, which is a line's end; its first line is a part of one. */
static size_t
tail_length(struct str s, size_t lines, size_t bytes)
{
	size_t from = s.len;

	for (; lines > 0 && from > 0; lines--) {
		size_t start = from - 1;

		while (start > 0 && s.data[start - 1] != '\n')
			start--;
		if (start == 0 || s.len - start > bytes)
			break;
		from = start;
	}
	if (from < s.len)
		return s.len - from;
	from = s.len > bytes ? s.len - bytes : 0;
	while (is_inside_character(s, from))
		from++;
	return s.len - from;
}

/* 1234567 -> "1,234,567" */
static void
add_number(struct buf *b, uint64_t n)
{
	uint64_t unit = 1;

	while (n / unit >= 1000)
		unit *= 1000;
	buf_printf(b, "%" PRIu64, n / unit);
	while ((unit /= 1000) > 0)
		buf_printf(b, ",%03" PRIu64, n / unit % 1000);
}

/* "... 1,234 lines (56,789 bytes) left out ..."; lines are 0 if not known. */
static void
add_left_out(struct buf *to, uint64_t lines, uint64_t bytes)
{
	buf_add(to, STR("... "));
	if (lines > 0) {
		add_number(to, lines);
		buf_add(to, lines == 1 ? STR(" line (") : STR(" lines ("));
	}
	add_number(to, bytes);
	buf_add(to, bytes == 1 ? STR(" byte") : STR(" bytes"));
	buf_add(to, lines > 0 ? STR(") left out ...\n") : STR(" left out ...\n"));
}

static uint64_t
count_lines(struct str s)
{
	uint64_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += s.data[i] == '\n';
	return n;
}

/*
 * A cell that was stopped from outside got as far as time allowed: its last
 * lines and their number would be others each time.
 */
static bool
is_steady(const struct outcome *o)
{
	return o->kind != OUTCOME_TIMEOUT && o->kind != OUTCOME_OUTPUT_LIMIT;
}

/*
 * Append text, or its head, what was left out, and its tail.  Bytes that were
 * never kept (`lost`) were printed at the offset `gap`.
 */
static void
add_bounded(struct buf *to, struct str text, size_t gap, uint64_t lost, bool steady,
    const struct output_context *c)
{
	size_t lines = c->lines ? c->lines : OUTPUT_LINES;
	size_t bytes = c->bytes ? c->bytes : OUTPUT_BYTES;
	struct str head, middle, tail;
	size_t n;

	if (lost == 0 && text.len <= bytes && count_lines(text) <= lines) {
		buf_add(to, text);
		return;
	}
	lines = lines > 2 ? lines - 1 : 2;
	bytes = bytes > 2 * MARKER_ROOM ? bytes - MARKER_ROOM : MARKER_ROOM;
	head = str_slice(text, 0, lost ? gap : text.len);
	head.len = head_length(head, lines - lines / 2, bytes / 2);
	middle = str_slice(text, head.len, text.len);
	tail = str_slice(text, lost ? gap : head.len, text.len);
	n = tail_length(tail, lines / 2, bytes / 2 - 1);	/* head may need its LF */
	tail = str_slice(tail, tail.len - n, tail.len);
	middle.len -= tail.len;

	buf_add(to, head);
	end_line(to);
	if (steady) {
		add_left_out(to, lost ? 0 : count_lines(middle), lost + middle.len);
		buf_add(to, tail);
	} else {
		buf_add(to, STR("... the rest is left out ...\n"));
	}
}

/* ---- a text that can stand in a fence ---- */

size_t
output_run(struct str text, char mark, bool closing)
{
	size_t longest = 0;
	struct str line;

	while (output_line(&text, &line)) {
		size_t n = 0;

		line = str_trim(line);
		while (n < line.len && line.data[n] == mark)
			n++;
		if (closing && !str_is_blank(str_slice(line, n, line.len)))
			continue;
		if (n > longest)
			longest = n;
	}
	return longest;
}

bool
output_line(struct str *rest, struct str *line)
{
	size_t n = 0;

	if (rest->len == 0)
		return false;
	while (n < rest->len && rest->data[n] != '\n' && rest->data[n] != '\r')
		n++;
	*line = str_slice(*rest, 0, n);
	if (str_starts(str_slice(*rest, n, rest->len), STR("\r\n")))
		n++;
	*rest = str_slice(*rest, n + 1, rest->len);
	return true;
}

/* Lines that would close any fence of backticks lose one to an escape. */
static void
add_fenceable(struct buf *to, struct str text)
{
	bool both = output_run(text, '`', true) >= FENCE_LONGEST &&
	    output_run(text, '~', true) >= FENCE_LONGEST;
	struct str line;

	if (!both) {
		buf_add(to, text);
		return;
	}
	while (str_line(&text, &line)) {
		if (output_run(line, '`', true) >= FENCE_LONGEST) {
			size_t at = str_find_byte(line, '`');

			buf_add(to, str_slice(line, 0, at));
			buf_add(to, STR("\\x60"));
			line = str_slice(line, at + 1, line.len);
		}
		buf_add(to, line);
		buf_byte(to, '\n');
	}
}

/* Put a text (taken from b) into f, unless there is none. */
static void
set_fence(struct fences *f, enum fence kind, struct buf *b, struct arena *a)
{
	struct buf safe = {0};

	add_fenceable(&safe, buf_str(b));
	f->present[kind] = safe.len > 0;
	f->text[kind] = buf_take(&safe, a);
	buf_release(b);
}

static void
set_stream(struct fences *f, enum fence kind, const struct captured *printed,
    struct str value, const struct outcome *o, const struct output_context *c,
    struct arena *a)
{
	struct buf all = {0}, kept = {0};
	size_t gap;

	add_printed(&all, printed->head);
	gap = all.len;
	add_printed(&all, printed->tail);
	end_line(&all);
	if (value.data) {
		add_printed(&all, value);
		end_line(&all);
	}
	add_bounded(&kept, buf_str(&all), gap, printed->left_out, is_steady(o), c);
	buf_release(&all);
	set_fence(f, kind, &kept, a);
}

/* ---- what went wrong, and where ---- */

static void
add_seconds(struct buf *b, int64_t nanoseconds)
{
	buf_printf(b, "%g s", (double)nanoseconds / 1e9);
}

static void
add_size(struct buf *b, size_t bytes)
{
	if (bytes >= 1 << 20 && bytes % (1 << 20) == 0)
		buf_printf(b, "%zu MiB", bytes >> 20);
	else if (bytes >= 1 << 10 && bytes % (1 << 10) == 0)
		buf_printf(b, "%zu KiB", bytes >> 10);
	else
		buf_printf(b, "%zu bytes", bytes);
}

static void
add_reason(struct buf *b, const struct outcome *o, const struct output_context *c)
{
	switch (o->kind) {
	case OUTCOME_DONE:
		break;
	case OUTCOME_EXIT:
		if (!c->is_program && o->what.len > 0)
			buf_visible(b, o->what);
		else
			buf_printf(b, c->is_program ? "exit status %d" :
			    "ended early by exit(%d)", o->status);
		break;
	case OUTCOME_CRASH:
		buf_add(b, STR("crashed: "));
		if (o->what.len > 0)
			buf_visible(b, o->what);
		else
			buf_printf(b, "ended by signal %d", o->signal);
		break;
	case OUTCOME_TIMEOUT:
		buf_add(b, STR("stopped after "));
		add_seconds(b, c->timeout);
		buf_add(b, STR(": still running (limit: timeout)"));
		break;
	case OUTCOME_OUTPUT_LIMIT:
		buf_add(b, STR("stopped: printed more than "));
		add_size(b, c->output_kill);
		buf_add(b, STR(" (limit: output-kill)"));
		break;
	case OUTCOME_MEMORY:
		if (c->memory == 0) {
			buf_add(b, STR("stopped: out of memory"));
			break;
		}
		buf_add(b, STR("stopped: needed more than "));
		add_size(b, c->memory);
		buf_add(b, STR(" (limit: memory)"));
		break;
	case OUTCOME_LOAD:
		buf_add(b, STR("could not be loaded: "));
		buf_visible(b, o->what);
		break;
	}
}

struct str
output_reason(const struct outcome *o, const struct output_context *c, struct arena *a)
{
	struct buf b = {0};

	add_reason(&b, o, c);
	return buf_take(&b, a);
}

/* Cells without a name have the marker "cell", or "cell-" and a digest. */
static bool
is_named(struct str marker)
{
	struct str digits = str_slice(marker, 5, marker.len);

	if (str_eq(marker, STR("cell")))
		return false;
	if (!str_starts(marker, STR("cell-")) || digits.len != 8)
		return true;
	for (size_t i = 0; i < digits.len; i++)
		if (!is_within(digits, i, '0', '9') && !is_within(digits, i, 'a', 'f'))
			return true;
	return false;
}

static void
add_code(struct buf *b, const struct frame *f, const struct output_context *c)
{
	struct str code = c->line ? str_trim(c->line(c->arg, f->cell, f->line)) : STR("");
	size_t n = code.len < CODE_SHOWN ? code.len : CODE_SHOWN;

	while (n > 0 && is_inside_character(code, n))
		n--;
	if (n == 0)
		return;
	buf_add(b, STR(": "));
	buf_visible(b, str_slice(code, 0, n));
	if (n < code.len)
		buf_add(b, STR("..."));
}

/* "line 4: *p = 1;", "in push, cell stack line 12: s->top->value" */
static void
add_frame(struct buf *b, const struct frame *f, const struct output_context *c)
{
	if (f->function.len > 0) {
		buf_add(b, STR("in "));
		buf_visible(b, f->function);
		buf_add(b, STR(", "));
	}
	if (f->cell == SIZE_MAX) {
		buf_visible(b, f->marker);
		buf_printf(b, ":%zu", f->line);
	} else {
		if (f->cell != c->cell && is_named(f->marker)) {
			buf_add(b, STR("cell "));
			buf_visible(b, f->marker);
			buf_byte(b, ' ');
		} else if (f->cell != c->cell) {
			buf_add(b, STR("an earlier cell, "));
		}
		buf_printf(b, "line %zu", f->line);
		add_code(b, f, c);
	}
	buf_byte(b, '\n');
}

static bool
is_same_call(const struct frame *f, const struct frame *g)
{
	return f->cell == g->cell && f->line == g->line && str_eq(f->function, g->function) &&
	    str_eq(f->marker, g->marker);
}

/*
 * The way from the cell's own line to where it ended.  A call repeated without
 * end is shown once: how often depends on the size of the stack.
 */
static void
add_frames(struct buf *b, const struct outcome *o, const struct output_context *c,
    struct arena *a)
{
	const struct frame **way = arena_alloc(a, o->nframes + 1, sizeof(*way));
	size_t n = 0;

	for (size_t i = o->nframes; i-- > 0;) {
		const struct frame *f = &o->frames[i];

		if (f->line == 0 || (f->cell == SIZE_MAX && f->marker.len == 0))
			continue;
		if (n == 0 || !is_same_call(way[n - 1], f))
			way[n++] = f;
	}
	for (size_t i = 0; i < n; i++) {
		if (n > FRAMES_SHOWN && i == 1) {
			buf_add(b, STR("...\n"));
			i = n - (FRAMES_SHOWN - 1);
		}
		add_frame(b, way[i], c);
	}
}

static void
set_error(struct fences *f, const struct outcome *o, const struct output_context *c,
    struct arena *a)
{
	struct buf b = {0};

	add_reason(&b, o, c);
	end_line(&b);
	add_frames(&b, o, c, a);
	if (c->has_state && !c->is_program && o->kind != OUTCOME_LOAD)
		buf_add(&b, o->state_lost ? STR("state: lost, the session starts empty\n") :
		    STR("state: as before this cell\n"));
	set_fence(f, FENCE_ERROR, &b, a);
}

struct fences
output_fences(const struct outcome *o, const struct output_context *c, struct arena *a)
{
	struct fences f = {0};

	set_stream(&f, FENCE_OUTPUT, &o->out, o->value, o, c, a);
	set_stream(&f, FENCE_STDERR, &o->err, (struct str){0}, o, c, a);
	if (o->kind != OUTCOME_DONE)
		set_error(&f, o, c, a);
	return f;
}

struct fences
output_compile_error(struct str file, size_t line, struct str message, struct arena *a)
{
	struct fences f = {0};
	struct buf b = {0};

	if (file.len > 0) {
		buf_visible(&b, file);
		buf_printf(&b, ":%zu", line);
	} else {
		buf_printf(&b, "line %zu", line);
	}
	buf_add(&b, STR(": error: "));
	buf_visible(&b, message);
	buf_byte(&b, '\n');
	set_fence(&f, FENCE_ERROR, &b, a);
	return f;
}
