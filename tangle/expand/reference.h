/*
 * References to blocks: <<name>>.
 *
 * A reference fills its line, with blanks before and behind.  Where a block or
 * its document says `inline`, references may also stand within lines.  Reading
 * says nothing about whether a block has that name: the graph finds that out.
 * Names and the text before them are views into the document.
 */
#ifndef TANGLE_EXPAND_REFERENCE_H
#define TANGLE_EXPAND_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tangle/base/source.h"
#include "tangle/base/str.h"

struct block;
struct node;

/* What becomes of the text beside an inline reference to several lines. */
enum inline_way {
	INLINE_OFF,		/* it is no reference */
	INLINE_AUTO,		/* blanks and comment marks are repeated, other text is refused */
	INLINE_COLUMN,		/* further lines begin where the first one does */
	INLINE_PREFIX,		/* what stands before it is repeated on each line */
	INLINE_AROUND		/* and what stands behind it, too */
};

struct reference {
	struct str indent;	/* the blanks before it; inline: the text up to it */
	struct str name;
	const struct source *source;	/* that it stands in */
	struct node *to;	/* NULL: no block has that name */
	uint32_t line;		/* index into the block's lines */
	enum inline_way way;
	bool is_escaped;	/* \<<name>>: text, without the backslash */
	bool is_inline;		/* with other text on its line */
	bool is_pin;		/* <<name!>>: see pin.h */
	bool is_told;		/* that it is missing: once is enough */
};

/*
 * Is the line `blanks <<name>> blanks`, or that with backslashes before?  `mark`
 * is what opens a reference: "<<", or "<<<" in lmt.
 */
bool reference_read(struct str line, struct str mark, struct reference *r);

/*
 * The next reference in rest, which it takes off together with the text before
 * it; false when there is none.  The name ends at the first ">>" ...
 */
bool reference_next(struct str *rest, struct reference *r);
/* ... or at the one after it, if there is one: names may hold ">>". */
bool reference_widen(struct str *rest, struct reference *r);

/* Where its name stands. */
struct place reference_at(const struct reference *r);

/* What the block says of inline references. */
enum inline_way reference_way(const struct block *b);

#endif
