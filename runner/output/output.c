#include "runner/output/output.h"

#include "runner/output/printed.h"
#include "runner/output/screen.h"
#include "runner/session/outcome.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"

enum {
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

/* ---- a text that can stand in a fence ---- */

size_t
fence_run(struct str text, char mark, bool closing)
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
	bool both = fence_run(text, '`', true) >= FENCE_LONGEST &&
	    fence_run(text, '~', true) >= FENCE_LONGEST;
	struct str line;

	if (!both) {
		buf_add(to, text);
		return;
	}
	while (str_line(&text, &line)) {
		if (fence_run(line, '`', true) >= FENCE_LONGEST) {
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

/*
 * A cell that was stopped from outside got as far as time allowed: where it
 * was and what it had printed last would be others each time.
 */
static bool
is_steady(const struct outcome *o)
{
	return o->kind != OUTCOME_TIMEOUT && o->kind != OUTCOME_OUTPUT_LIMIT &&
	    o->kind != OUTCOME_INTERRUPTED && o->kind != OUTCOME_PROCESSES &&
	    (o->kind != OUTCOME_MEMORY || o->nframes > 0);
}

/* Between head and tail a character may have been cut: its parts count as left out. */
static struct captured
whole_characters(struct captured c)
{
	size_t n = 1, cut = 0;

	if (c.left_out == 0)
		return c;
	while (n < 4 && n < c.head.len && (c.head.data[c.head.len - n] & 0xC0) == 0x80)
		n++;
	if (n <= c.head.len && (unsigned char)c.head.data[c.head.len - n] >= 0xC0 &&
	    str_utf8(str_slice(c.head, c.head.len - n, c.head.len)) == 0) {
		c.head.len -= n;
		c.left_out += n;
	}
	while (cut < 3 && cut < c.tail.len && (c.tail.data[cut] & 0xC0) == 0x80)
		cut++;
	c.tail = str_slice(c.tail, cut, c.tail.len);
	c.left_out += cut;
	return c;
}

static void
set_stream(struct fences *f, enum fence kind, const struct captured *stream,
    struct str value, const struct outcome *o, const struct output_context *c,
    struct arena *a)
{
	struct captured whole = whole_characters(*stream);
	struct printed p = { .lost = whole.left_out, .is_steady = is_steady(o) };
	struct buf all = {0}, kept = {0};

	screen_text(&all, whole.head);
	p.gap = all.len;
	screen_text(&all, whole.tail);
	printed_end_line(&all);
	if (value.data) {
		screen_text(&all, value);
		printed_end_line(&all);
	}
	p.text = buf_str(&all);
	printed_bounded(&kept, &p, c->lines ? c->lines : OUTPUT_LINES,
	    c->bytes ? c->bytes : OUTPUT_BYTES);
	buf_release(&all);
	set_fence(f, kind, &kept, a);
}

/* ---- what went wrong, and where ---- */

/* "stopped: printed more than 64 MiB (limit: output-kill)" */
static void
add_limit(struct buf *b, const char *words, const struct limit *l)
{
	buf_add(b, str_of(words));
	limit_say(b, l);
	buf_printf(b, " %s(limit: %s)", l->kind == LIMIT_PROCESSES ? "processes and threads " : "",
	    limit_option(l->kind));
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
		buf_printf(b, "%g s: still running (limit: timeout)", (double)o->limit.value / 1e9);
		break;
	case OUTCOME_OUTPUT_LIMIT:
		add_limit(b, "stopped: printed more than ", &o->limit);
		break;
	case OUTCOME_MEMORY:
		if (o->limit.kind == LIMIT_MEMORY)
			add_limit(b, "stopped: needed more than ", &o->limit);
		else
			buf_add(b, STR("ended by the system: out of memory (memory=... sets a limit)"));
		break;
	case OUTCOME_FILE_SIZE:
		add_limit(b, "stopped: made a file larger than ", &o->limit);
		break;
	case OUTCOME_PROCESSES:
		add_limit(b, "stopped: had more than ", &o->limit);
		break;
	case OUTCOME_INTERRUPTED:
		buf_add(b, o->what);
		break;
	case OUTCOME_LOAD:
		buf_add(b, o->is_call ? STR("stopped at a call: ") : STR("could not be loaded: "));
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
		if (str_find_byte(STR("0123456789abcdef"), digits.data[i]) == 16)
			return true;
	return false;
}

static void
add_code(struct buf *b, const struct frame *f, const struct output_context *c)
{
	struct str code = c->line ? str_trim(c->line(c->arg, f->cell, f->line)) : STR("");
	size_t n = code.len < CODE_SHOWN ? code.len : CODE_SHOWN;

	while (n > 0 && n < code.len && (code.data[n] & 0xC0) == 0x80)
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
	if (c->command > 0) {
		/* its line is another one once there is output above it */
		buf_printf(b, "command %zu", c->command);
		add_code(b, f, c);
	} else if (f->cell == SIZE_MAX) {
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

bool
output_is_same_call(const struct frame *f, const struct frame *g)
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
		if (n == 0 || !output_is_same_call(way[n - 1], f))
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
	buf_byte(&b, '\n');
	if (is_steady(o) || c->command > 0)
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

	buf_visible(&b, file);
	if (line > 0)
		buf_printf(&b, file.len > 0 ? ":%zu" : "line %zu", line);
	if (b.len > 0)
		buf_add(&b, STR(": "));
	buf_add(&b, STR("error: "));
	buf_visible(&b, message);
	buf_byte(&b, '\n');
	set_fence(&f, FENCE_ERROR, &b, a);
	return f;
}
