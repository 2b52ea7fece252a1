/*
 * References to what a cell printed: <<name!>>.
 *
 * Such a reference stands for what is recorded below the cells of that name, the
 * lines of their `output` fences.  So it says the same each time, whatever the cell
 * would print now, until the record is renewed; `skein check` finds out whether it is
 * still true.  With a digest, <<name!1a2b3c4d>>, it stands for that text alone: when
 * another one is recorded the reference is an error, until somebody has looked.
 *
 * A text with a pattern in it, or one that was cut, is not what a cell printed, and
 * cannot be pasted.  A block that has the whole name, with the mark, goes first.
 */
#ifndef TANGLE_EXPAND_PIN_H
#define TANGLE_EXPAND_PIN_H

#include <stdbool.h>

#include "tangle/base/hash.h"
#include "tangle/base/source.h"
#include "tangle/base/str.h"
#include "tangle/expand/graph.h"

struct diag;

enum { PIN_DIGITS = 8 };	/* of a digest, at least */

struct pin {
	struct node node;		/* what is recorded, as blocks to be expanded */
	struct node *cell;		/* what prints it */
	struct place inexact;		/* the first line that is not as printed, */
	const char *why;		/* and why; NULL: there is none */
	char digest[HASH_HEX + 1];	/* of its lines, without the blanks at their ends */
};

/* "table!1a2b" is "table" and "1a2b"; false if the name is none such. */
bool pin_read(struct str name, struct str *cell, struct str *digest);

/* Tie them to what they stand for: when the blocks are settled, before anything is expanded. */
void pins_tie(struct graph *g);

/* Of a reference that is one; NULL: no block has its name. */
const struct pin *pin_of(const struct graph *g, const struct blocks *from,
    const struct reference *r);

/* What a reference is about: a name's own blocks, or the cells whose output it pastes; NULL: nothing. */
struct node *pin_named(const struct reference *r);

/*
 * What is recorded below the cells of a node, to be expanded (and checked before, as any
 * node), without a reference to it.  NULL after an error: it is not there, or not whole.
 */
struct node *pin_text(struct graph *g, struct node *n, struct place at, struct diag *d);

/*
 * A node that is what is recorded (is_recorded): is that there, and whole?  The targets of
 * generators are such nodes: what a generator printed is written, not what printed it.
 */
bool pin_is_whole(const struct node *recorded);
bool pin_check(const struct node *recorded, struct diag *d);	/* says why not */

/* Say why it stands for nothing.  False if it is no such reference, or no block has its name. */
bool pin_tell(const struct graph *g, const struct blocks *from, const struct reference *r,
    bool allow_missing, struct diag *d);

#endif
