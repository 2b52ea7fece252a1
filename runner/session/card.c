#define _GNU_SOURCE	/* SI_KERNEL */
#include "runner/session/card.h"

#include <signal.h>
#include <string.h>

#include "runner/cell/lex.h"
#include "runner/session/dwarf.h"
#include "runner/session/explain.h"
#include "runner/session/image.h"
#include "runner/session/instruction.h"
#include "runner/session/library.h"
#include "runner/session/outcome.h"
#include "runner/session/passage.h"
#include "runner/session/scene.h"
#include "runner/session/value.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"

enum {
	LINES_MAX = 512,	/* of calls, before those that repeat are joined */
	FRAMES_MAX = 48, OUTER_FRAMES = 12,
	PERIOD_MAX = 4, ROUNDS = 3,	/* of a recursion: so many calls, so many times */
	INLINED_MAX = 16,
	VARIABLES_MAX = 12, VALUE_MAX = 160, VALUES_MAX = 4096,
	DECLARATION_LINES = 64,
	LARGE = 1 << 20		/* bytes of one frame */
};

/* A call of the document, before those that repeat are joined. */
struct line {
	struct frame frame;
	size_t call;		/* of the trace */
	size_t inlined;		/* which of the calls at its pc */
	bool is_lua;		/* no call of the trace: those two say nothing */
};

