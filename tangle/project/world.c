/*
 * What a text can see: those functions of Lua's that compute, some of them in a form
 * that can be bounded, or that gives the same on each machine.
 */
#include "tangle/project/closed.h"


enum {
	MOST_PRINTED = 64 << 10,
	CALL = 20		/* steps of a protected call: an error in it is no small thing */
};

/* ---- errors -------------------------------------------------------------------------- */

static int
closed_pcall(lua_State *lua)
{
	int status;

	luaL_checkany(lua, 1);
	closed_charge(lua, CALL);
	lua_pushboolean(lua, 1);
	lua_insert(lua, 1);
	status = lua_pcall(lua, lua_gettop(lua) - 2, LUA_MULTRET, 0);
	if (status == LUA_OK)
		return lua_gettop(lua);
	closed_pass(lua, status);
	lua_pushboolean(lua, 0);
	lua_insert(lua, -2);
	return 2;
}

/*
 * Lua calls a handler where the error is made, and that may be within our hook: there
 * nothing is counted.  This one is called when all of that is over.
 */
static int
closed_xpcall(lua_State *lua)
{
	int status;

	luaL_checktype(lua, 2, LUA_TFUNCTION);
	closed_charge(lua, CALL);
	lua_pushboolean(lua, 1);
	lua_pushvalue(lua, 1);
	lua_rotate(lua, 3, 2);
	status = lua_pcall(lua, lua_gettop(lua) - 4, LUA_MULTRET, 0);
	if (status == LUA_OK)
		return lua_gettop(lua) - 2;
	closed_pass(lua, status);
	lua_pushboolean(lua, 0);
	lua_pushvalue(lua, 2);
	lua_rotate(lua, -3, 2);
	lua_call(lua, 1, 1);
	return 2;
}

/* ---- metatables -------------------------------------------------------------------------- */

static const char *const events[] = {
	"__index", "__newindex", "__call", "__add", "__sub", "__mul", "__div", "__mod", "__pow", "__unm",
	"__idiv", "__band", "__bor", "__bxor", "__shl", "__shr", "__bnot", "__concat", "__len", "__eq",
	"__lt", "__le", "__tostring", "__pairs", NULL
};
static const char *const refused_events[] = { "__gc", "__mode", "__close", NULL };

enum { IS_PROTECTED = 1 };

/* Copy what the table at 2 has for events to the one on the top of the stack. */
static void
copy_events(lua_State *lua)
{
	for (size_t i = 0; refused_events[i]; i++) {
		lua_pushstring(lua, refused_events[i]);
		if (lua_rawget(lua, 2) != LUA_TNIL)
			luaL_error(lua, "a metatable has no '%s' here", refused_events[i]);
		lua_pop(lua, 1);
	}
	for (size_t i = 0; events[i]; i++) {
		int type;

		lua_pushstring(lua, events[i]);
		lua_pushvalue(lua, -1);
		type = lua_rawget(lua, 2);
		/* "__call" of a table is looked up in that one's metatable, which may be itself */
		if (type != LUA_TNIL && type != LUA_TFUNCTION && (type != LUA_TTABLE || i > 1))
			luaL_error(lua, "'%s' must be a function", events[i]);
		lua_rawset(lua, -3);
	}
}

/* getmetatable answers what was set, or what that says. */
static void
note_origin(lua_State *lua)
{
	lua_pushliteral(lua, "__metatable");
	if (lua_rawget(lua, 2) == LUA_TNIL) {
		lua_pop(lua, 1);
		lua_pushvalue(lua, 2);
	} else {
		lua_pushboolean(lua, 1);
		lua_rawseti(lua, -3, IS_PROTECTED);
	}
	lua_setfield(lua, -2, "__metatable");
}

/*
 * A table never gets the metatable itself: that could be given "__gc" or "__mode"
 * later, and a collector that goes through weak tables takes quadratic time.  It gets
 * a copy of what we know, which is made anew each time that one is set.
 */
