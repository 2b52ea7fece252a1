/*
 * Functions of texts.  Lua's own patterns are not there: a bad one takes for ever, and
 * nothing can stop it.
 */
#define _GNU_SOURCE	/* memmem */
#include "tangle/project/closed.h"

#include <string.h>

enum { PER_STEP = 16 };		/* bytes */

static struct str
text_at(lua_State *lua, int at)
{
	struct str s;

	s.data = luaL_checklstring(lua, at, &s.len);
	return s;
}

static int
closed_rep(lua_State *lua)
{
	struct str s = text_at(lua, 1), between;
	lua_Integer n = luaL_checkinteger(lua, 2);
	size_t unit, size;
	luaL_Buffer b;
	char *to;

	between.data = luaL_optlstring(lua, 3, "", &between.len);
	unit = s.len + between.len;
	if (n <= 0 || unit == 0) {
		lua_pushliteral(lua, "");
		return 1;
	}
	if ((uint64_t)n > (uint64_t)INT32_MAX / unit)
		return luaL_error(lua, "resulting string too large");
	size = (size_t)n * unit - between.len;
	closed_charge(lua, (size_t)n + size / PER_STEP);
	to = luaL_buffinitsize(lua, &b, size);
	for (lua_Integer i = 0; i < n; i++) {
		memcpy(to, s.data, s.len);
		to += s.len;
		if (i + 1 < n) {
			memcpy(to, between.data, between.len);
			to += between.len;
		}
	}
	luaL_pushresultsize(&b, size);
	return 1;
}

/* Where a text begins, of an index that may count from the end. */
static size_t
start_of(lua_Integer at, size_t length)
{
	if (at > 0)
		return (size_t)at - 1;
	return at == 0 || at < -(lua_Integer)length ? 0 : length - (size_t)-at;
}

static int
closed_find(lua_State *lua)
{
	struct str s = text_at(lua, 1), what = text_at(lua, 2);
	size_t from = start_of(luaL_optinteger(lua, 3, 1), s.len);
	const char *found = NULL;

	if (!lua_toboolean(lua, 4))
		return luaL_error(lua, "there are no patterns of Lua here: use skein.re.find, or "
		    "string.find(s, text, 1, true) for a text as it is");
	closed_charge(lua, s.len / PER_STEP);
	if (from <= s.len)
		found = what.len > 0 ? memmem(s.data + from, s.len - from, what.data, what.len) :
		    s.data + from;
	if (!found) {
		lua_pushnil(lua);
		return 1;
	}
	lua_pushinteger(lua, found - s.data + 1);
	lua_pushinteger(lua, found - s.data + (lua_Integer)what.len);
	return 2;
}

/* "%p" would show an address. */
static void
refuse_addresses(lua_State *lua, struct str format)
{
	for (size_t i = 0; i + 1 < format.len; i++) {
		if (format.data[i] != '%')
			continue;
		i++;
		while (i + 1 < format.len && memchr("-+ #0123456789.", format.data[i], 15))
			i++;
		if (format.data[i] == 'p')
			luaL_error(lua, "invalid conversion '%%p' to 'format'");
	}
}

/* The upvalue is Lua's, which makes one text of all; we see to what goes in. */
static int
closed_format(lua_State *lua)
{
	struct str format = text_at(lua, 1);
	int n = lua_gettop(lua);

	closed_charge(lua, 1 + format.len);
	refuse_addresses(lua, format);
	for (int i = 2; i <= n; i++) {
		int type = lua_type(lua, i);

		if (type == LUA_TTABLE || type == LUA_TFUNCTION) {
			world_text(lua, i);
			lua_replace(lua, i);
		}
		/* "%.1s" looks for its end */
		closed_charge(lua, 1 + lua_rawlen(lua, i) / PER_STEP);
	}
	lua_pushvalue(lua, lua_upvalueindex(1));
	lua_insert(lua, 1);
	lua_call(lua, n, 1);
	return 1;
}

/* Upvalue: its name. */
static int
no_pattern(lua_State *lua)
{
	return luaL_error(lua, "there are no patterns of Lua here: use skein.re.%s",
	    lua_tostring(lua, lua_upvalueindex(1)));
}

static const char *const of_strings[] = {
	"byte", "char", "len", "lower", "reverse", "sub", "upper", NULL
};
static const char *const of_patterns[] = { "gmatch", "gsub", "match", NULL };
static const luaL_Reg ours[] = { { "find", closed_find }, { "rep", closed_rep }, { NULL, NULL } };

/* "s:upper()" has what string.upper has, and no more. */
static void
close_metatable(lua_State *lua)
{
	lua_pushliteral(lua, "");
	if (lua_getmetatable(lua, -1)) {
		lua_pushvalue(lua, -3);
		lua_setfield(lua, -2, "__index");
		lua_pushboolean(lua, 0);
		lua_setfield(lua, -2, "__metatable");
		lua_pop(lua, 1);
	}
	lua_pop(lua, 1);
}

void
strings_push(lua_State *lua)
{
	lua_newtable(lua);
	lua_pushcfunction(lua, luaopen_string);
	lua_call(lua, 0, 1);
	world_pick(lua, of_strings);
	lua_getfield(lua, -1, "format");
	lua_pushcclosure(lua, closed_format, 1);
	lua_setfield(lua, -3, "format");
	lua_pop(lua, 1);
	luaL_setfuncs(lua, ours, 0);
	for (size_t i = 0; of_patterns[i]; i++) {
		lua_pushstring(lua, of_patterns[i]);
		lua_pushcclosure(lua, no_pattern, 1);
		lua_setfield(lua, -2, of_patterns[i]);
	}
	close_metatable(lua);
}
