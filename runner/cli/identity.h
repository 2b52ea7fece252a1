/*
 * What the output of a cell rests on, as far as its document says it.
 *
 * Two cells of one identity, in two versions of a document, are the same thing:
 * what one of them printed is what the other would print.  Their texts and options
 * are the same, and so are those of all cells that ran before them in their session,
 * of the document, and of its tangled targets.  Prose is no part of it.
 */
#ifndef RUNNER_CLI_IDENTITY_H
#define RUNNER_CLI_IDENTITY_H

#include "tangle/base/hash.h"

struct arena;
struct cells;
struct graph;

/* One a cell. */
const struct digest *identities(const struct cells *c, const struct graph *g, struct arena *a);

#endif
