/*
 * Lua in a session's host.
 *
 * The cells of a session share one state, which begins with the first of them.  It
 * lives in the process in which C cells run: what fails in here ends that process,
 * and the session goes on with the copy from before the cell.
 *
 * How Lua is called from C matters for what is told of a crash: each such call is
 * an activation, and they stand in a list, innermost first.  So all calls from C go
 * through bridge_call; those of coroutines are seen to in here.
 *
 * All files of this folder take Lua from here.
 */
#ifndef RUNNER_LUA_BRIDGE_H
#define RUNNER_LUA_BRIDGE_H

#include <ffi.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdbool.h>
#include <stdint.h>

#include "runner/host/part.h"

/* The host that has loaded us. */
extern const struct part_host *bridge_host;

struct activation {
	lua_State *L;
	struct CallInfo *below;		/* the call that was L's innermost before; NULL: none */
	uint64_t sp;			/* all that it does lies below */
	struct activation *outer;
	bool is_coroutine;
	bool is_cell;			/* its outermost call is that of a cell's chunk */
};

/* NULL: no Lua runs. */
extern struct activation *volatile bridge_innermost;

/*
 * As lua_pcall, for C that Lua has called, or a cell itself; on the L of
 * bridge_innermost, if there is one.  An error that nobody is going to catch ends
 * the cell at once.  Any other comes back, and is to be raised again with lua_error,
 * if need be across C's own calls.
 */
int bridge_call(lua_State *L, int nargs, int nresults);

/* Push the table `c`: what C cells have defined. */
int bridge_open(lua_State *L);
/* A cell begins: names may mean something new.  A C function, without arguments. */
int bridge_renew(lua_State *L);

/* chunk.c: compile a cell, and push it as a function; an error message if not LUA_OK. */
int chunk_load(lua_State *L, const struct part_cell *c);

/* calls.c: the calls that there are, innermost first; as part.h has it. */
size_t calls_now(struct lua_call *to, size_t most);
/* Those of one thread. */
size_t calls_of(lua_State *L, struct lua_call *to, size_t most);

/* value.c: push the text of the values on the stack from `first` on, or nil if there is none. */
void value_text(lua_State *L, int first, bool is_call);
/* ... of one of them: what is inside of a table is shown. */
void value_push(lua_State *L, int at);

#endif
