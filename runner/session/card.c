#include "runner/session/card.h"

#include <string.h>

#include "runner/cell/lex.h"
#include "runner/session/backtrace.h"
#include "runner/session/dwarf.h"
#include "runner/session/fault.h"
#include "runner/session/library.h"
#include "runner/session/outcome.h"
#include "runner/session/passage.h"
#include "runner/session/scene.h"
#include "runner/session/value.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"

enum { VARIABLES_MAX = 12, VALUE_MAX = 160, VALUES_MAX = 4096, DECLARATION_LINES = 64 };

struct making {
	const struct report *crash;
	const struct session_text *text;
	struct arena *arena;
	struct backtrace calls;
	struct scene scene;
};

/* ---- the place itself ---- */

/* Registers that are known at a call: all at the innermost, else what it must keep. */
static void
set_machine(const struct making *m, size_t call, struct processor *machine)
{
	static const int saved[PROTOCOL_NSAVED] = PROTOCOL_SAVED;
	const struct call *c = &m->calls.trace->calls[call];

	*machine = (struct processor){0};
	if (call + 1 < m->calls.told->count)
		machine->frame = c[1].sp;
	if (call == 0 && m->calls.told->flags & REPORT_INTERRUPTED) {
		memcpy(machine->registers, m->calls.trace->registers, sizeof machine->registers);
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
	const struct backtrace_line *first = &m->calls.lines[0];
	uint64_t pc = m->calls.trace->calls[first->call].pc;
	const struct loaded *o = library_object(m->calls.library, pc);
	struct processor machine;

	if (!o || first->is_lua)
		return false;
	set_machine(m, first->call, &machine);
	scene_open(&m->scene, m->calls.library, o, pc - o->base, first->inlined, &machine);
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
	const struct frame *f = &m->calls.lines[0].frame;
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
		value_of(m->calls.library, t->dwarf, &t->type, (struct str){ bytes, size },
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

	if (!dwarf_is_prologue(m->scene.dwarf, m->scene.pc) || m->calls.lines[0].call > 0)
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

/* ---- all of it ---- */

/* "where n is NULL" */
static void
mark_told(const struct making *m, struct card *c)
{
	for (size_t i = 0; i < c->nvariables; i++) {
		struct str words = arena_printf(m->arena, "where %.*s is ", STR_ARG(c->variables[i].name));

		c->variables[i].is_told = str_find(c->what, words) < c->what.len;
	}
}

static void
give_words(struct making *m, struct card *c)
{
	struct fault f = { .crash = m->crash, .calls = &m->calls, .frames = c->frames,
	    .nframes = c->nframes, .scene = &m->scene, .arena = m->arena };

	c->what = fault_words(&f);
	mark_told(m, c);
}

void
card_make(struct card *c, const struct report *told, const struct trace *t,
    const struct report *crash, const struct lua_calls *lua, struct library *l,
    const struct session_text *text, struct arena *a)
{
	struct making m = { .crash = crash, .text = text, .arena = a };

	*c = (struct card){0};
	if (told->count == 0 && (!lua || lua->n == 0))
		return;
	backtrace_read(&m.calls, told, t, lua, l, a);
	c->frames = backtrace_frames(&m.calls, &c->nframes);
	c->in_thread = told->flags & REPORT_THREAD;
	c->start = backtrace_start(&m.calls);
	if (m.calls.n == 0 || !(told->flags & REPORT_WAITS) || !set_scene(&m))
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
	struct backtrace calls;

	t.total = told.count;
	for (size_t i = 0; i < told.count; i++)
		memcpy(&t.calls[i].pc, pcs + i * sizeof t.calls[i].pc, sizeof t.calls[i].pc);
	backtrace_read(&calls, &told, &t, NULL, l, a);
	r->frames = backtrace_frames(&calls, &r->nframes);
}
