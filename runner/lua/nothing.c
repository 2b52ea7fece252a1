/*
 * The table `c` while nothing is in it.
 */
#include "runner/lua/bridge.h"

int
bridge_open(lua_State *L)
{
	lua_newtable(L);
	return 1;
}
