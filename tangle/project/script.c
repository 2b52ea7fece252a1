#include "tangle/project/script.h"

#include <string.h>

#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/json.h"
#include "tangle/base/mem.h"
#include "tangle/project/closed.h"
#include "tangle/project/datum.h"

enum {
	LARGEST = 256 << 10,	/* bytes of a text: what a parser does grows faster than that */
	BLOCK = 1 << 20,
	LONGEST = 2000,		/* bytes of an error's words */
	SECOND = 1000000000
};

static const char name[] = "=skein.lua";	/* so it stands in words: "skein.lua:3: ..." */

struct given {
	struct given *next;
	script_function *call;
	void *arg;
};

struct script {
	struct closed closed;
	struct given *given;
};

/* ---- errors ---------------------------------------------------------------------------- */

/* "NAME:LINE: words", as Lua has it: the line, and what follows. */
static size_t
take_line(struct str *words)
{
	struct str rest, number;
	unsigned long line;

	if (!str_starts(*words, STR("skein.lua:")))
		return 0;
	number = str_cut(str_slice(*words, sizeof name - 1, words->len), ':', &rest);
	if (!str_number(number, 1000000000, &line))
		return 0;
	*words = str_trim(rest);
	return line;
}

/* Words of Lua's about a name that others have, and this one has not. */
static bool
is_about_absent(struct str words)
{
	static const char *const absent[] = {
		"collectgarbage", "coroutine", "debug", "dofile", "io", "load", "loadfile", "loadstring", "os",
		"package", "require", "warn"
	};
	struct str found;

	found = str_slice(words, str_find(words, STR("(global '")), words.len);
	found = str_slice(found, sizeof "(global '" - 1, found.len);
	found = str_slice(found, 0, str_find_byte(found, '\''));
	for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
		if (str_eq(found, str_of(absent[i])))
			return true;
	return false;
}

static struct str
limit_words(const struct closed *c, struct arena *a)
{
	const struct closed_bounds *b = &c->bounds;

	switch (c->end) {
	case CLOSED_STEPS:
		return arena_printf(a, "it takes more than %llu steps", (unsigned long long)b->steps);
	case CLOSED_TIME:
		return arena_printf(a, "it takes more than %g s of processor time", (double)b->time / SECOND);
	case CLOSED_BLOCK:
		return arena_printf(a, "it makes a text, a table or a stack of more than %zu KiB", b->block >> 10);
	case CLOSED_MEMORY:
	case CLOSED_NOT:
		break;
	}
	return arena_printf(a, "it wants more than %zu MiB of memory", b->memory >> 20);
}

static struct str
error_words(lua_State *lua, struct arena *a)
{
	struct str words = {0};
	size_t end;

	if (lua_type(lua, -1) == LUA_TSTRING)
		words.data = lua_tolstring(lua, -1, &words.len);
	else if (lua_type(lua, -1) == LUA_TTABLE)
		words = STR("an error that is a table");
	words = str_slice(words, 0, LONGEST);
	end = str_find_byte(words, '\0');
	return arena_str(a, str_slice(words, 0, end));
}

/* What went wrong stands on the top of the stack. */
static bool
fail(struct script *s, int status, struct arena *a, struct script_error *e)
{
	const struct closed *c = &s->closed;
	struct str words = error_words(c->lua, a);
	size_t line = take_line(&words);

	if (words.len == 0)
		words = STR("an error that has no words");
	*e = (struct script_error){ .words = words, .line = line, .is_syntax = status == LUA_ERRSYNTAX };
	if (line == 0 && c->line > 0)
		e->line = (size_t)c->line;
	if (c->end != CLOSED_NOT) {
		e->is_limit = true;
		e->is_syntax = false;
		e->words = limit_words(c, a);
		e->line = c->line > 0 ? (size_t)c->line : 0;
	} else if (is_about_absent(words)) {
		e->words = arena_printf(a, "%.*s: there is none in skein.lua", STR_ARG(words));
	}
	lua_settop(c->lua, 0);
	return false;
}

static bool
fail_with(struct script *s, struct buf *words, struct arena *a, struct script_error *e)
{
	bool is_limit = s->closed.end != CLOSED_NOT;

	*e = (struct script_error){ .words = is_limit ? limit_words(&s->closed, a) : arena_str(a, buf_str(words)),
	    .is_limit = is_limit };
	lua_settop(s->closed.lua, 0);
	return false;
}

/* ---- what is given to it ---------------------------------------------------------------- */