struct making {
	const struct report *told;
	const struct trace *trace;
	const struct report *crash;
	struct library *library;
	const struct session_text *text;
	struct arena *arena;
	const struct lua_calls *lua;
	size_t nlua;		/* of them that have become lines */
	struct line *lines;
	size_t n;
	size_t gap;		/* lines before the calls that were left out; n: none were */
	struct scene scene;
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
add_known(struct making *m, size_t call)
{
	uint64_t pc = m->trace->calls[call].pc;
	size_t i = 0, n = m->n;

	while (i < n && (m->lines[i].is_lua || m->trace->calls[m->lines[i].call].pc != pc))
		i++;
	if (i == n)
		return false;
	for (size_t of = m->lines[i].call; i < n && !m->lines[i].is_lua && m->lines[i].call == of &&
	    m->n < LINES_MAX; i++) {
		m->lines[m->n] = m->lines[i];
		m->lines[m->n++].call = call;
	}
	return true;
}

static void
add_call(struct making *m, size_t call)
{
	uint64_t pc = m->trace->calls[call].pc;
	const struct loaded *o = library_object(m->library, pc);
	struct dwarf *d = o ? library_dwarf(m->library, o) : NULL;
	struct frame made[INLINED_MAX] = {0};
	size_t n = 0;

	if (!o || add_known(m, call))
		return;		/* libc's, or the host's */
	if (d)
		n = dwarf_calls(d, pc - o->base, m->arena, made, INLINED_MAX);
	if (n == 0 && m->n == 0 && m->n < LINES_MAX) {
		/* Without debug information the cell is all that is known. */
		m->lines[m->n++] = (struct line){ .call = call,
		    .frame = { .marker = o->object.marker, .cell = o->object.number } };
		return;
	}
	for (size_t i = 0; i < n && m->n < LINES_MAX; i++)
		if (tidy(&made[i], &o->object))
			m->lines[m->n++] = (struct line){ made[i], call, i, false };
}

/* A call of Lua; its name lives in the arena of who has it. */
static void
add_lua_call(struct making *m, const struct lua_call *c)
{
	const struct library *l = m->library;
	struct frame f = { .function = arena_str(m->arena, str_of(c->name)), .line = c->line, .more = c->more };

	for (size_t i = l->n; i-- > 0; ) {
		if (l->objects[i].object.number != c->cell)
			continue;
		f.marker = l->objects[i].object.marker;
		f.cell = l->objects[i].object.number;
		m->lines[m->n++] = (struct line){ .frame = f, .is_lua = true };
		return;
	}
}

/* Those that what stands at `sp` in the stack has led to, however far. */
static void
add_lua_calls(struct making *m, uint64_t sp)
{
	for (; m->lua && m->nlua < m->lua->n && m->n < LINES_MAX && m->lua->list[m->nlua].sp < sp; m->nlua++)
		add_lua_call(m, &m->lua->list[m->nlua]);
}

static void
add_calls(struct making *m)
{
	size_t n = m->told->count, inner = n;

	if (m->trace->total > n && n == PROTOCOL_CALLS)
		inner = PROTOCOL_CALLS - PROTOCOL_OUTER;
	m->lines = arena_alloc(m->arena, LINES_MAX, sizeof *m->lines);
	m->gap = SIZE_MAX;
	for (size_t i = 0; i < n; i++) {
		if (i == inner)
			m->gap = m->n;
		add_lua_calls(m, m->trace->calls[i].sp);
		add_call(m, i);
	}
	add_lua_calls(m, UINT64_MAX);
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
round_length(const struct making *m, size_t from, size_t end, size_t period)
{
	size_t n = period;

	while (from + n < end && same_place(&m->lines[from + n].frame, &m->lines[from + n - period].frame))
		n++;
	return n;
}

/* Is the n-th line one of those? */
static bool
is_among(const struct making *m, size_t n, size_t from, size_t period)
{
	for (size_t i = from; i < from + period; i++)
		if (same_place(&m->lines[i].frame, &m->lines[n].frame))
			return true;
	return false;
}

/* The lines of a recursion that begins there, and its period; 0: none does. */
static size_t
recursion(const struct making *m, size_t from, size_t *period, uint64_t *hidden)
{
	size_t end = from < m->gap && m->gap < m->n ? m->gap : m->n, n;

	for (*period = 1; *period <= PERIOD_MAX && from + *period <= end; ++*period) {
		n = round_length(m, from, end, *period);
		if (n < *period * ROUNDS)
			continue;
		*hidden = 0;
		if (from + n == m->gap && m->gap < m->n) {
			*hidden = m->trace->total - m->told->count;
			while (from + n < m->n && is_among(m, from + n, from, *period))
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
round_start(const struct making *m, size_t from, size_t period)
{
	size_t first = from;

	for (size_t i = from; from == 0 && i < period; i++)
		if (stands_before(&m->lines[i].frame, &m->lines[first].frame))
			first = i;
	return first - from;
}

static void
give_frames(struct making *m, struct card *c)
{
	struct frame *frames = arena_alloc(m->arena, m->n, sizeof *frames);
	size_t n = 0, period, length, start;
	uint64_t hidden;

	for (size_t i = 0; i < m->n; i += length) {
		length = recursion(m, i, &period, &hidden);
		if (length == 0) {
			length = period = 1;
			hidden = 0;
		}
		start = round_start(m, i, period);
		for (size_t k = 0; k < period; k++)
			frames[n++] = m->lines[i + (start + k) % period].frame;
		frames[n - 1].more += length - period + hidden;
		frames[n - 1].period = frames[n - 1].more ? period : 0;
		if (i + length == m->gap && m->gap < m->n && !hidden)
			frames[n - 1].more += m->trace->total - m->told->count;
	}
	c->frames = frames;
	c->nframes = shorten(frames, n);
}

/* ---- the place itself ---- */

/* Registers that are known at a call: all at the innermost, else what it must keep. */
static void
set_machine(const struct making *m, size_t call, struct processor *machine)
{
	static const int saved[PROTOCOL_NSAVED] = PROTOCOL_SAVED;
	const struct call *c = &m->trace->calls[call];

	*machine = (struct processor){0};
	if (call + 1 < m->told->count)
		machine->frame = c[1].sp;
	if (call == 0 && m->told->flags & REPORT_INTERRUPTED) {
		memcpy(machine->registers, m->trace->registers, sizeof machine->registers);
		machine->known = (UINT64_C(1) << PROTOCOL_REGISTERS) - 1;
		return;
	}
	for (size_t i = 0; i < PROTOCOL_NSAVED; i++) {
		machine->registers[saved[i]] = c->saved[i];
		machine->known |= UINT64_C(1) << saved[i];
	}
	machine->registers[PROTOCOL_SP] = c->sp;
	machine->known |= UINT64_C(1) << PROTOCOL_SP;
}

static struct str
text_line(const struct making *m, const struct frame *f, size_t line)
{
	return m->text->line ? m->text->line(m->text->arg, f, line) : (struct str){0};
}

static bool
set_scene(struct making *m)
{
	const struct line *first = &m->lines[0];
	uint64_t pc = m->trace->calls[first->call].pc;
	const struct loaded *o = library_object(m->library, pc);
	struct processor machine;

	if (!o || first->is_lua)
		return false;
	set_machine(m, first->call, &machine);
	scene_open(&m->scene, m->library, o, pc - o->base, first->inlined, &machine);
	m->scene.line = text_line(m, &first->frame, first->frame.line);
	return m->scene.dwarf != NULL;
}

/* ---- which variables have been set ---- */

/* The text from a declaration up to the column where it failed. */
static struct str
passage_text(const struct making *m, const struct frame *f, const struct local *v)
{
	struct buf text = {0};

	for (size_t line = v->line; line <= f->line; line++) {
		struct str one = text_line(m, f, line);

		if (line == f->line)
			one = str_slice(one, 0, f->column > 0 ? f->column - 1 : 0);
		if (line == v->line)
			one = str_slice(one, v->column > 0 ? v->column - 1 : 0, one.len);
		buf_add(&text, one);
		buf_byte(&text, '\n');
	}
	return buf_take(&text, m->arena);
}

static enum passage_setting
setting(const struct making *m, const struct local *v)
{
	const struct frame *f = &m->lines[0].frame;
	enum passage_setting set;

	if (v->is_argument)
		return PASSAGE_SETTLED;
	if (v->line == 0 || f->line == 0 || f->line - v->line > DECLARATION_LINES)
		return v->line > f->line ? PASSAGE_NOT_YET : PASSAGE_UNKNOWN;
	set = passage_setting(passage_text(m, f, v), v->name);
	/* In a macro, or in another file, its name does not stand there. */
	if (set == PASSAGE_ELSEWHERE)
		return v->line >= f->line ? PASSAGE_NOT_YET : PASSAGE_UNKNOWN;
	return set;
}

/* ---- variables ---- */

struct variables {
	struct variable_shown list[VARIABLES_MAX];
	size_t n, room;
};

static void
add_variable(struct making *m, struct variables *v, struct str name, const struct thing *t,
    bool is_argument, bool is_settled)
{
	uint64_t size = t->type.size < PROTOCOL_VALUE ? t->type.size : PROTOCOL_VALUE;
	struct buf text = {0}, plain = {0};
	char *bytes;

	if (v->n == VARIABLES_MAX || v->room == 0)
		return;
	bytes = arena_alloc(m->arena, size + 1, 1);
	if (scene_bytes(&m->scene, t, bytes, size)) {
		value_of(m->library, t->dwarf, &t->type, (struct str){ bytes, size },
		    t->in_memory ? t->at : 0, VALUE_MAX < v->room ? VALUE_MAX : v->room, &text);
		buf_visible(&plain, buf_str(&text));
		v->room -= plain.len < v->room ? plain.len : v->room;
		v->list[v->n++] = (struct variable_shown){ .name = arena_str(m->arena, name),
		    .value = buf_take(&plain, m->arena), .is_argument = is_argument,
		    .is_settled = is_settled };
	}
	buf_release(&text);
	buf_release(&plain);
}

static bool
is_listed(const struct making *m, const struct variables *v, struct str name)
{
	for (size_t i = 0; i < v->n; i++)
		if (str_eq(v->list[i].name, name))
			return true;
	for (size_t i = 0; i < m->scene.nlocals; i++)
		if (str_eq(m->scene.locals[i].name, name))
			return true;
	return false;
}

/* What else the line names: variables of file scope, which are those of the cells. */
static void
add_named(struct making *m, struct variables *v)
{
	struct token t, before = { .kind = TOKEN_END }, next;
	struct lexer x;
	bool more;

	lexer_init(&x, m->scene.line);
	for (more = lexer_next(&x, &t); more; before = t, t = next) {
		struct thing found;

		more = lexer_next(&x, &next);
		if (t.kind == TOKEN_IDENTIFIER && t.word == WORD_NONE && !token_is(&before, '.') &&
		    !str_eq(before.text, STR("->")) && !str_eq(next.text, STR("=")) &&
		    !is_listed(m, v, t.text) && scene_find(&m->scene, t.text, &found))
			add_variable(m, v, t.text, &found, false, true);
		if (!more)
			break;
	}
}

static void
give_variables(struct making *m, struct card *c)
{
	struct variables v = { .room = VALUES_MAX };
	/* How far it came depends on the size of the stack. */
	bool is_deep = m->crash && m->crash->flags & REPORT_STACK;

	if (!dwarf_is_prologue(m->scene.dwarf, m->scene.pc) || m->lines[0].call > 0)
		for (size_t i = 0; i < m->scene.nlocals; i++) {
			const struct local *one = &m->scene.locals[i];
			enum passage_setting set = setting(m, one);
			struct thing t;

			if (set != PASSAGE_NOT_YET && scene_local(&m->scene, one, &t))
				add_variable(m, &v, one->name, &t, one->is_argument,
				    set == PASSAGE_SETTLED && !is_deep);
		}
	add_named(m, &v);
	c->variables = arena_copy(m->arena, v.list, v.n, sizeof *v.list);
	c->nvariables = v.n;
}

/* ---- what happened ---- */

static void
add_mebibytes(struct buf *b, uint64_t bytes)
{
	buf_printf(b, "%.1f MiB", (double)bytes / (1 << 20));
}

/* A frame that is most of a stack: its largest variable, if that is why. */
static bool
tell_large_frame(struct making *m, struct buf *b)
{
	const struct call *calls = m->trace->calls;
	const struct local *largest = NULL;
	struct str function = m->lines[0].frame.function;

	for (size_t i = 0; i < m->scene.nlocals; i++)
		if (!largest || m->scene.locals[i].type.size > largest->type.size)
			largest = &m->scene.locals[i];
	if (!largest || largest->type.size < LARGE) {
		if (m->told->count < 2 || calls[1].sp < calls[0].sp || calls[1].sp - calls[0].sp < LARGE)
			return false;
		buf_add(b, STR("stack overflow: the variables"));
		if (function.len > 0)
			buf_printf(b, " of %.*s", STR_ARG(function));
		buf_add(b, STR(" need "));
		add_mebibytes(b, calls[1].sp - calls[0].sp);
		return true;
	}
	buf_printf(b, "stack overflow: '%.*s'", STR_ARG(largest->name));
	if (function.len > 0)
		buf_printf(b, " in %.*s", STR_ARG(function));
	buf_add(b, STR(" takes "));
	add_mebibytes(b, largest->type.size);
	return true;
}

/* It calls itself from several of its lines, in no order. */
static bool
tell_repetition(struct making *m, struct buf *b)
{
	struct str function = m->lines[0].frame.function;
	size_t same = 0;

	for (size_t i = 0; i < m->n; i++)
		same += str_eq(m->lines[i].frame.function, function);
	if (function.len == 0 || m->gap >= m->n || same < m->n / 2)
		return false;
	buf_printf(b, "stack overflow: %.*s calls itself without end", STR_ARG(function));
	return true;
}

/* "f calls itself", "f and g call each other" */
static bool
tell_recursion(struct making *m, const struct card *c, struct buf *b)
{
	const struct frame *last = NULL;
	struct str names[PERIOD_MAX];
	size_t n = 0, first;

	for (size_t i = 0; i < c->nframes && !last; i++)
		if (c->frames[i].period > 0)
			last = &c->frames[i];
	if (!last)
		return tell_repetition(m, b);
	first = (size_t)(last - c->frames) + 1 - last->period;
	for (size_t i = first; i < first + last->period; i++) {
		size_t k = 0;

		while (k < n && !str_eq(names[k], c->frames[i].function))
			k++;
		if (k == n && c->frames[i].function.len > 0)
			names[n++] = c->frames[i].function;
	}
	if (n == 0)
		return false;
	buf_add(b, STR("stack overflow: "));
	for (size_t k = 0; k < n; k++)
		buf_printf(b, "%s%.*s", k == 0 ? "" : k + 1 == n ? " and " : ", ", STR_ARG(names[k]));
	buf_add(b, n == 1 ? STR(" calls itself without end") : STR(" call each other without end"));
	return true;
}

/* A literal or a constant: nothing that is there was written for that. */
static bool
tell_constant(struct making *m, struct buf *b)
{
	uint64_t at = m->crash->address;
	const struct loaded *o = library_object(m->library, at);
	struct dwarf *d = o ? library_dwarf(m->library, o) : NULL;
	struct variable v;
	struct image image;
	struct str target;

	if (!o || !image_open(&image, session_object_bytes(&o->object)))
		return false;
	if (d && dwarf_variable(d, at - o->base, &v)) {
		buf_printf(b, "write to '%.*s', which is const", STR_ARG(v.name));
		return true;
	}
	if (image_is_code(&image, at - o->base)) {
		buf_add(b, STR("write to the code of a function"));
		return true;
	}
	target = m->lines[0].call == 0 ? explain_target(&m->scene, m->crash, m->arena) : STR("");
	if (target.len > 0)
		buf_printf(b, "write to %.*s, which is read-only: ", STR_ARG(target));
	else
		buf_add(b, STR("write to read-only memory: "));
	buf_add(b, STR("a string literal or constant"));
	return true;
}

/* The function of libc, or of <skein.h>, that it was in, by the name that the document calls it. */
static struct str
foreign_function(struct making *m)
{
	size_t call = m->lines[0].call;
	struct str name;

	if (call == 0)
		return (struct str){0};
	name = library_function(m->library, m->trace->calls[call - 1].function);
	return str_starts(name, STR("__skein_")) ? str_slice(name, 2, name.len) : name;
}

static const char *
verb_of(const struct report *r)
{
	return r->flags & REPORT_WRITE ? "write" : r->flags & REPORT_READ ? "read" : "access";
}

/* "read through s in strlen, where s is NULL" */
static bool
tell_pointer(struct making *m, struct str function, struct buf *b)
{
	const struct report *r = m->crash;
	uint64_t value;
	struct str text = explain_pointer(&m->scene, r, m->arena, &value);

	if (text.len == 0)
		return false;
	buf_printf(b, "%s through %.*s", verb_of(r), STR_ARG(text));
	if (function.len > 0)
		buf_printf(b, " in %.*s", STR_ARG(function));
	buf_printf(b, ", where %.*s is ", STR_ARG(text));
	if (value)
		buf_printf(b, "0x%llx", (unsigned long long)value);
	else
		buf_add(b, STR("NULL"));
	return true;
}

/* In a function that is none of the document's. */
static void
tell_foreign(struct making *m, struct str function, struct buf *b)
{
	const struct report *r = m->crash;
	const char *verb = verb_of(r);

	if (r->flags & REPORT_WRITE && r->code == SEGV_ACCERR && tell_constant(m, b))
		buf_printf(b, ", in %.*s", STR_ARG(function));
	else if (!tell_pointer(m, function, b))
		buf_printf(b, "%s at address 0x%llx%s in %.*s", verb, (unsigned long long)r->address,
		    r->address == 0 ? " (NULL)" : "", STR_ARG(function));
}

static void
tell_access(struct making *m, struct buf *b)
{
	const struct report *r = m->crash;
	struct str function;

	if (m->lines[0].call == 0) {
		if (r->flags & REPORT_WRITE && r->code == SEGV_ACCERR && tell_constant(m, b))
			return;
		buf_add(b, explain_access(&m->scene, r, m->arena));
		if (b->len == 0 && !(r->flags & REPORT_EXECUTE))
			tell_pointer(m, STR(""), b);
		return;
	}
	function = foreign_function(m);
	if (function.len > 0 && !(r->flags & REPORT_EXECUTE))
		tell_foreign(m, function, b);
}

/* "where n is NULL" */
static void
mark_told(struct making *m, struct card *c)
{
	for (size_t i = 0; i < c->nvariables; i++) {
		struct str words = arena_printf(m->arena, "where %.*s is ", STR_ARG(c->variables[i].name));

		c->variables[i].is_told = str_find(c->what, words) < c->what.len;
	}
}

static void
give_words(struct making *m, struct card *c)
{
	const struct report *r = m->crash;
	uint64_t pc = m->trace->calls[0].pc;
	struct buf b = {0};

	if (r->code > 0 && r->signal == SIGSEGV && r->flags & REPORT_STACK) {
		if (!tell_recursion(m, c, &b))
			(void)tell_large_frame(m, &b);
	} else if (r->code > 0 && (r->signal == SIGSEGV || (r->signal == SIGBUS && r->code == SI_KERNEL))) {
		tell_access(m, &b);
	} else if (r->signal == SIGFPE && r->code == FPE_INTDIV && m->lines[0].call == 0 &&
	    instruction_is_overflow(&m->scene.machine, pc)) {
		buf_add(&b, STR("integer overflow in a division: the result is too large for its type"));
	} else if ((r->signal == SIGILL || r->signal == SIGTRAP) && r->code > 0 &&
	    instruction_is_trap(&m->scene.machine, pc)) {
		buf_add(&b, STR("reached a trap: __builtin_trap(), or code that cannot be reached"));
	}
	c->what = buf_take(&b, m->arena);
	mark_told(m, c);
}

/* The call of the document that made the thread. */
static void
give_start(struct making *m, struct card *c)
{
	struct frame made[INLINED_MAX] = {0};

	c->in_thread = m->told->flags & REPORT_THREAD;
	for (size_t i = 0; c->in_thread && i < PROTOCOL_STARTED; i++) {
		uint64_t pc = m->trace->started[i];
		const struct loaded *o = pc ? library_object(m->library, pc) : NULL;
		struct dwarf *d = o ? library_dwarf(m->library, o) : NULL;
		size_t n = d ? dwarf_calls(d, pc - o->base, m->arena, made, INLINED_MAX) : 0;

		for (size_t k = 0; k < n; k++) {
			if (!tidy(&made[k], &o->object) || made[k].line == 0)
				continue;
			c->start = arena_copy(m->arena, &made[k], 1, sizeof *made);
			return;
		}
	}
}

void
card_make(struct card *c, const struct report *told, const struct trace *t,
    const struct report *crash, const struct lua_calls *lua, struct library *l,
    const struct session_text *text, struct arena *a)
{
	struct making m = { .told = told, .trace = t, .crash = crash, .library = l,
	    .text = text, .arena = a, .lua = lua };

	*c = (struct card){0};
	if (told->count == 0 && (!lua || lua->n == 0))
		return;
	add_calls(&m);
	give_frames(&m, c);
	give_start(&m, c);
	if (m.n == 0 || !(told->flags & REPORT_WAITS) || !set_scene(&m))
		return;
	give_variables(&m, c);
	if (crash)
		give_words(&m, c);
}

void
card_route(struct route *r, const char *pcs, size_t npcs, struct library *l, struct arena *a)
{
	static struct trace t;
	struct report told = { .count = (uint32_t)(npcs < PROTOCOL_CALLS ? npcs : PROTOCOL_CALLS) };
	struct making m = { .told = &told, .trace = &t, .library = l, .arena = a };
	struct card c = {0};

	t.total = told.count;
	for (size_t i = 0; i < told.count; i++)
		memcpy(&t.calls[i].pc, pcs + i * sizeof t.calls[i].pc, sizeof t.calls[i].pc);
	add_calls(&m);
	give_frames(&m, &c);
	r->frames = c.frames;
	r->nframes = c.nframes;
}
