/*
 * The graph read backwards: who refers to a name, and where it ends up.
 *
 * For people and programs that ask about a program's structure (`skein list`).
 * Build it once, after blocks_settle; everything lives in the arena.
 */
#ifndef TANGLE_EXPAND_USES_H
#define TANGLE_EXPAND_USES_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/expand/graph.h"

struct arena;

struct use {
	const struct block *by;
	const struct reference *reference;
};

/* What is known about one node. */
struct node_uses {
	struct use *list;		/* in the order of documents and lines */
	size_t n, cap;
	struct node **targets;		/* that hold it, in order; USES_TARGETS at most */
	size_t ntargets;
	bool has_more;			/* targets than these */
	bool is_needed;			/* a target or a cell reaches it */
	const void *seen_by;		/* the last walk that came here */
};

/* More would make the time grow with targets times names. */
enum { USES_TARGETS = 8 };

struct uses {
	struct node **nodes;		/* all of the graph: documents first, then order */
	size_t n;
};

/* Fills in node->uses of every node of the graph. */
void uses_find(struct uses *u, const struct graph *g, struct arena *a);

/* Lines of a node's own blocks, references not expanded. */
size_t uses_lines(const struct node *n);

#endif