static int
push_protected(lua_State *lua)
{
	const struct json *j = lua_touserdata(lua, 1);

	datum_push(lua, j);
	return 1;
}

/* An error must not lose the value, which is ours. */
static void
push_result(lua_State *lua, struct json *j)
{
	int status;

	lua_pushcfunction(lua, push_protected);
	lua_pushlightuserdata(lua, j);
	status = lua_pcall(lua, 1, 1, 0);
	json_end(j);
	if (status != LUA_OK) {
		closed_pass(lua, status);
		lua_error(lua);
	}
}

static struct json *
take_arguments(lua_State *lua)
{
	struct closed *c = closed_of(lua);
	struct json *arguments = json_new_array();
	struct buf why = {0};
	int n = lua_gettop(lua);

	for (int i = 1; i <= n; i++) {
		struct json *one = datum_read(c, i, &why);

		if (one) {
			json_push(arguments, one);
			continue;
		}
		json_end(arguments);
		lua_pushlstring(lua, why.data ? why.data : "", why.len);
		buf_release(&why);
		closed_charge(lua, 1);	/* it may be the end */
		luaL_argerror(lua, i, lua_tostring(lua, -1));
	}
	buf_release(&why);
	return arguments;
}

static int
call_given(lua_State *lua)
{
	const struct given *g = lua_touserdata(lua, lua_upvalueindex(1));
	struct json *arguments = take_arguments(lua), *result;
	struct str why = {0};

	result = g->call(g->arg, arguments, &why);
	json_end(arguments);
	if (why.len > 0) {
		json_end(result);
		luaL_where(lua, 1);
		lua_pushlstring(lua, why.data, why.len);
		lua_concat(lua, 2);
		return lua_error(lua);
	}
	push_result(lua, result);
	return 1;
}

/* Put what is on the top of the stack into "skein". */
static void
put(lua_State *lua, const char *as)
{
	lua_getglobal(lua, "skein");
	lua_insert(lua, -2);
	lua_setfield(lua, -2, as);
	lua_pop(lua, 1);
}

void
script_give(struct script *s, const char *as, script_function *f, void *arg)
{
	struct given *g = mem_alloc(1, sizeof *g);

	*g = (struct given){ s->given, f, arg };
	s->given = g;
	lua_pushlightuserdata(s->closed.lua, g);
	lua_pushcclosure(s->closed.lua, call_given, 1);
	put(s->closed.lua, as);
}

void
script_add(struct script *s, const char *as, int (*open)(struct lua_State *))
{
	lua_pushcfunction(s->closed.lua, open);
	lua_call(s->closed.lua, 0, 1);
	put(s->closed.lua, as);
}

/* ---- its life ---------------------------------------------------------------------------- */

struct script *
script_new(const struct script_limits *limits)
{
	struct script *s = mem_zalloc(1, sizeof *s);
	struct closed_bounds b = { limits->instructions, SECOND, limits->memory, BLOCK };

	if (!closed_open(&s->closed, &b))
		mem_leave(1, limits->memory);
	return s;
}

void
script_free(struct script *s)
{
	if (!s)
		return;
	closed_close(&s->closed);
	for (struct given *g = s->given, *next; g; g = next) {
		next = g->next;
		mem_free(g);
	}
	mem_free(s);
}

void
script_bounds(struct script *s, size_t block, int64_t time)
{
	s->closed.bounds.block = block;
	s->closed.bounds.time = time;
}

void
script_show(struct script *s, volatile int *line)
{
	s->closed.shown = line;
}

struct str
script_printed(struct script *s, struct arena *a)
{
	struct str printed = arena_str(a, buf_str(&s->closed.printed));

	buf_clear(&s->closed.printed);
	return printed;
}

static bool
load(struct script *s, struct str text, struct arena *a, struct script_error *e)
{
	int status;

	if (text.len > LARGEST) {
		*e = (struct script_error){ .is_limit = true,
		    .words = arena_printf(a, "it has more than %d KiB", LARGEST >> 10) };
		return false;
	}
	closed_begin(&s->closed);
	status = closed_load(&s->closed, text, name);
	return status == LUA_OK || fail(s, status, a, e);
}

