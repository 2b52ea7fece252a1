/*
 * Can a name be expanded, and how long does that get?
 *
 * Sizes are summed before anything is expanded, and what would go over a limit
 * is refused, with the names that add most to it.  Counted are bytes, and how
 * often a reference is expanded: lines that hold nothing but references cost time
 * and no bytes.  An empty name counts nothing, since expansion passes over it.
 * The walk keeps its stack on the heap and looks at each name once; how deep
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
 * reaches (each once), and once that it is over the limits of the graph.  Fills
 * in the size.
 */
bool graph_check(struct graph *g, struct node *n, bool allow_missing, struct diag *d);

/* The same for what one block refers to (a cell's text is its block's); only cells have a limit. */
bool graph_check_block(struct graph *g, const struct block *b, bool allow_missing,
    struct diag *d);

/* All targets, and what they have together: false if that is over the limit of a run. */
bool graph_check_targets(struct graph *g, bool allow_missing, struct diag *d);

#endif
