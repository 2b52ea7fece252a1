/*
 * A name -> text, with the origin of each line.
 *
 * Expansion follows docs/tangling.md: a reference line becomes the referred
 * block's lines, each non-empty one behind the reference's indentation; an
 * empty block vanishes with its line.  Only nodes that graph_check found good
 * may be expanded; then this cannot fail.
 */
#ifndef TANGLE_EXPAND_EXPAND_H
#define TANGLE_EXPAND_EXPAND_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/buf.h"
#include "tangle/base/source.h"

struct arena;
struct block;
struct node;

struct expansion {
	struct buf text;	/* each line ended */
	struct place *lines;	/* where each line of text stands; NULL if not asked for */
	size_t nlines, cap;
};

enum expand_lines {
	EXPAND_RAW,		/* line endings as in the document */
	EXPAND_CELL		/* LF; option lines stay as empty lines, so that numbers are true */
};

/* Append the expansion of a node, or of one block, to x (all zero when new). */
void expand_node(struct expansion *x, const struct node *n, enum expand_lines how,
    bool origins);
void expand_block(struct expansion *x, const struct block *b, enum expand_lines how,
    bool origins);

void expansion_release(struct expansion *x);

#endif
