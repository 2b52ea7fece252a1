/*
 * What is seen at a crash, or where a cell was when its time was up.
 *
 * Made while the process still stands there, from what it has told
 * (protocol.h) and from its memory.  All of that is arbitrary bytes: lists are
 * bounded, and what cannot be read or told is left out.
 */
#ifndef RUNNER_SESSION_CARD_H
#define RUNNER_SESSION_CARD_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/session/protocol.h"
#include "runner/session/run.h"
#include "tangle/base/str.h"

struct arena;
struct frame;
struct library;
struct lua_calls;
struct route;
struct variable_shown;

struct card {
	const struct frame *frames;	/* innermost first */
	size_t nframes;
	struct variable_shown *variables;
	size_t nvariables;
	bool in_thread;
	const struct frame *start;
	struct str what;	/* a better phrase than the signal alone gives; or empty */
};

/*
 * `crash` and `lua` may be NULL.  The library's process is the one that waits; it is not
 * looked at if the trace's report does not say that it does.
 */
void card_make(struct card *c, const struct report *told, const struct trace *t,
    const struct report *crash, const struct lua_calls *lua, struct library *l,
    const struct session_text *text, struct arena *a);

/* Calls that were told by their addresses alone (not aligned), to another place. */
void card_route(struct route *r, const char *pcs, size_t npcs, struct library *l,
    struct arena *a);

#endif
