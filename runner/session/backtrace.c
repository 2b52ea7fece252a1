#include "runner/session/backtrace.h"

#include <stdint.h>
#include <string.h>

#include "runner/session/dwarf.h"
#include "runner/session/library.h"
#include "tangle/base/arena.h"
#include "tangle/base/str.h"

enum {
	LINES_MAX = 512,	/* of calls, before those that repeat are joined */
	FRAMES_MAX = 48, OUTER_FRAMES = 12,
	ROUNDS = 3,		/* of a recursion: so many times */
	INLINED_MAX = 16
};

/* ---- calls in document terms ---- */

/* What C++ compilers make to initialise variables counts as the cell's own statements. */
static bool
is_initialiser(struct str function)
{
	return str_starts(function, STR("__static_initialization_and_destruction")) ||
	    str_starts(function, STR("__cxx_global_var_init"));
}

/* Glue of ours, and headers of the system, are no places that a reader knows. */
static bool
tidy(struct frame *f, const struct session_object *o)
{
	f->cell = o->number;
	if (str_starts(f->marker, STR("/")) || str_starts(f->function, STR("_GLOBAL__")))
		return false;
	if (is_initialiser(f->function))
		f->function = STR("");
	if (!str_eq(f->marker, STR("<skein>")))
		return true;
	if (f->function.len > 0)
		return false;
	f->marker = o->marker;
	f->line = f->column = 0;
	return true;
}

/* A recursion has few places: what was found for one is found again. */
static bool
add_known(struct backtrace *b, size_t call)
{
	uint64_t pc = b->trace->calls[call].pc;
	size_t i = 0, n = b->n;

	while (i < n && (b->lines[i].is_lua || b->trace->calls[b->lines[i].call].pc != pc))
		i++;
	if (i == n)
		return false;
	for (size_t of = b->lines[i].call; i < n && !b->lines[i].is_lua && b->lines[i].call == of &&
	    b->n < LINES_MAX; i++) {
		b->lines[b->n] = b->lines[i];
		b->lines[b->n++].call = call;
	}
	return true;
}

static void
add_call(struct backtrace *b, size_t call)
{
	uint64_t pc = b->trace->calls[call].pc;
	const struct loaded *o = library_object(b->library, pc);
	struct dwarf *d = o ? library_dwarf(b->library, o) : NULL;
	struct frame made[INLINED_MAX] = {0};
	size_t n = 0;

	if (!o || add_known(b, call))
		return;		/* libc's, or the host's */
	if (d)
		n = dwarf_calls(d, pc - o->base, b->arena, made, INLINED_MAX);
	if (n == 0 && b->n == 0 && b->n < LINES_MAX) {
		/* Without debug information the cell is all that is known. */
		b->lines[b->n++] = (struct backtrace_line){ .call = call,
		    .frame = { .marker = o->object.marker, .cell = o->object.number } };
		return;
	}
	for (size_t i = 0; i < n && b->n < LINES_MAX; i++)
		if (tidy(&made[i], &o->object))
			b->lines[b->n++] = (struct backtrace_line){ made[i], call, i, false };
}

/* A call of Lua; its name lives in the arena of who has it. */
static void
add_lua_call(struct backtrace *b, const struct lua_call *c)
{
	const struct library *l = b->library;
	struct frame f = { .function = arena_str(b->arena, str_of(c->name)), .line = c->line, .more = c->more };

	for (size_t i = l->n; i-- > 0; ) {
		if (l->objects[i].object.number != c->cell)
			continue;
		f.marker = l->objects[i].object.marker;
		f.cell = l->objects[i].object.number;
		b->lines[b->n++] = (struct backtrace_line){ .frame = f, .is_lua = true };
		return;
	}
}

/* Those that what stands at `sp` in the stack has led to, however far. */
static void
add_lua_calls(struct backtrace *b, struct lua_calls *rest, uint64_t sp)
{
	for (; rest->n > 0 && b->n < LINES_MAX && rest->list->sp < sp; rest->list++, rest->n--)
		add_lua_call(b, rest->list);
}

void
backtrace_read(struct backtrace *b, const struct report *told, const struct trace *t,
    const struct lua_calls *lua, struct library *l, struct arena *a)
{
	struct lua_calls rest = lua ? *lua : (struct lua_calls){0};
	size_t n = told->count, inner = n;

	*b = (struct backtrace){ .told = told, .trace = t, .library = l, .arena = a };
	if (t->total > n && n == PROTOCOL_CALLS)
		inner = PROTOCOL_CALLS - PROTOCOL_OUTER;
	b->lines = arena_alloc(a, LINES_MAX, sizeof *b->lines);
	b->gap = SIZE_MAX;
	for (size_t i = 0; i < n; i++) {
		if (i == inner)
			b->gap = b->n;
		add_lua_calls(b, &rest, t->calls[i].sp);
		add_call(b, i);
	}
	add_lua_calls(b, &rest, UINT64_MAX);
}

