/*
 * Can a name be expanded, and how long does that get?
 *
 * Sizes are summed before anything is expanded: what would grow over the
 * limits is refused here.  The walk keeps its stack on the heap, so how deep
 * references nest does not matter.
 */
#ifndef TANGLE_EXPAND_CHECK_H
#define TANGLE_EXPAND_CHECK_H

#include <stdbool.h>

struct block;
struct diag;
struct graph;
struct node;

/*
 * Can this node be expanded?  Reports every missing name and cycle that it
 * reaches (each once) and refuses what would grow over the limits.  Fills in
 * bytes and filled_lines.
 */
bool graph_check(struct graph *g, struct node *n, bool allow_missing, struct diag *d);

/* The same for what one block refers to (a cell's text is its block's). */
bool graph_check_block(struct graph *g, const struct block *b, bool allow_missing,
    struct diag *d);

#endif
