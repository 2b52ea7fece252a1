/*
 * The door to Lua, and its bounds.
 *
 * A state in which a text that nobody has read may run.  Four things end it: steps,
 * which are instructions and the work of functions in C, counted, so that the end is
 * the same on each machine; the processor's time, for what no count foresees; memory;
 * and the size of one block, so that no single instruction takes long.  An end is
 * final: whatever the text does with errors, it gets no further.
 *
 * What makes that hold, in a Lua that was not made for it:
 * - there is one thread, since a hook belongs to one;
 * - pcall and xpcall (world.c) do not catch an end, and call no handler within it;
 * - nothing of the text's is called by the collector, nor when a state is closed;
 * - functions in C take what a table holds, not what it says that it holds, and each
 *   says how much it has done (closed_charge).
 *
 * Only script.c, the parts of this noun and runner/script/ include this.
 */
#ifndef TANGLE_PROJECT_CLOSED_H
#define TANGLE_PROJECT_CLOSED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "tangle/base/buf.h"
#include "tangle/base/str.h"

enum closed_end { CLOSED_NOT, CLOSED_STEPS, CLOSED_TIME, CLOSED_MEMORY, CLOSED_BLOCK };

struct closed_bounds {
	uint64_t steps;
	int64_t time;		/* of the processor, in nanoseconds */
	size_t memory, block;	/* bytes */
};

struct closed {
	lua_State *lua;
	struct closed_bounds bounds;
	int64_t left;		/* steps */
	int64_t began, look;	/* the processor's clock at the start; when to look at it again */
	size_t used;		/* memory */
	enum closed_end end;	/* why it is over */
	enum closed_end refused;	/* why no memory was given */
	int line;		/* where the end, or else the error, came; 0: not known */
	volatile int *shown;	/* where it is, for others to see; or NULL */
	struct buf printed;
};

/* False if the system has no memory for one. */
bool closed_open(struct closed *c, const struct closed_bounds *b);
void closed_close(struct closed *c);

struct closed *closed_of(lua_State *lua);

/* The bounds are whole again, and no end has come. */
void closed_begin(struct closed *c);

/*
 * lua_load and lua_pcall within the bounds; what they answer.  After an error,
 * c->line is where it came.
 */
int closed_load(struct closed *c, struct str text, const char *name);
int closed_run(struct closed *c, int narguments, int nresults);

/* Has it used up its time?  Asks, and ends nothing. */
bool closed_is_late(struct closed *c);

/* ---- for functions in C ---- */

/* So much was done, or will be: about 16 bytes, or a place of a table, are one. */
void closed_charge(lua_State *lua, size_t steps);
/* For what counts by itself: how many are left. */
uint64_t closed_left(lua_State *lua);

/* An error came out of a protected call: go on outwards if it is the end. */
void closed_pass(lua_State *lua, int status);

/* ---- its parts ---- */

/* A table of all that a text can see. */
void world_push(lua_State *lua);
/* Functions of a library (-1), by name, into the table below it. */
void world_pick(lua_State *lua, const char *const *names);
/* As tostring does, on the top of the stack; without addresses, which differ. */
void world_text(lua_State *lua, int at);

void strings_push(lua_State *lua);
void tables_push(lua_State *lua);

/*
 * The list at `at` in order: of two values, compare (a function's place; 0: "<") says
 * whether the first comes before.  Equal ones stay as they stand, and a compare that
 * makes no sense gives some order.
 */
void tables_sort(lua_State *lua, int at, lua_Integer n, int compare);
/* The same in a fixed order: numbers, then texts by their bytes, then the rest. */
void tables_sort_keys(lua_State *lua, int at, lua_Integer n);

#endif
