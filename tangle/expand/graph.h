/*
 * Names -> blocks; who refers to whom; which files are to be written.
 *
 * Blocks that share a name are one node, in document order.  Names are private
 * to their document unless they are shared.  The graph owns nothing: names and
 * bytes are views into the documents; nodes live in the arena.  Build it once,
 * then only read it.
 */
#ifndef TANGLE_EXPAND_GRAPH_H
#define TANGLE_EXPAND_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tangle/base/map.h"
#include "tangle/base/source.h"
#include "tangle/document/block.h"
#include "tangle/expand/reference.h"
#include "tangle/expand/size.h"

struct arena;
struct diag;
struct instance;

struct node {
	struct str name;
	struct block **blocks;
	size_t nblocks;
	struct str file;		/* empty: no target */
	const struct block *file_by;	/* the block that names it */
	const struct block *mode_by;	/* that says its mode */
	int mode;			/* -1 if not set */
	const struct blocks *home;	/* where it was first defined */
	const struct instance *instance;	/* of a target that is one of several: of its parameters, */
	struct node *grid;		/* and the name that holds its blocks; or NULL */
	bool is_recorded;		/* it is what is recorded below the cells of another: in a pin */
	struct pin *pin;		/* what its cells printed, if something stands for it (pin.h) */
	struct node_uses *uses;		/* uses_find's (uses.h) */

	/* graph_check's: */
	struct size size;		/* of its expansion */
	size_t order;			/* in finished; above those of all that it refers to */
	enum { NODE_NEW, NODE_OPEN, NODE_GOOD, NODE_BAD } state;
	bool is_measured, is_too_large;

	bool is_referenced;
	bool is_input;			/* of a cell: stdin-from= */
	bool is_reached;		/* unused_warn's */
};

/* The name whose blocks a target holds. */
struct node *node_of_target(struct node *target);

/* Where its file is named, if it has one. */
struct place node_file_at(const struct node *n);

struct graph {
	struct arena *arena;
	struct blocks *documents;
	size_t ndocuments;
	bool shared;
	struct map *names;		/* one a document; one in all if shared */
	struct node **nodes;		/* all of them: documents first, then order */
	size_t nnodes;
	struct node **targets;		/* those with a file */
	size_t ntargets;
	size_t npins;			/* references to what a cell printed */
	const struct blocks *pins_of;	/* only of those in this document it is told what is wrong; NULL: of all */
	struct graph_limits {
		uint64_t target, run;	/* bytes of one text, and of all targets */
	} limits;

	/* graph_check's: */
	struct node **finished;		/* nodes whose size is known */
	size_t nfinished, cap_finished;
	size_t nexplained;		/* texts of which it was said why they are too large */
	size_t nhinted;			/* missing names for which a near one was looked for */
};

/* The limits are the user's to set, never a document's. */
struct graph_options {
	bool shared_names;
	/*
	 * Of each document the tree in which its targets stand, a number below that of the
	 * documents; NULL: all stand in one.  Files of different trees are different files.
	 */
	const size_t *trees;
	struct graph_limits limits;	/* 0: 64 MiB, 256 MiB */
};

/*
 * Join the blocks of documents.  Two names for one file, two files for one
 * name, `append` or `replace` without a definition are reported.
 */
void graph_build(struct graph *g, struct blocks *documents, size_t ndocuments,
    const struct graph_options *o, struct arena *a, struct diag *d);

/* Frees the maps and lists; nodes go with the arena. */
void graph_release(struct graph *g);

/* The node of a name as seen from a document; NULL if there is none. */
struct node *graph_find(const struct graph *g, const struct blocks *from, struct str name);

/* Say, once, that no block has the name that a block refers to, and which is near. */
void graph_tell_missing(struct graph *g, const struct block *b, struct reference *r,
    bool allow_missing, struct diag *d);

#endif