bool
script_load(struct script *s, struct str text, struct arena *a, struct script_error *e)
{
	lua_State *lua = s->closed.lua;
	int status;

	if (!load(s, text, a, e))
		return false;
	status = closed_run(&s->closed, 0, 1);
	if (status != LUA_OK)
		return fail(s, status, a, e);
	if (!lua_istable(lua, -1)) {
		lua_pushfstring(lua, "it must return a table, not %s", luaL_typename(lua, -1));
		return fail(s, LUA_OK, a, e);
	}
	lua_rawsetp(lua, LUA_REGISTRYINDEX, s);
	return true;
}

struct json *
script_value(struct script *s, struct arena *a, struct script_error *e)
{
	struct buf why = {0};
	struct json *j;

	closed_begin(&s->closed);
	lua_rawgetp(s->closed.lua, LUA_REGISTRYINDEX, s);
	j = datum_read(&s->closed, -1, &why);
	if (!j)
		fail_with(s, &why, a, e);
	buf_release(&why);
	lua_settop(s->closed.lua, 0);
	return j;
}

/* ---- calls -------------------------------------------------------------------------------- */

struct calling {
	const struct script *script;
	const char *path;
	const struct json *argument;
	int line;		/* where the function begins */
};

/* What stands under a name, or a number as the name of a list's value. */
static void
step_into(lua_State *lua, struct str step)
{
	unsigned long index;

	lua_pushlstring(lua, step.data, step.len);
	if (lua_rawget(lua, -2) == LUA_TNIL && str_number(step, INT32_MAX, &index)) {
		lua_pop(lua, 1);
		lua_rawgeti(lua, -1, (lua_Integer)index);
	}
	lua_remove(lua, -2);
}

static int
call(lua_State *lua)
{
	struct calling *c = lua_touserdata(lua, 1);
	struct str rest = str_of(c->path);
	lua_Debug about;

	lua_rawgetp(lua, LUA_REGISTRYINDEX, c->script);
	while (rest.len > 0) {
		if (!lua_istable(lua, -1))
			return luaL_error(lua, "there is no %s", c->path);
		step_into(lua, str_cut(rest, '.', &rest));
	}
	if (!lua_isfunction(lua, -1))
		return luaL_error(lua, "%s is no function", c->path);
	lua_pushvalue(lua, -1);
	lua_getinfo(lua, ">S", &about);
	c->line = about.linedefined;
	datum_push(lua, c->argument);
	lua_pushvalue(lua, -1);
	lua_insert(lua, 1);	/* as it is afterwards */
	lua_call(lua, 1, 1);
	lua_pushvalue(lua, 1);
	return 2;
}

/* What is left of it when nothing comes back was meant to come back. */
static bool
was_changed(struct script *s, int at, const struct json *argument)
{
	struct buf why = {0};
	struct json *now = lua_istable(s->closed.lua, at) ? datum_read(&s->closed, at, &why) : NULL;
	bool changed = lua_istable(s->closed.lua, at) && (!now || !json_same(argument, now));

	json_end(now);
	buf_release(&why);
	return changed;
}

bool
script_call(struct script *s, const char *path, const struct json *argument,
    struct json **result, struct arena *a, struct script_error *e)
{
	struct calling c = { s, path, argument, 0 };
	lua_State *lua = s->closed.lua;
	struct buf why = {0};
	bool ok;
	int status;

	*result = NULL;
	closed_begin(&s->closed);
	lua_pushcfunction(lua, call);
	lua_pushlightuserdata(lua, &c);
	status = closed_run(&s->closed, 1, 2);
	if (status != LUA_OK) {
		fail(s, status, a, e);
		if (e->line == 0 && c.line > 0)
			e->line = (size_t)c.line;
		return false;
	}
	ok = lua_isnil(lua, -2) || (*result = datum_read(&s->closed, -2, &why)) != NULL;
	if (lua_isnil(lua, -2) && was_changed(s, -1, argument)) {
		*e = (struct script_error){ .line = c.line > 0 ? (size_t)c.line : 0, .words =
		    STR("it changes the table that it gets, and returns nothing: return the table") };
		ok = false;
	} else if (!ok) {
		fail_with(s, &why, a, e);
		if (!e->is_limit)
			e->words = arena_printf(a, "what it returns is no plain data: %.*s", STR_ARG(e->words));
		e->line = c.line > 0 ? (size_t)c.line : 0;
	}
	buf_release(&why);
	lua_settop(lua, 0);
	return ok;
}

bool
script_syntax(struct str text, struct arena *a, struct script_error *e)
{
	struct script *s = script_new(&(struct script_limits){ 1000000, (size_t)64 << 20 });
	bool ok = load(s, text, a, e);

	script_free(s);
	return ok;
}
