/*
 * What a process takes of memory, as the kernel counts it.
 *
 * A copy of a process costs nothing until one of the two writes: each page that
 * is written first is a fault, and then stands twice.  So faults, which are
 * cheap to ask for, tell how much a copy can hold at most; how much it does is
 * told by walking all its pages.
 */
#ifndef RUNNER_SESSION_FOOTPRINT_H
#define RUNNER_SESSION_FOOTPRINT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct footprint {
	uint64_t faulted;	/* bytes of pages that it has touched first, so far */
	uint64_t resident;	/* bytes */
};

bool footprint_look(pid_t pid, struct footprint *f);

/* Pages that no file backs, in bytes. */
struct memory {
	uint64_t all;
	uint64_t share;		/* a page of two processes counts half */
	uint64_t alone;		/* pages that only it has; of files too */
};

bool footprint_walk(pid_t pid, struct memory *m);

#endif
