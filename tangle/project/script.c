#include "tangle/project/script.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tangle/base/arena.h"
#include "tangle/base/json.h"
#include "tangle/base/mem.h"

enum {
	STEP = 1000,		/* instructions between looks at the budget */
	DEPTH = 32,		/* tables within tables, of a value */
	SLACK = 64 << 10	/* bytes beyond the limit, for the words about it */
};

struct given {
	struct given *next;
	script_function *call;
	void *arg;
};

struct script {
	lua_State *lua;
	struct script_limits limits;
	size_t used;
	uint64_t left;		/* instructions */
	struct given *given;
	bool is_exhausted;
};

/* ---- limits ------------------------------------------------------------------------- */

static void *
allocate(void *arg, void *p, size_t was, size_t size)
{
	struct script *s = arg;

	was = p ? was : 0;	/* else it tells the type */
	if (size == 0) {
		s->used -= was;
		mem_free(p);
		return NULL;
	}
	if (size > was && s->used + (size - was) > s->limits.memory)
		return NULL;
	s->used = s->used - was + size;
	return mem_resize(p, 1, size);
}

static struct script *
script_of(lua_State *lua)
{
	void *arg;

	(void)lua_getallocf(lua, &arg);
	return arg;
}

/* Once the budget is used up, every instruction ends in this error: no pcall gets far. */
static void
count(lua_State *lua, lua_Debug *unused)
{
	struct script *s = script_of(lua);

	(void)unused;
	if (s->left > STEP) {
		s->left -= STEP;
		return;
	}
	s->left = 0;
	s->is_exhausted = true;
	lua_sethook(lua, count, LUA_MASKCOUNT, 1);
	luaL_where(lua, 0);
	lua_pushliteral(lua, "it takes too long");
	lua_concat(lua, 2);
	lua_error(lua);
}

static void
refill(struct script *s)
{
	s->left = s->limits.instructions;
	s->is_exhausted = false;
	lua_sethook(s->lua, count, LUA_MASKCOUNT, STEP);
}

/* ---- what it has --------------------------------------------------------------------- */

static const char *const of_base[] = {
	"assert", "error", "ipairs", "next", "pairs", "pcall", "rawequal", "rawget", "rawlen", "rawset",
	"select", "tonumber", "tostring", "type", NULL
};
static const char *const of_string[] = {
	"byte", "char", "format", "len", "lower", "rep", "reverse", "sub", "upper", NULL
};
static const char *const of_table[] = { "concat", "insert", "pack", "remove", "sort", "unpack", NULL };
static const char *const of_math[] = {
	"abs", "ceil", "floor", "fmod", "huge", "max", "maxinteger", "min", "mininteger", "modf", "pi",
	"sqrt", "tointeger", "type", "ult", NULL
};
static const char *const of_utf8[] = { "char", "charpattern", "codepoint", "len", "offset", NULL };

static const struct library {
	const char *name;
	lua_CFunction open;
	const char *const *names;
} libraries[] = {
	{ NULL, luaopen_base, of_base },
	{ "string", luaopen_string, of_string },
	{ "table", luaopen_table, of_table },
	{ "math", luaopen_math, of_math },
	{ "utf8", luaopen_utf8, of_utf8 },
};

/* Put what is named of the library on the top of the stack into the table below it. */
static void
pick(lua_State *lua, const struct library *l)
{
	for (size_t i = 0; l->names[i]; i++) {
		lua_getfield(lua, -1, l->names[i]);
		lua_setfield(lua, -3, l->names[i]);
	}
}

/* A table of all that the text can see. */
static void
push_world(lua_State *lua)
{
	lua_newtable(lua);
	for (size_t i = 0; i < sizeof libraries / sizeof libraries[0]; i++) {
		const struct library *l = &libraries[i];

		lua_pushcfunction(lua, l->open);
		lua_call(lua, 0, 1);
		if (l->name) {
			lua_newtable(lua);
			lua_insert(lua, -2);
			pick(lua, l);
			lua_pop(lua, 1);
			lua_setfield(lua, -2, l->name);
		} else {
			pick(lua, l);
			lua_pop(lua, 1);
		}
	}
	lua_newtable(lua);
	lua_setfield(lua, -2, "skein");
	/* s:upper() has what string.upper has, and no more */
	lua_pushliteral(lua, "");
	if (lua_getmetatable(lua, -1)) {
		lua_getfield(lua, -3, "string");
		lua_setfield(lua, -2, "__index");
		lua_pushboolean(lua, 0);
		lua_setfield(lua, -2, "__metatable");
		lua_pop(lua, 1);
	}
	lua_pop(lua, 1);
}

