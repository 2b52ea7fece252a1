/*
 * The calls of a trace in the document's terms.
 *
 * Addresses become functions and lines of cells, inlined calls become calls, and
 * calls of Lua stand between those of C.  What is libc's, the host's or made by a
 * compiler is none that a reader knows, and is left out.
 */
#ifndef RUNNER_SESSION_BACKTRACE_H
#define RUNNER_SESSION_BACKTRACE_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/session/outcome.h"
#include "runner/session/protocol.h"

struct arena;
struct library;

/* Where Lua was, from the same moment. */
struct lua_calls {
	const struct lua_call *list;
	size_t n;
};

/* A call of the document, before those that repeat are joined. */
struct backtrace_line {
	struct frame frame;
	size_t call;		/* of the trace */
	size_t inlined;		/* which of the calls at its pc */
	bool is_lua;		/* no call of the trace: those two say nothing */
};

struct backtrace {
	const struct report *told;
	const struct trace *trace;
	struct library *library;
	struct arena *arena;
	struct backtrace_line *lines;	/* innermost first */
	size_t n;
	size_t gap;			/* lines before the calls that were left out; n: none were */
};

/* `lua` may be NULL.  What is told, the trace and the library must stay as long as b. */
void backtrace_read(struct backtrace *b, const struct report *told, const struct trace *t,
    const struct lua_calls *lua, struct library *l, struct arena *a);

enum { BACKTRACE_PERIOD = 4 };	/* most calls that a recursion goes round by */

/* The lines as they are shown: rounds of a recursion once, and the middle of many left out. */
const struct frame *backtrace_frames(const struct backtrace *b, size_t *n);

/* The call of the document that made the thread; NULL: it is none, or was made elsewhere. */
const struct frame *backtrace_start(const struct backtrace *b);

#endif
