/*
 * What happened at a crash, in one phrase that says more than its signal does.
 *
 * "read of n->next, where n is NULL", "stack overflow: f calls itself without end":
 * from the signal, the calls, and what the line says of the address.
 */
#ifndef RUNNER_SESSION_FAULT_H
#define RUNNER_SESSION_FAULT_H

#include <stddef.h>

#include "tangle/base/str.h"

struct arena;
struct backtrace;
struct frame;
struct report;
struct scene;

/* How it is seen: where it stopped, and how that came about. */
struct fault {
	const struct report *crash;
	const struct backtrace *calls;
	const struct frame *frames;	/* the same, as they are shown */
	size_t nframes;
	struct scene *scene;		/* of the innermost line */
	struct arena *arena;
};

/* Empty if there is nothing to add to the signal. */
struct str fault_words(const struct fault *f);

#endif