/* ---- values --------------------------------------------------------------------------- */

static struct json *value_at(lua_State *lua, int at, int depth);

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Its keys are 1 to n, and no others? */
static bool
is_list(lua_State *lua, int at, lua_Integer n)
{
	lua_Integer count = 0;

	for (lua_pushnil(lua); lua_next(lua, at); lua_pop(lua, 1)) {
		lua_Integer k = lua_isinteger(lua, -2) ? lua_tointeger(lua, -2) : 0;

		count++;
		if (k < 1 || k > n) {
			lua_pop(lua, 2);
			return false;
		}
	}
	return n > 0 && count == n;
}

static struct json *
list_at(lua_State *lua, int at, lua_Integer n, int depth)
{
	struct json *list = json_new_array();

	for (lua_Integer i = 1; i <= n; i++) {
		struct json *one;

		lua_rawgeti(lua, at, i);
		one = value_at(lua, lua_gettop(lua), depth);
		lua_pop(lua, 1);
		if (!one) {
			json_end(list);
			return NULL;
		}
		json_push(list, one);
	}
	return list;
}

/* The names of a table's fields, in order; a new array on the heap, or NULL: a key is no name. */
static const char **
names_at(lua_State *lua, int at, size_t *n)
{
	const char **names = NULL;
	size_t cap = 0;

	*n = 0;
	for (lua_pushnil(lua); lua_next(lua, at); lua_pop(lua, 1)) {
		size_t len = 0;
		const char *name = lua_type(lua, -2) == LUA_TSTRING ? lua_tolstring(lua, -2, &len) : NULL;

		if (!name || strlen(name) < len || str_utf8_error(str_of(name)) < len) {
			lua_pop(lua, 2);
			mem_free(names);
			return NULL;
		}
		names = mem_grow(names, &cap, *n + 1, sizeof *names);
		names[(*n)++] = name;
	}
	if (!names)
		names = mem_grow(names, &cap, 1, sizeof *names);
	qsort(names, *n, sizeof *names, by_name);
	return names;
}

static struct json *
table_at(lua_State *lua, int at, int depth)
{
	lua_Integer n = (lua_Integer)lua_rawlen(lua, at);
	struct json *table;
	const char **names;
	size_t nnames;

	if (depth == 0 || !lua_checkstack(lua, 4))
		return NULL;
	if (is_list(lua, at, n))
		return list_at(lua, at, n, depth - 1);
	names = names_at(lua, at, &nnames);
	if (!names)
		return NULL;
	table = json_new_object();
	for (size_t i = 0; i < nnames; i++) {
		struct json *one;

		lua_pushstring(lua, names[i]);
		lua_rawget(lua, at);
		one = value_at(lua, lua_gettop(lua), depth - 1);
		lua_pop(lua, 1);
		if (!one) {
			json_end(table);
			table = NULL;
			break;
		}
		json_put(table, names[i], one);
	}
	mem_free(names);
	return table;
}

static struct json *
function_at(lua_State *lua, int at)
{
	struct json *j = json_new_object();
	lua_Debug about;

	lua_pushvalue(lua, at);
	lua_getinfo(lua, ">S", &about);
	json_put_integer(j, "function", about.linedefined > 0 ? about.linedefined : 0);
	return j;
}

/* NULL: nothing that JSON could have. */
static struct json *
value_at(lua_State *lua, int at, int depth)
{
	size_t len;
	const char *text;

	switch (lua_type(lua, at)) {
	case LUA_TNIL:
		return json_new_null();
	case LUA_TBOOLEAN:
		return json_new_boolean(lua_toboolean(lua, at));
	case LUA_TNUMBER:
		return lua_isinteger(lua, at) ? json_new_integer(lua_tointeger(lua, at)) :
		    json_new_number(lua_tonumber(lua, at));
	case LUA_TSTRING:
		text = lua_tolstring(lua, at, &len);
		return json_new_string((struct str){ text, len });
	case LUA_TTABLE:
		return table_at(lua, at, depth);
	case LUA_TFUNCTION:
		return function_at(lua, at);
	default:
		return NULL;
	}
}

