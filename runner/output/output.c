#include "runner/output/output.h"

#include "runner/output/paths.h"
#include "runner/output/printed.h"
#include "runner/output/screen.h"
#include "runner/session/outcome.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"

enum {
	FRAMES_SHOWN = 8,
	WIDTH = 90,		/* of a line of variables */
	CODE_SHOWN = 120	/* bytes of a line of code */
};

struct str
fence_word(enum fence kind)
{
	static const char *const words[NFENCES] = {
		[FENCE_OUTPUT] = "output",
		[FENCE_STDERR] = "output-stderr",
		[FENCE_ERROR] = "output-error",
		[FENCE_SHOWN] = "shown"
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

bool
output_ends_in_html(struct str text)
{
	bool is_html = false;
	struct str line;

	while (output_line(&text, &line)) {
		line = str_trim(line);
		if (!is_html && str_starts(line, STR("<!--")) && str_find(line, STR("-->")) < line.len)
			continue;	/* which is all of it */
		is_html = line.len > 0 && (is_html || line.data[0] == '<');
	}
	return is_html;
}

void
output_fenceable(struct buf *to, struct str text)
{
	bool both = fence_run(text, '`', true) >= FENCE_LONGEST &&
	    fence_run(text, '~', true) >= FENCE_LONGEST;
	struct str line;

	if (!both) {
		buf_add(to, text);
		return;
	}
	while (output_line(&text, &line)) {
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

	output_fenceable(&safe, buf_str(b));
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

/* Its path is another one for each user and document. */
static void
name_home(struct buf *all, size_t *gap, struct str home)
{
	const struct path_word word = { home, STR("$TMPDIR") };
	struct str text = buf_str(all);
	struct buf named = {0};

	if (home.len == 0 || str_find(text, home) == text.len)
		return;
	paths_replace(&named, str_slice(text, 0, *gap), &word, 1);
	text = str_slice(text, *gap, text.len);
	*gap = named.len;
	paths_replace(&named, text, &word, 1);
	buf_release(all);
	*all = named;
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
	name_home(&all, &p.gap, c->home);
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
	case OUTCOME_ERROR:
		buf_add(b, STR("error: "));
		buf_visible(b, o->what);
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
	struct str code = f->text.len > 0 ? f->text :
	    c->line && f->cell != SIZE_MAX ? c->line(c->arg, f->cell, f->line) : STR("");
	size_t n;

	code = str_trim(code);
	n = code.len < CODE_SHOWN ? code.len : CODE_SHOWN;
	while (n > 0 && n < code.len && (code.data[n] & 0xC0) == 0x80)
		n--;
	if (n == 0)
		return;
	buf_add(b, STR(": "));
	buf_visible(b, str_slice(code, 0, n));
	if (n < code.len)
		buf_add(b, STR("..."));
}

/* As people know it. */
static void
add_line(struct buf *b, const struct frame *f, const struct output_context *c)
{
	bool is_made = false;
	size_t line = c->shown ? c->shown(c->arg, f->cell, f->line, &is_made) : f->line;

	buf_printf(b, is_made ? "line %zu, put in by a hook" : "line %zu", line);
}

/* "line 4: *p = 1;", "cell stack line 12: s->top->value", "src/a.c:7: return *p;" */
static void
add_place(struct buf *b, const struct frame *f, const struct output_context *c)
{
	if (c->command > 0) {
		/* its line is another one once there is output above it */
		buf_printf(b, "command %zu", c->command);
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
		add_line(b, f, c);
	}
	add_code(b, f, c);
	buf_byte(b, '\n');
}

static void
add_frame(struct buf *b, const struct frame *f, const struct output_context *c)
{
	if (f->function.len > 0) {
		buf_add(b, STR("in "));
		buf_visible(b, f->function);
		buf_add(b, STR(", "));
	}
	add_place(b, f, c);
}

bool
output_is_same_call(const struct frame *f, const struct frame *g)
{
	return f->cell == g->cell && f->line == g->line && str_eq(f->function, g->function) &&
	    str_eq(f->marker, g->marker);
}

/* Who is called again and again: "f", "f and g". */
static void
add_callers(struct buf *b, const struct frame *last, size_t period)
{
	size_t said = b->len;

	for (const struct frame *f = last - (period - 1); f <= last; f++) {
		if (f->function.len == 0)
			continue;
		buf_add(b, b->len > said ? STR(" and ") : STR(""));
		buf_visible(b, f->function);
	}
}

void
output_more_calls(struct buf *b, const struct frame *f, bool has_count)
{
	if (f->more == 0)
		return;
	buf_add(b, STR("... "));
	if (has_count)
		buf_printf(b, "%llu ", (unsigned long long)f->more);
	buf_add(b, has_count && f->more == 1 ? STR("more call") : STR("more calls"));
	if (f->period > 0) {
		buf_add(b, STR(" of "));
		add_callers(b, f, f->period);
	}
}

/* The first thread is what everything runs in, and those of OpenMP are told by their calls. */
bool
output_tells_thread(const struct outcome *o)
{
	for (size_t i = 0; i < o->nframes; i++)
		if (str_starts(o->frames[i].function, STR("a parallel region")))
			return false;
	return o->in_thread;
}

static void
add_thread(struct buf *b, const struct outcome *o, const struct output_context *c)
{
	if (!output_tells_thread(o))
		return;
	buf_add(b, o->start ? STR("in a thread that was started at ") : STR("in a thread\n"));
	if (o->start)
		add_place(b, o->start, c);
}

/*
 * The way from the cell's own line to where it ended.  How often a call that goes
 * on without end was made depends on the size of the stack.
 */
static void
add_frames(struct buf *b, const struct frame *frames, size_t nframes,
    const struct output_context *c, struct arena *a)
{
	const struct frame **way = arena_alloc(a, nframes + 1, sizeof(*way));
	size_t n = 0;

	for (size_t i = nframes; i-- > 0;) {
		const struct frame *f = &frames[i];

		if (f->line == 0 || (f->cell == SIZE_MAX && f->marker.len == 0))
			continue;
		if (n == 0 || f->more > 0 || !output_is_same_call(way[n - 1], f))
			way[n++] = f;
	}
	for (size_t i = 0; i < n; i++) {
		if (n > FRAMES_SHOWN && i == 1) {
			buf_add(b, STR("...\n"));
			i = n - (FRAMES_SHOWN - 1);
		} else if (way[i]->more > 0) {
			output_more_calls(b, way[i], false);
			buf_byte(b, '\n');
		}
		add_frame(b, way[i], c);
	}
}

/* In a line if they are short, else one below the other. */
void
output_variables(struct buf *b, const struct outcome *o, bool all, size_t width)
{
	size_t shown = 0, length = 0;
	bool any = false;

	for (size_t i = 0; i < o->nvariables; i++) {
		if (!all && !o->variables[i].is_settled)
			continue;
		length += o->variables[i].name.len + o->variables[i].value.len + 5;
		any = any || !o->variables[i].is_told;
	}
	if (!any)		/* no news */
		return;
	for (size_t i = 0; i < o->nvariables; i++) {
		const struct variable_shown *v = &o->variables[i];

		if (!all && !v->is_settled)
			continue;
		buf_add(b, shown++ == 0 ? STR("with ") : length <= width ? STR(", ") : STR("\n     "));
		buf_visible(b, v->name);
		buf_add(b, STR(" = "));
		buf_visible(b, v->value);
	}
}

static void
add_variables(struct buf *b, const struct outcome *o)
{
	size_t before = b->len;

	output_variables(b, o, false, WIDTH);
	if (b->len > before)
		buf_byte(b, '\n');
}

static void
add_routes(struct buf *b, const struct outcome *o, const struct output_context *c, struct arena *a)
{
	for (size_t i = 0; i < o->nroutes; i++) {
		buf_visible(b, o->routes[i].title);
		buf_add(b, STR(" at:\n"));
		add_frames(b, o->routes[i].frames, o->routes[i].nframes, c, a);
	}
}

static void
set_error(struct fences *f, const struct outcome *o, const struct output_context *c,
    struct arena *a)
{
	struct buf b = {0};

	add_reason(&b, o, c);
	buf_byte(&b, '\n');
	if (o->kind == OUTCOME_EXIT && c->is_program) {
		/* its status is its result, wherever it says so */
	} else if (is_steady(o) || c->command > 0) {
		add_thread(&b, o, c);
		add_frames(&b, o->frames, o->nframes, c, a);
		add_variables(&b, o);
		add_routes(&b, o, c, a);
	} else if (o->statement) {
		add_frame(&b, o->statement, c);
	}
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
