/*
 * Variables of headers that each cell has for itself.
 *
 * A header is included in every cell's unit, so a static variable of it exists
 * once in each object: a random generator that one cell advanced stands at its
 * seed in the next.  Said once for each such variable.
 */
#ifndef RUNNER_CLI_APART_H
#define RUNNER_CLI_APART_H

#include "tangle/base/map.h"

struct arena;
struct diag;
struct job;

struct apart {			/* all zero when new */
	struct map seen;	/* session and variable -> the cell that had it first, */
	struct map told;	/* or that it has been said */
};

void apart_release(struct apart *p);

/* A cell's object is going to be loaded. */
void apart_look(struct apart *p, const struct job *j, struct arena *a, struct diag *d);

#endif
