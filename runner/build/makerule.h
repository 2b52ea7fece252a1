/*
 * A rule of make, as compilers and linkers write it to say what they have read.
 */
#ifndef RUNNER_BUILD_MAKERULE_H
#define RUNNER_BUILD_MAKERULE_H

#include "tangle/base/str.h"

struct arena;

/* What stands behind the target's colon. */
struct str makerule_sources(struct str rule);

/* The next file name of those, its escapes undone, which is taken off; empty at the rule's end. */
struct str makerule_next(struct str *sources, struct arena *a);

#endif
