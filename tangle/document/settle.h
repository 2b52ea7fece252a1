/*
 * Which blocks are cells, and which outputs are theirs.
 *
 * Known only when the graph is built: a block that a reference reaches is part
 * of a program, and no cell.
 */
#ifndef TANGLE_DOCUMENT_SETTLE_H
#define TANGLE_DOCUMENT_SETTLE_H

#include "tangle/base/str.h"

struct block;
struct blocks;
struct diag;

/*
 * Decide which blocks are cells, tie outputs to them, and warn of output fences
 * that belong to nobody.  The graph must have set is_fragment.  With diag == NULL
 * nothing is said: options may still become others, and then it is done again.
 */
void blocks_settle(struct blocks *b, struct diag *diag);

/*
 * The line that leads from a block to the fence below it, with its ending:
 * "Output:".  One line, between blank ones at most, that ends with a colon (in
 * bold or not), outside of lists and quotes.  Empty if there is none.
 */
struct str settle_caption(const struct block *above, const struct block *below);

#endif