static int
closed_setmetatable(lua_State *lua)
{
	int type = lua_type(lua, 2);

	luaL_checktype(lua, 1, LUA_TTABLE);
	luaL_argexpected(lua, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table");
	lua_settop(lua, 2);
	if (lua_getmetatable(lua, 1)) {
		if (lua_rawgeti(lua, -1, IS_PROTECTED) != LUA_TNIL)
			return luaL_error(lua, "cannot change a protected metatable");
		lua_settop(lua, 2);
	}
	if (type == LUA_TTABLE) {
		lua_pushvalue(lua, 2);
		if (lua_rawget(lua, lua_upvalueindex(1)) == LUA_TNIL) {
			lua_newtable(lua);
			lua_pushvalue(lua, 2);
			lua_pushvalue(lua, -2);
			lua_rawset(lua, lua_upvalueindex(1));
		}
		copy_events(lua);
		note_origin(lua);
	} else {
		lua_pushnil(lua);
	}
	lua_setmetatable(lua, 1);
	lua_settop(lua, 1);
	return 1;
}

/* ---- in words -------------------------------------------------------------------------------- */

void
world_text(lua_State *lua, int at)
{
	int type = lua_type(lua, at);

	at = lua_absindex(lua, at);
	if (type == LUA_TNIL || type == LUA_TBOOLEAN || type == LUA_TNUMBER || type == LUA_TSTRING) {
		luaL_tolstring(lua, at, NULL);
	} else if (luaL_getmetafield(lua, at, "__tostring") != LUA_TNIL) {
		lua_pushvalue(lua, at);
		lua_call(lua, 1, 1);
		if (lua_type(lua, -1) != LUA_TSTRING)
			luaL_error(lua, "'__tostring' must return a string");
	} else {
		lua_pushstring(lua, lua_typename(lua, type));
	}
}

static int
closed_tostring(lua_State *lua)
{
	luaL_checkany(lua, 1);
	world_text(lua, 1);
	return 1;
}

static int
closed_print(lua_State *lua)
{
	struct closed *c = closed_of(lua);
	int n = lua_gettop(lua);

	for (int i = 1; i <= n; i++) {
		struct str text;

		world_text(lua, i);
		text.data = lua_tolstring(lua, -1, &text.len);
		closed_charge(lua, text.len / 16);
		if (i > 1)
			buf_byte(&c->printed, '\t');
		buf_add(&c->printed, str_slice(text, 0, MOST_PRINTED));
		lua_pop(lua, 1);
		if (c->printed.len > MOST_PRINTED)
			return luaL_error(lua, "it prints more than %d KiB", MOST_PRINTED >> 10);
	}
	buf_byte(&c->printed, '\n');
	return 0;
}

/* ---- going through tables ------------------------------------------------------------------------ */

/* Upvalues: the keys, and how many of them were given. */
static int
next_in_order(lua_State *lua)
{
	lua_Integer i = lua_tointeger(lua, lua_upvalueindex(2));

	do {
		closed_charge(lua, 1);
		lua_settop(lua, 1);
		if (lua_rawgeti(lua, lua_upvalueindex(1), ++i) == LUA_TNIL)
			return 1;
		lua_pushvalue(lua, -1);
	} while (lua_rawget(lua, 1) == LUA_TNIL);	/* taken out meanwhile */
	lua_pushinteger(lua, i);
	lua_replace(lua, lua_upvalueindex(2));
	return 2;
}

/*
 * Lua's own order differs from run to run.  This one goes by the keys, of those that
 * are there when it begins.
 */
static int
closed_pairs(lua_State *lua)
{
	lua_Integer n = 0;

	luaL_checkany(lua, 1);
	if (luaL_getmetafield(lua, 1, "__pairs") != LUA_TNIL) {
		lua_pushvalue(lua, 1);
		lua_call(lua, 1, 3);
		return 3;
	}
	luaL_checktype(lua, 1, LUA_TTABLE);
	lua_settop(lua, 1);
	lua_newtable(lua);
	for (lua_pushnil(lua); lua_next(lua, 1); n++) {
		closed_charge(lua, 1);
		lua_pop(lua, 1);
		lua_pushvalue(lua, -1);
		lua_rawseti(lua, 2, n + 1);
	}
	tables_sort_keys(lua, 2, n);
	lua_pushinteger(lua, 0);
	lua_pushcclosure(lua, next_in_order, 2);
	lua_pushvalue(lua, 1);
	lua_pushnil(lua);
	return 3;
}

static int
closed_next(lua_State *lua)
{
	luaL_checktype(lua, 1, LUA_TTABLE);
	lua_settop(lua, 2);
	closed_charge(lua, 1);
	if (lua_next(lua, 1))
		return 2;
	lua_pushnil(lua);
	return 1;
}

/* ---- the whole ------------------------------------------------------------------------------------ */

/* A function of texts with the text's length counted; the upvalue is Lua's. */
static int
call_counted(lua_State *lua)
{
	int n = lua_gettop(lua);

	closed_charge(lua, 1 + (lua_type(lua, 1) == LUA_TSTRING ? lua_rawlen(lua, 1) / 16 : 0));
	lua_pushvalue(lua, lua_upvalueindex(1));
	lua_insert(lua, 1);
	lua_call(lua, n, LUA_MULTRET);
	return lua_gettop(lua);
}

static void
count_functions(lua_State *lua, const char *const *names)
{
	for (size_t i = 0; names[i]; i++) {
		lua_getfield(lua, -1, names[i]);
		lua_pushcclosure(lua, call_counted, 1);
		lua_setfield(lua, -2, names[i]);
	}
}

/* skein.re works with a library that reading settings has no need of. */
static int
only_in_hooks(lua_State *lua)
{
	return luaL_error(lua, "skein.re is there for hooks, not while settings are read");
}

static void
push_skein(lua_State *lua)
{
	lua_newtable(lua);
	lua_newtable(lua);
	lua_newtable(lua);
	lua_pushcfunction(lua, only_in_hooks);
	lua_setfield(lua, -2, "__index");
	lua_setmetatable(lua, -2);
	lua_setfield(lua, -2, "re");
}

static const char *const of_base[] = {
	"assert", "error", "getmetatable", "ipairs", "rawequal", "rawget", "rawlen", "rawset", "select",
	"tonumber", "type", "_VERSION", NULL
};
static const char *const of_math[] = {
	"abs", "acos", "asin", "atan", "ceil", "cos", "deg", "exp", "floor", "fmod", "huge", "log",
	"max", "maxinteger", "min", "mininteger", "modf", "pi", "rad", "random", "sin", "sqrt", "tan",
	"tointeger", "type", "ult", NULL
};
static const char *const of_utf8[] = { "char", "codepoint", "codes", "len", "offset", NULL };
static const char *const counted[] = { "codepoint", "len", "offset", NULL };

static const luaL_Reg ours[] = {
	{ "next", closed_next },
	{ "pairs", closed_pairs },
	{ "pcall", closed_pcall },
	{ "print", closed_print },
	{ "tostring", closed_tostring },
	{ "xpcall", closed_xpcall },
	{ NULL, NULL }
};

void
world_pick(lua_State *lua, const char *const *names)
{
	for (size_t i = 0; names[i]; i++) {
		lua_getfield(lua, -1, names[i]);
		lua_setfield(lua, -3, names[i]);
	}
}

static void
push_picked(lua_State *lua, lua_CFunction open, const char *const *names)
{
	lua_newtable(lua);
	lua_pushcfunction(lua, open);
	lua_call(lua, 0, 1);
	world_pick(lua, names);
	lua_pop(lua, 1);
}

static void
push_math(lua_State *lua)
{
	lua_newtable(lua);
	lua_pushcfunction(lua, luaopen_math);
	lua_call(lua, 0, 1);
	world_pick(lua, of_math);
	/* random numbers are the same each time */
	lua_getfield(lua, -1, "randomseed");
	lua_pushinteger(lua, 0);
	lua_pushinteger(lua, 0);
	lua_call(lua, 2, 0);
	lua_pop(lua, 1);
}

void
world_push(lua_State *lua)
{
	push_picked(lua, luaopen_base, of_base);
	luaL_setfuncs(lua, ours, 0);
	lua_newtable(lua);
	lua_pushcclosure(lua, closed_setmetatable, 1);
	lua_setfield(lua, -2, "setmetatable");
	push_math(lua);
	lua_setfield(lua, -2, "math");
	push_picked(lua, luaopen_utf8, of_utf8);
	count_functions(lua, counted);
	lua_setfield(lua, -2, "utf8");
	tables_push(lua);
	lua_setfield(lua, -2, "table");
	strings_push(lua);
	lua_setfield(lua, -2, "string");
	push_skein(lua);
	lua_setfield(lua, -2, "skein");
	lua_pushvalue(lua, -1);
	lua_setfield(lua, -2, "_G");
}
