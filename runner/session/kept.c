#include "runner/session/kept.h"

#include <inttypes.h>

#include "runner/session/outcome.h"
#include "runner/session/timeline.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"

bool
kept_can(const struct outcome *o)
{
	return (o->kind == OUTCOME_DONE || o->kind == OUTCOME_EXIT || o->kind == OUTCOME_CRASH ||
	    o->kind == OUTCOME_ERROR) &&
	    !o->state_lost && o->note.len == 0 && o->nroutes == 0 && o->limit.kind == LIMIT_NONE;
}

/* ---- writing --------------------------------------------------------------------------- */

static void
number(struct buf *to, uint64_t n)
{
	buf_printf(to, "%" PRIu64 " ", n);
}

static void
text(struct buf *to, struct str s)
{
	number(to, s.len);
	buf_add(to, s);
	buf_byte(to, '\n');
}

static void
write_frame(struct buf *to, const struct frame *f)
{
	number(to, f->cell);
	number(to, f->line);
	number(to, f->column);
	number(to, f->more);
	number(to, f->period);
	text(to, f->function);
	text(to, f->marker);
}

static void
write_captured(struct buf *to, const struct captured *c)
{
	number(to, c->total);
	number(to, c->left_out);
	text(to, c->head);
	text(to, c->tail);
}

static void
write_variables(struct buf *to, const struct outcome *o)
{
	number(to, o->nvariables);
	for (size_t i = 0; i < o->nvariables; i++) {
		const struct variable_shown *v = &o->variables[i];

		number(to, v->is_argument);
		number(to, v->is_told);
		number(to, v->is_settled);
		text(to, v->name);
		text(to, v->value);
	}
}

static void
write_displays(struct buf *to, const struct outcome *o)
{
	number(to, o->displays_left_out);
	number(to, o->ndisplays);
	for (size_t i = 0; i < o->ndisplays; i++) {
		number(to, (uint64_t)o->displays[i].kind);
		text(to, o->displays[i].text);
		text(to, o->displays[i].data);
	}
}

static void
write_moments(struct buf *to, const struct outcome *o)
{
	number(to, o->nmoments);
	for (size_t i = 0; i < o->nmoments; i++) {
		number(to, (uint64_t)o->moments[i].at);
		number(to, o->moments[i].size);
		number(to, o->moments[i].is_err);
	}
}

void
kept_write(const struct outcome *o, struct str home, struct buf *to)
{
	text(to, home);
	number(to, o->kind);
	number(to, o->is_call);
	number(to, (uint64_t)o->status);
	number(to, (uint64_t)o->signal);
	number(to, o->in_thread);
	number(to, (uint64_t)o->nanoseconds);
	text(to, o->what);
	write_captured(to, &o->out);
	write_captured(to, &o->err);
	number(to, o->value.data != NULL);
	text(to, o->value);
	number(to, o->nframes);
	for (size_t i = 0; i < o->nframes; i++)
		write_frame(to, &o->frames[i]);
	number(to, o->start != NULL);
	if (o->start)
		write_frame(to, o->start);
	write_variables(to, o);
	write_moments(to, o);
	write_displays(to, o);
}

/* ---- reading --------------------------------------------------------------------------- */

/* Fails once and for all. */
struct reading {
	struct str rest;
	struct arena *arena;
	bool failed;
};

static uint64_t
take_number(struct reading *r)
{
	bool has_end = str_find_byte(r->rest, ' ') < r->rest.len;
	struct str word = str_cut(r->rest, ' ', &r->rest);
	unsigned long n = 0;

	r->failed = r->failed || !has_end || !str_number(word, ~0UL, &n);
	return r->failed ? 0 : n;
}

static struct str
take_text(struct reading *r)
{
	uint64_t n = take_number(r);
	struct str s;

	if (r->failed || n >= r->rest.len || r->rest.data[n] != '\n') {
		r->failed = true;
		return (struct str){0};
	}
	s = str_slice(r->rest, 0, (size_t)n);
	r->rest = str_slice(r->rest, (size_t)n + 1, r->rest.len);
	return s;
}

