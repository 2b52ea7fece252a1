/*
 * Functions of tables, which take a table as it is: what its metatable says of its
 * length or its places might be anything.
 */
#include "tangle/project/closed.h"


static lua_Integer
length_of(lua_State *lua, int at)
{
	luaL_checktype(lua, at, LUA_TTABLE);
	return (lua_Integer)lua_rawlen(lua, at);
}

static int
closed_insert(lua_State *lua)
{
	lua_Integer n = length_of(lua, 1), at = n + 1;

	if (lua_gettop(lua) != 2 && lua_gettop(lua) != 3)
		return luaL_error(lua, "wrong number of arguments to 'insert'");
	if (lua_gettop(lua) == 3) {
		at = luaL_checkinteger(lua, 2);
		luaL_argcheck(lua, at >= 1 && at <= n + 1, 2, "position out of bounds");
		closed_charge(lua, (size_t)(n + 1 - at));
	}
	for (lua_Integer i = n; i >= at; i--) {
		lua_rawgeti(lua, 1, i);
		lua_rawseti(lua, 1, i + 1);
	}
	lua_rawseti(lua, 1, at);
	return 0;
}

static int
closed_remove(lua_State *lua)
{
	lua_Integer n = length_of(lua, 1), at = luaL_optinteger(lua, 2, n);

	/* of an empty list its place 0 may be taken, and the one behind the last of any */
	if (lua_gettop(lua) > 1)
		luaL_argcheck(lua, (at >= 1 && at <= n + 1) || (n == 0 && at == 0), 2, "position out of bounds");
	lua_rawgeti(lua, 1, at);
	closed_charge(lua, (size_t)(n - at + 1));
	for (lua_Integer i = at; i < n; i++) {
		lua_rawgeti(lua, 1, i + 1);
		lua_rawseti(lua, 1, i);
	}
	lua_pushnil(lua);
	lua_rawseti(lua, 1, at < n ? n : at);
	return 1;
}

static int
closed_concat(lua_State *lua)
{
	lua_Integer last = length_of(lua, 1), i;
	struct str between;
	luaL_Buffer b;

	between.data = luaL_optlstring(lua, 2, "", &between.len);
	i = luaL_optinteger(lua, 3, 1);
	last = luaL_optinteger(lua, 4, last);
	luaL_buffinit(lua, &b);
	for (bool is_more = i <= last; is_more; i += is_more) {
		closed_charge(lua, 1 + between.len / 16);
		if (!(lua_rawgeti(lua, 1, i) == LUA_TSTRING || lua_type(lua, -1) == LUA_TNUMBER))
			return luaL_error(lua, "invalid value (at index %I) in table for 'concat'",
			    (LUAI_UACINT)i);
		luaL_addvalue(&b);
		is_more = i < last;	/* it may be the last number that there is */
		if (is_more)
			luaL_addlstring(&b, between.data, between.len);
	}
	luaL_pushresult(&b);
	return 1;
}

static int
closed_pack(lua_State *lua)
{
	int n = lua_gettop(lua);

	closed_charge(lua, (size_t)n);
	lua_createtable(lua, n, 1);
	lua_insert(lua, 1);
	for (int i = n; i >= 1; i--)
		lua_rawseti(lua, 1, i);
	lua_pushinteger(lua, n);
	lua_setfield(lua, 1, "n");
	return 1;
}

static int
closed_unpack(lua_State *lua)
{
	lua_Integer length = length_of(lua, 1), first = luaL_optinteger(lua, 2, 1);
	lua_Integer last = luaL_optinteger(lua, 3, length);
	uint64_t n = (uint64_t)last - (uint64_t)first;

	if (first > last)
		return 0;
	if (n >= INT32_MAX || !lua_checkstack(lua, (int)n + 1))
		return luaL_error(lua, "too many results to unpack");
	closed_charge(lua, (size_t)n + 1);
	for (uint64_t i = 0; i <= n; i++)
		lua_rawgeti(lua, 1, (lua_Integer)((uint64_t)first + i));
	return (int)n + 1;
}

static int
closed_move(lua_State *lua)
{
	lua_Integer from = luaL_checkinteger(lua, 2), last = luaL_checkinteger(lua, 3);
	lua_Integer to = luaL_checkinteger(lua, 4), n = last - from;
	int into = lua_isnoneornil(lua, 5) ? 1 : 5;
	bool goes_down;

	luaL_checktype(lua, 1, LUA_TTABLE);
	luaL_checktype(lua, into, LUA_TTABLE);
	if (last >= from) {
		luaL_argcheck(lua, from > 0 || last < LUA_MAXINTEGER + from, 3, "too many elements to move");
		luaL_argcheck(lua, to <= LUA_MAXINTEGER - n, 4, "destination wrap around");
		/* from behind, where the first ones would be overwritten before they were read */
		goes_down = to > from && to <= last && lua_rawequal(lua, 1, into);
		for (lua_Integer i = 0; i <= n; i++) {
			lua_Integer k = goes_down ? n - i : i;

			closed_charge(lua, 1);
			lua_rawgeti(lua, 1, from + k);
			lua_rawseti(lua, into, to + k);
		}
	}
	lua_pushvalue(lua, into);
	return 1;
}

/* ---- order ----------------------------------------------------------------------------- */

typedef bool before_fn(lua_State *lua, int compare);

