/*
 * Values of Lua as JSON, and back.
 *
 * A table is a list if its keys are 1 to n, else its keys are texts; they come in
 * order.  A function is {"function": LINE}.
 */
#ifndef TANGLE_PROJECT_DATUM_H
#define TANGLE_PROJECT_DATUM_H

#include <stdbool.h>

struct buf;
struct closed;
struct json;
struct lua_State;

/*
 * The value at a place of the stack; NULL, and in words why, where JSON has no such
 * value.  Calls nothing of the text's and raises no error; a value that is too much
 * is an end of the closed one.
 */
struct json *datum_read(struct closed *c, int at, struct buf *why);

/* Put a value (NULL is nil) on the top of the stack; raises errors. */
void datum_push(struct lua_State *lua, const struct json *j);

#endif