/* Elements follow, each of at least that many bytes. */
static size_t
take_count(struct reading *r, size_t least)
{
	uint64_t n = take_number(r);

	r->failed = r->failed || n > r->rest.len / least;
	return r->failed ? 0 : (size_t)n;
}

static struct frame
read_frame(struct reading *r)
{
	struct frame f = { .cell = (size_t)take_number(r) };

	f.line = (size_t)take_number(r);
	f.column = (size_t)take_number(r);
	f.more = take_number(r);
	f.period = (size_t)take_number(r);
	f.function = take_text(r);
	f.marker = take_text(r);
	return f;
}

static const struct frame *
read_frames(struct reading *r, size_t *n)
{
	struct frame *list;

	*n = take_count(r, 16);
	list = arena_alloc(r->arena, *n, sizeof *list);
	for (size_t i = 0; i < *n; i++)
		list[i] = read_frame(r);
	return list;
}

static struct captured
read_captured(struct reading *r)
{
	struct captured c = { .total = take_number(r) };

	c.left_out = take_number(r);
	c.head = take_text(r);
	c.tail = take_text(r);
	r->failed = r->failed || c.head.len + c.tail.len + c.left_out != c.total;
	return c;
}

static const struct variable_shown *
read_variables(struct reading *r, size_t *n)
{
	struct variable_shown *list;

	*n = take_count(r, 12);
	list = arena_alloc(r->arena, *n, sizeof *list);
	for (size_t i = 0; i < *n; i++) {
		list[i].is_argument = take_number(r) != 0;
		list[i].is_told = take_number(r) != 0;
		list[i].is_settled = take_number(r) != 0;
		list[i].name = take_text(r);
		list[i].value = take_text(r);
	}
	return list;
}

static const struct display *
read_displays(struct reading *r, size_t *n)
{
	struct display *list;

	*n = take_count(r, 8);
	list = arena_alloc(r->arena, *n, sizeof *list);
	for (size_t i = 0; i < *n; i++) {
		list[i].kind = (int)take_number(r);
		list[i].text = take_text(r);
		list[i].data = take_text(r);
	}
	return list;
}

static const struct moment *
read_moments(struct reading *r, size_t *n)
{
	struct moment *list;

	*n = take_count(r, 6);
	list = arena_alloc(r->arena, *n, sizeof *list);
	for (size_t i = 0; i < *n; i++) {
		list[i].at = (int64_t)take_number(r);
		list[i].size = take_number(r);
		list[i].is_err = take_number(r) != 0;
	}
	return list;
}

bool
kept_read(struct str from, struct arena *a, struct outcome *o, struct str *home)
{
	struct reading r = { .rest = from, .arena = a };
	bool has_value;
	size_t n;

	*home = take_text(&r);
	*o = (struct outcome){ .kind = (enum outcome_kind)take_number(&r) };
	o->is_call = take_number(&r) != 0;
	o->status = (int)take_number(&r);
	o->signal = (int)take_number(&r);
	o->in_thread = take_number(&r) != 0;
	o->nanoseconds = (int64_t)take_number(&r);
	o->what = take_text(&r);
	o->out = read_captured(&r);
	o->err = read_captured(&r);
	has_value = take_number(&r) != 0;
	o->value = take_text(&r);
	if (!has_value)
		o->value = (struct str){0};
	o->frames = read_frames(&r, &o->nframes);
	if (take_number(&r) != 0) {
		struct frame start = read_frame(&r);

		o->start = arena_copy(a, &start, 1, sizeof start);
	}
	o->variables = read_variables(&r, &o->nvariables);
	o->moments = read_moments(&r, &n);
	o->nmoments = n;
	o->displays_left_out = take_number(&r);
	o->displays = read_displays(&r, &n);
	o->ndisplays = n;
	return !r.failed && r.rest.len == 0 && kept_can(o);
}
