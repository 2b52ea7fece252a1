/*
 * What `c` has of its own: c.array, c.new, c.cast ...
 */
#ifndef RUNNER_LUA_FUNCTIONS_H
#define RUNNER_LUA_FUNCTIONS_H

#include "runner/lua/bridge.h"

/* Put them into the table on top. */
void functions_open(lua_State *L);

/* Names of types may mean something new. */
void functions_renew(lua_State *L);

/* names.c: is it `c` itself? */
bool names_is_table(lua_State *L, int at);
/* Push a pointer to the variable whose name is at 2. */
void names_push_reference(lua_State *L);
/* c.cdef */
int names_declare(lua_State *L);

#endif
