/*
 * Lines that stand for a block: <<name>>.
 *
 * A reference fills its line, with blanks before and behind.  Reading says
 * nothing about whether a block has that name: the graph finds that out.
 * Names and indentations are views into the document.
 */
#ifndef TANGLE_EXPAND_REFERENCE_H
#define TANGLE_EXPAND_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/source.h"
#include "tangle/base/str.h"

struct arena;
struct block;
struct node;

struct reference {
	size_t line;		/* index into the block's lines */
	struct str indent;	/* the blanks before it */
	struct str name;
	struct place at;
	struct node *to;	/* NULL: no block has that name */
	bool is_escaped;	/* \<<name>>: text, without the backslash */
	bool *is_told;		/* that it is missing: once is enough */
};

/* Is the line `blanks <<name>> blanks`, or that with a backslash before? */
bool reference_read(struct str line, struct reference *r);

/* Read all of a block's lines; the block's list of references lives in the arena. */
void references_find(struct arena *a, struct block *b);

#endif