/* Runs protected: it may end in an error for want of memory. */
static void
push_value(lua_State *lua, const struct json *j)
{
	const struct json *value;
	struct str key;

	luaL_checkstack(lua, 4, NULL);
	switch (json_kind(j)) {
	case JSON_KIND_NULL:
		lua_pushnil(lua);
		break;
	case JSON_KIND_BOOLEAN:
		lua_pushboolean(lua, json_truth(j));
		break;
	case JSON_KIND_INTEGER:
		lua_pushinteger(lua, json_number(j));
		break;
	case JSON_KIND_NUMBER:
		lua_pushnumber(lua, json_to_real(j));
		break;
	case JSON_KIND_STRING:
		lua_pushlstring(lua, json_text(j).data, json_text(j).len);
		break;
	case JSON_KIND_ARRAY:
		lua_newtable(lua);
		for (size_t i = 0; i < json_length(j); i++) {
			push_value(lua, json_at(j, i));
			lua_rawseti(lua, -2, (lua_Integer)i + 1);
		}
		break;
	case JSON_KIND_OBJECT:
		lua_newtable(lua);
		for (void *at = json_next(j, NULL, &key, &value); at; at = json_next(j, at, &key, &value)) {
			lua_pushlstring(lua, key.data, key.len);
			push_value(lua, value);
			lua_rawset(lua, -3);
		}
		break;
	}
}

/* ---- errors ---------------------------------------------------------------------------- */

/* "NAME:LINE: words", as Lua has it: the line, and what follows. */
static size_t
take_line(struct str *words)
{
	size_t at = str_find_byte(*words, ':');
	struct str rest = str_slice(*words, at + (at < words->len), words->len), number;
	unsigned long line;

	number = str_cut(rest, ':', &rest);
	if (!str_starts(*words, STR("[skein]:")) || !str_number(number, 1000000000, &line))
		return 0;
	*words = str_trim(rest);
	return line;
}

/* What went wrong stands on the top of the stack. */
static bool
fail(struct script *s, int status, struct arena *a, struct script_error *e)
{
	const char *text = lua_tostring(s->lua, -1);

	*e = (struct script_error){ .words = str_of(text ? text : "an error without words"),
	    .is_syntax = status == LUA_ERRSYNTAX };
	e->line = take_line(&e->words);
	e->is_limit = s->is_exhausted || status == LUA_ERRMEM;
	if (status == LUA_ERRMEM)
		e->words = arena_printf(a, "it wants more than %zu MiB of memory", s->limits.memory >> 20);
	else if (s->is_exhausted)
		e->words = arena_printf(a, "it takes more than %llu steps",
		    (unsigned long long)s->limits.instructions);
	else
		e->words = arena_str(a, e->words);
	lua_settop(s->lua, 0);
	return false;
}

/* ---- what is given to it ---------------------------------------------------------------- */

static int
call_given(lua_State *lua)
{
	const struct given *g = lua_touserdata(lua, lua_upvalueindex(1));
	struct json *arguments = json_new_array(), *result;
	struct str why = {0};

	for (int i = 1; i <= lua_gettop(lua); i++) {
		struct json *one = value_at(lua, i, DEPTH);

		if (!one) {
			json_end(arguments);
			return luaL_argerror(lua, i, "it must be plain data");
		}
		json_push(arguments, one);
	}
	result = g->call(g->arg, arguments, &why);
	json_end(arguments);
	if (why.len > 0) {
		lua_pushfstring(lua, "%s", why.data);
		json_end(result);
		luaL_where(lua, 1);
		lua_insert(lua, -2);
		lua_concat(lua, 2);
		return lua_error(lua);
	}
	push_value(lua, result);
	json_end(result);
	return 1;
}

