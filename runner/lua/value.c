/*
 * Values as text.
 */
#include "runner/lua/bridge.h"

#include <string.h>

#define SHOW	"skein.show"		/* in the registry */

static const char source[] =
#include "runner/lua/show.h"
    ;

static void
push_show(lua_State *L)
{
	if (lua_getfield(L, LUA_REGISTRYINDEX, SHOW) == LUA_TFUNCTION)
		return;
	lua_pop(L, 1);
	if (luaL_loadbufferx(L, source, sizeof source - 1, "=show", "t") != LUA_OK)
		lua_error(L);
	lua_call(L, 0, 1);
	lua_pushvalue(L, -1);
	lua_setfield(L, LUA_REGISTRYINDEX, SHOW);
}

void
value_push(lua_State *L, int at)
{
	at = lua_absindex(L, at);
	push_show(L);
	lua_pushvalue(L, at);
	lua_call(L, 1, 1);
}

/* What io.write and the like give back is not why they are called. */
static bool
is_shown(lua_State *L, int at, bool is_call)
{
	return !is_call || !luaL_testudata(L, at, LUA_FILEHANDLE);
}

void
value_text(lua_State *L, int first, bool is_call)
{
	int last = lua_gettop(L), n = 0;
	luaL_Buffer b;

	luaL_checkstack(L, 8, "values");
	for (int i = first; i <= last; i++) {
		if (!is_shown(L, i, is_call))
			continue;
		value_push(L, i);
		lua_replace(L, first + n++);
	}
	if (n == 0) {
		lua_pushnil(L);
		return;
	}
	luaL_buffinit(L, &b);
	for (int i = 0; i < n; i++) {
		lua_pushvalue(L, first + i);
		if (i > 0)
			luaL_addchar(&b, '\t');
		luaL_addvalue(&b);
	}
	luaL_pushresult(&b);
}
