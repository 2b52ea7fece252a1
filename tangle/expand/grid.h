/*
 * Parameters, as the graph has them: a target for each instance of a block, and
 * the names in ${} that the blocks below it may use.
 */
#ifndef TANGLE_EXPAND_GRID_H
#define TANGLE_EXPAND_GRID_H

#include <stdbool.h>

struct block;
struct diag;
struct graph;
struct node;
struct params;

/*
 * The targets of a node whose file is named by a block with parameters: nodes of
 * their own with the same blocks, each with its file and its values.
 */
void grid_targets(struct graph *g, struct node *n, struct diag *d);

/*
 * Does the block, and does all that it refers to, use no other names than these?
 * Says which not.
 */
bool grid_check(const struct params *p, const struct block *b, struct diag *d);

#endif