/* ---- recursion ---- */

static bool
same_place(const struct frame *f, const struct frame *g)
{
	return f->cell == g->cell && f->line == g->line && str_eq(f->function, g->function) &&
	    str_eq(f->marker, g->marker);
}

/* How many lines from one on, up to an end, go round in so many. */
static size_t
round_length(const struct backtrace *b, size_t from, size_t end, size_t period)
{
	size_t n = period;

	while (from + n < end && same_place(&b->lines[from + n].frame, &b->lines[from + n - period].frame))
		n++;
	return n;
}

/* Is the n-th line one of those? */
static bool
is_among(const struct backtrace *b, size_t n, size_t from, size_t period)
{
	for (size_t i = from; i < from + period; i++)
		if (same_place(&b->lines[i].frame, &b->lines[n].frame))
			return true;
	return false;
}

/* The lines of a recursion that begins there, and its period; 0: none does. */
static size_t
recursion(const struct backtrace *b, size_t from, size_t *period, uint64_t *hidden)
{
	size_t end = from < b->gap && b->gap < b->n ? b->gap : b->n, n;

	for (*period = 1; *period <= BACKTRACE_PERIOD && from + *period <= end; ++*period) {
		n = round_length(b, from, end, *period);
		if (n < *period * ROUNDS)
			continue;
		*hidden = 0;
		if (from + n == b->gap && b->gap < b->n) {
			*hidden = b->trace->total - b->told->count;
			while (from + n < b->n && is_among(b, from + n, from, *period))
				n++;
		}
		return n;
	}
	return 0;
}

/* Too many to be shown: those in the middle go. */
static size_t
shorten(struct frame *frames, size_t n)
{
	size_t inner = FRAMES_MAX - OUTER_FRAMES;
	uint64_t more = 0;

	if (n <= FRAMES_MAX)
		return n;
	for (size_t i = inner - 1; i < n - OUTER_FRAMES; i++)
		more += frames[i].more + (i >= inner);
	frames[inner - 1].more = more;
	frames[inner - 1].period = 0;
	memmove(frames + inner, frames + n - OUTER_FRAMES, OUTER_FRAMES * sizeof *frames);
	return FRAMES_MAX;
}

static bool
stands_before(const struct frame *f, const struct frame *g)
{
	return f->cell != g->cell ? f->cell < g->cell : f->line < g->line;
}

/*
 * Which line of a round is shown first.  Where the stack ends decides in which one it
 * overflows, and nobody's text does: so that is the first of the document.
 */
static size_t
round_start(const struct backtrace *b, size_t from, size_t period)
{
	size_t first = from;

	for (size_t i = from; from == 0 && i < period; i++)
		if (stands_before(&b->lines[i].frame, &b->lines[first].frame))
			first = i;
	return first - from;
}

const struct frame *
backtrace_frames(const struct backtrace *b, size_t *nframes)
{
	struct frame *frames = arena_alloc(b->arena, b->n, sizeof *frames);
	size_t n = 0, period, length, start;
	uint64_t hidden;

	for (size_t i = 0; i < b->n; i += length) {
		length = recursion(b, i, &period, &hidden);
		if (length == 0) {
			length = period = 1;
			hidden = 0;
		}
		start = round_start(b, i, period);
		for (size_t k = 0; k < period; k++)
			frames[n++] = b->lines[i + (start + k) % period].frame;
		frames[n - 1].more += length - period + hidden;
		frames[n - 1].period = frames[n - 1].more ? period : 0;
		if (i + length == b->gap && b->gap < b->n && !hidden)
			frames[n - 1].more += b->trace->total - b->told->count;
	}
	*nframes = shorten(frames, n);
	return frames;
}

/* ---- threads ---- */

const struct frame *
backtrace_start(const struct backtrace *b)
{
	struct frame made[INLINED_MAX] = {0};

	for (size_t i = 0; b->told->flags & REPORT_THREAD && i < PROTOCOL_STARTED; i++) {
		uint64_t pc = b->trace->started[i];
		const struct loaded *o = pc ? library_object(b->library, pc) : NULL;
		struct dwarf *d = o ? library_dwarf(b->library, o) : NULL;
		size_t n = d ? dwarf_calls(d, pc - o->base, b->arena, made, INLINED_MAX) : 0;

		for (size_t k = 0; k < n; k++)
			if (tidy(&made[k], &o->object) && made[k].line > 0)
				return arena_copy(b->arena, &made[k], 1, sizeof *made);
	}
	return NULL;
}