/* What a look at the two on the top of the stack costs: texts may be long. */
static void
charge_comparison(lua_State *lua)
{
	size_t one = lua_type(lua, -1) == LUA_TSTRING ? lua_rawlen(lua, -1) : 0;
	size_t other = lua_type(lua, -2) == LUA_TSTRING ? lua_rawlen(lua, -2) : 0;

	closed_charge(lua, 1 + (one < other ? one : other) / 16);
}

/* Both values stand on the top of the stack, and go. */
static bool
says_before(lua_State *lua, int compare)
{
	bool is;

	charge_comparison(lua);
	if (compare == 0) {
		is = lua_compare(lua, -2, -1, LUA_OPLT);
		lua_pop(lua, 2);
		return is;
	}
	lua_pushvalue(lua, compare);
	lua_insert(lua, -3);
	lua_call(lua, 2, 1);
	is = lua_toboolean(lua, -1);
	lua_pop(lua, 1);
	return is;
}

static int
rank(int type)
{
	return type == LUA_TNUMBER ? 0 : type == LUA_TSTRING ? 1 : 2 + type;
}

static bool
key_before(lua_State *lua, int unused)
{
	int a = lua_type(lua, -2), b = lua_type(lua, -1);
	bool is = rank(a) < rank(b);

	(void)unused;
	charge_comparison(lua);
	if (a == b && a == LUA_TNUMBER) {
		is = lua_compare(lua, -2, -1, LUA_OPLT);
	} else if (a == b && a == LUA_TSTRING) {
		struct str one, two;

		one.data = lua_tolstring(lua, -2, &one.len);
		two.data = lua_tolstring(lua, -1, &two.len);
		is = str_compare(one, two) < 0;
	} else if (a == b && a == LUA_TBOOLEAN) {
		is = lua_toboolean(lua, -2) < lua_toboolean(lua, -1);
	}
	lua_pop(lua, 2);
	return is;
}

struct order {
	before_fn *before;
	int compare;
};

/* Join two runs that are in order, and stand behind one another. */
static void
merge(lua_State *lua, int from, int to, lua_Integer start, lua_Integer middle, lua_Integer stop,
    const struct order *o)
{
	lua_Integer a = start, b = middle;

	for (lua_Integer i = start; i < stop; i++) {
		bool second = a == middle;

		if (a < middle && b < stop) {
			lua_rawgeti(lua, from, b);
			lua_rawgeti(lua, from, a);
			second = o->before(lua, o->compare);
		}
		lua_rawgeti(lua, from, second ? b++ : a++);
		lua_rawseti(lua, to, i);
	}
}

static void
copy(lua_State *lua, int from, int to, lua_Integer n)
{
	for (lua_Integer i = 1; i <= n; i++) {
		lua_rawgeti(lua, from, i);
		lua_rawseti(lua, to, i);
	}
}

/* Runs are joined until there is one; in tables of our own, since compare sees the user's. */
static void
sort(lua_State *lua, int at, lua_Integer n, const struct order *o)
{
	int from = lua_gettop(lua) + 1, to = from + 1, bottom = from;

	luaL_argcheck(lua, n < INT32_MAX, 1, "array too big");
	closed_charge(lua, (size_t)n);
	lua_createtable(lua, (int)n, 0);
	lua_createtable(lua, (int)n, 0);
	copy(lua, at, from, n);
	for (lua_Integer width = 1; width < n; width *= 2) {
		for (lua_Integer i = 1; i <= n; i += 2 * width) {
			lua_Integer middle = i + width < n + 1 ? i + width : n + 1;
			lua_Integer stop = i + 2 * width < n + 1 ? i + 2 * width : n + 1;

			closed_charge(lua, (size_t)(stop - i));
			merge(lua, from, to, i, middle, stop, o);
		}
		from = to;
		to = 2 * bottom + 1 - from;
	}
	copy(lua, from, at, n);
	lua_settop(lua, bottom - 1);
}

void
tables_sort(lua_State *lua, int at, lua_Integer n, int compare)
{
	struct order o = { says_before, compare };

	if (n > 1)
		sort(lua, at, n, &o);
}

void
tables_sort_keys(lua_State *lua, int at, lua_Integer n)
{
	struct order o = { key_before, 0 };
	lua_Integer i = 1;

	/* those of a list come in order */
	for (; i < n; i++) {
		lua_rawgeti(lua, at, i + 1);
		lua_rawgeti(lua, at, i);
		if (key_before(lua, 0))
			break;
	}
	if (i < n)
		sort(lua, at, n, &o);
}

static int
closed_sort(lua_State *lua)
{
	lua_Integer n = length_of(lua, 1);
	bool is_given = !lua_isnoneornil(lua, 2);

	if (is_given)
		luaL_checktype(lua, 2, LUA_TFUNCTION);
	lua_settop(lua, 2);
	tables_sort(lua, 1, n, is_given ? 2 : 0);
	return 0;
}

static const luaL_Reg ours[] = {
	{ "concat", closed_concat },
	{ "insert", closed_insert },
	{ "move", closed_move },
	{ "pack", closed_pack },
	{ "remove", closed_remove },
	{ "sort", closed_sort },
	{ "unpack", closed_unpack },
	{ NULL, NULL }
};

void
tables_push(lua_State *lua)
{
	luaL_newlib(lua, ours);
}
