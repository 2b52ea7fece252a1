/*
 * What libcmark says about the structure of a text: its code blocks and HTML
 * blocks, in order.
 *
 * The only door to libcmark, and the one authority on what a block is.  Lines
 * and columns count from 1, in the text that was given.
 */
#ifndef TANGLE_DOCUMENT_STRUCTURE_H
#define TANGLE_DOCUMENT_STRUCTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct leaf {
	bool is_code;			/* else HTML */
	struct str info;		/* of a fence, resolved; empty if it has none */
	struct str literal;		/* as libcmark shows it; good until the visitor returns */
	size_t first, last;		/* lines; the last is wrong for a fence that its container ends */
	size_t column;			/* where it begins on its first line */
	size_t next;			/* the line on which the next block begins, 0 at the end */
	bool in_container;		/* in a list item or block quote */
	bool follows;			/* the sibling before it is the leaf that was taken last */
};

/* Returns whether it takes the leaf. */
typedef bool structure_visit(void *arg, const struct leaf *leaf);

/*
 * Visit the leaves of text, the last line of which may lack its ending.  Stops
 * at lists and quotes that are nested more than `deepest` deep, and returns the
 * line of the first such; 0 if there is none.
 */
size_t structure_walk(struct str text, size_t deepest, structure_visit *visit, void *arg);

#endif
