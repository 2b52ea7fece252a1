/*
 * Marks in a target that say which block a text is from.
 *
 * Each function appends whole lines, behind the indentation of the reference.
 */
#ifndef TANGLE_EXPAND_ANNOTATE_H
#define TANGLE_EXPAND_ANNOTATE_H

#include <stddef.h>

#include "tangle/base/str.h"

struct block;
struct buf;
struct node;
struct reference;

enum annotations { ANNOTATE_NONE };

/* What a mark speaks of. */
struct annotated {
	const struct node *node;	/* NULL: a block for itself */
	const struct block *block;
	size_t index;			/* of the block among the node's */
	const struct reference *from;	/* NULL: it is the target's own */
	struct str indent;
};

/* How many lines of a target's first block stay above all marks ("#!/bin/sh"). */
size_t annotate_header(const struct block *first);

/* In front of a block's text, and behind it. */
void annotate_begin(struct buf *to, enum annotations how, const struct annotated *what);
void annotate_end(struct buf *to, enum annotations how, const struct annotated *what);

#endif
