/*
 * Marks in a target that say which block a text is from.
 *
 * They are comments of the block's language, on lines of their own, and only
 * where a block or its document asks for them (annotate=); a language without
 * comments goes without marks.  Each function appends whole lines, behind the
 * indentation of the reference.
 */
#ifndef TANGLE_EXPAND_ANNOTATE_H
#define TANGLE_EXPAND_ANNOTATE_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct block;
struct buf;
struct diag;
struct graph;
struct node;
struct reference;

enum annotations {
	ANNOTATE_NONE,
	ANNOTATE_AS_SAID	/* what each block says, or its document */
};

/* What a mark speaks of. */
struct annotated {
	const struct node *node;	/* NULL: a block for itself */
	const struct block *block;
	size_t index;			/* of the block among the node's */
	const struct reference *from;	/* NULL: it is the target's own */
	struct str indent;
};

/* Does the block ask for marks, and can it have them? */
bool annotate_is_wanted(const struct block *b);

/*
 * Must its marks stay out of strings, comments and macros?  Entangled's do not:
 * it writes them there, and who asks for its form wants just that.
 */
bool annotate_needs_room(const struct block *b);

/*
 * How many lines of a target's first block stay above all marks: "#!", the
 * encoding, licences, "<?xml"; or what header=N says.
 */
size_t annotate_header(const struct block *first);

/* In front of a block's text, and behind it. */
void annotate_begin(struct buf *to, enum annotations how, const struct annotated *what);
void annotate_end(struct buf *to, enum annotations how, const struct annotated *what);

/* How many bytes the marks of a node's k-th block have, and in how many lines. */
size_t annotate_size(const struct node *n, size_t k, size_t *lines);

/* One warning for each language that is to have marks and has no comments. */
void annotate_warn(const struct graph *g, struct diag *d);

#endif
