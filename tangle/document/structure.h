/*
 * What libcmark says about the structure of a text: its code blocks and HTML
 * blocks, in order.
 *
 * The only door to libcmark, and the one authority on what a block is.  It is
 * given skeletons (skeleton.h), but takes any text; a test asks it about whole
 * documents and compares.  Lines and columns count from 1, in the text given.
 */
#ifndef TANGLE_DOCUMENT_STRUCTURE_H
#define TANGLE_DOCUMENT_STRUCTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct structure;

struct leaf {
	bool is_code;			/* else HTML */
	struct str info;		/* of a fence, resolved; empty if it has none */
	struct str literal;		/* as libcmark shows it; lives as long as the structure */
	size_t first, last;		/* lines; the last is wrong for a fence that its container ends */
	size_t column;			/* where it begins on its first line */
	size_t next;			/* the line on which the next block begins, 0 at the end */
	bool in_container;		/* in a list item or block quote */
	bool follows;			/* the sibling before it is the leaf that was taken last */
};

/* Returns whether it takes the leaf. */
typedef bool structure_visit(void *arg, const struct leaf *leaf);

struct structure *structure_parse(struct str text);
void structure_free(struct structure *s);

/*
 * The line on which the last block of the outermost level begins, or, if that is
 * a list of several items, the last of them; 0 if there is no block.  What comes
 * before it is closed for good: more text could not change it.
 */
size_t structure_open_from(const struct structure *s);

/* Visit the leaves that begin before a line, in order. */
void structure_walk(const struct structure *s, size_t before, structure_visit *visit, void *arg);

#endif
