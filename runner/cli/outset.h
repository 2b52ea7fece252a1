/*
 * What stands before the first cell of a round runs: texts, units, what is asked of
 * the cache, sessions that begin.
 */
#ifndef RUNNER_CLI_OUTSET_H
#define RUNNER_CLI_OUTSET_H

#include <stdbool.h>

#include "tangle/base/str.h"

struct blocks;
struct graph;
struct run;

/* False after a message: the round cannot even begin, and is only to be ended. */
bool outset_make(struct run *r, struct graph *g, const struct blocks *b, struct str root);

#endif