void
script_give(struct script *s, const char *name, script_function *f, void *arg)
{
	struct given *g = mem_alloc(1, sizeof *g);

	*g = (struct given){ s->given, f, arg };
	s->given = g;
	lua_getglobal(s->lua, "skein");
	lua_pushlightuserdata(s->lua, g);
	lua_pushcclosure(s->lua, call_given, 1);
	lua_setfield(s->lua, -2, name);
	lua_pop(s->lua, 1);
}

/* ---- its life ---------------------------------------------------------------------------- */

struct script *
script_new(const struct script_limits *limits)
{
	struct script *s = mem_zalloc(1, sizeof *s);

	s->limits = *limits;
	s->lua = lua_newstate(allocate, s);
	if (!s->lua)
		mem_leave(1, limits->memory);
	push_world(s->lua);
	lua_rawseti(s->lua, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
	return s;
}

void
script_free(struct script *s)
{
	if (!s)
		return;
	lua_sethook(s->lua, NULL, 0, 0);
	lua_close(s->lua);
	for (struct given *g = s->given, *next; g; g = next) {
		next = g->next;
		mem_free(g);
	}
	mem_free(s);
}

static int
compile(struct script *s, struct str text)
{
	return luaL_loadbufferx(s->lua, text.data ? text.data : "", text.len, "=[skein]", "t");
}

bool
script_load(struct script *s, struct str text, struct arena *a, struct script_error *e)
{
	int status = compile(s, text);

	refill(s);
	if (status == LUA_OK)
		status = lua_pcall(s->lua, 0, 1, 0);
	if (status != LUA_OK)
		return fail(s, status, a, e);
	if (!lua_istable(s->lua, -1)) {
		lua_pushfstring(s->lua, "it must return a table, not %s", luaL_typename(s->lua, -1));
		return fail(s, LUA_OK, a, e);
	}
	lua_setfield(s->lua, LUA_REGISTRYINDEX, "value");
	return true;
}

struct json *
script_value(struct script *s, struct arena *a, struct script_error *e)
{
	struct json *j;

	lua_getfield(s->lua, LUA_REGISTRYINDEX, "value");
	j = value_at(s->lua, lua_gettop(s->lua), DEPTH);
	if (!j) {
		lua_pushliteral(s->lua,
		    "its tables must have names or lists of values, and end somewhere");
		fail(s, LUA_OK, a, e);
	}
	lua_settop(s->lua, 0);
	return j;
}

struct calling {
	const char *path;
	const struct json *argument;
	struct json *result;
	bool is_plain;		/* what came back is data */
};

static int
call(lua_State *lua)
{
	struct calling *c = lua_touserdata(lua, 1);
	struct str rest = str_of(c->path);

	lua_getfield(lua, LUA_REGISTRYINDEX, "value");
	while (rest.len > 0) {
		struct str name = str_cut(rest, '.', &rest);

		if (!lua_istable(lua, -1))
			return luaL_error(lua, "there is no %s", c->path);
		lua_pushlstring(lua, name.data, name.len);
		lua_rawget(lua, -2);
	}
	push_value(lua, c->argument);
	lua_call(lua, 1, 1);
	c->is_plain = true;
	if (!lua_isnil(lua, -1))
		c->is_plain = (c->result = value_at(lua, lua_gettop(lua), DEPTH)) != NULL;
	return 0;
}

bool
script_call(struct script *s, const char *path, const struct json *argument,
    struct json **result, struct arena *a, struct script_error *e)
{
	struct calling c = { .path = path, .argument = argument };
	int status;

	refill(s);
	lua_pushcfunction(s->lua, call);
	lua_pushlightuserdata(s->lua, &c);
	status = lua_pcall(s->lua, 1, 0, 0);
	*result = c.result;
	if (status == LUA_OK && c.is_plain)
		return true;
	if (status == LUA_OK)
		lua_pushliteral(s->lua, "what it returns must be plain data");
	return fail(s, status, a, e);
}

bool
script_syntax(struct str text, struct arena *a, struct script_error *e)
{
	struct script *s = script_new(&(struct script_limits){ 1, (size_t)64 << 20 });
	int status = compile(s, text);
	bool ok = status == LUA_OK || fail(s, status, a, e);

	script_free(s);
	return ok;
}
