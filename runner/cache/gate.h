/*
 * Locks on the cache that are of no request: who is at work, and who tidies.
 *
 * Each is a byte of the file `locks` beyond those of requests (folder.h), held
 * by an open file and freed by the kernel with the last process that has it.
 * Where no locks are to be had each is granted.
 */
#ifndef RUNNER_CACHE_GATE_H
#define RUNNER_CACHE_GATE_H

#include <stdbool.h>

struct folder;

enum gate {
	GATE_LIVE,	/* shared, by each run: it may need what it just saw */
	GATE_COLLECT,	/* alone: the collector */
	GATE_STATS	/* shared: adds a line to the counts; alone: rewrites them */
};

enum gate_hold { GATE_SHARED, GATE_ALONE };

/* False if another holds it so that we cannot; never waits. */
bool gate_enter(struct folder *f, enum gate g, enum gate_hold how);
void gate_leave(struct folder *f, enum gate g);

/* Does somebody else hold it, in any way? */
bool gate_is_held(struct folder *f, enum gate g);

#endif
