/*
 * Options written into a document, where its author would have written them.
 *
 * Each function makes one edit that leaves every other byte as it is.  Whether
 * the document then says what was meant is for the caller to look at, by
 * parsing it again: a comment above the first block may be the document's, and
 * a renderer's words may stand in the way.
 */
#ifndef RUNNER_OUTPUT_AMEND_H
#define RUNNER_OUTPUT_AMEND_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/output/embed.h"
#include "tangle/base/str.h"

struct arena;
struct block;
struct buf;
struct document;

/* Where options stand. */
enum carrier {
	CARRIER_COMMENT,	/* <!-- skein: run=false --> above the fence, or on top */
	CARRIER_BRACES,		/* ```c {run=false} */
	CARRIER_LINES,		/* //| run: false */
	CARRIER_FRONT,		/* front matter; of the document only */
	CARRIERS
};

/* "comment", "braces", "lines", "front". */
const char *carrier_word(enum carrier c);

/* An option to be written; of value "true" only the key. */
struct wish {
	struct str key, value;
};

/* How they look in a comment or in braces: `run=false omit="..."`. */
void amend_words(struct buf *to, const struct wish *w, size_t n);

/*
 * The edit that gives a block these options; they join those that stand in the
 * same carrier.  False if they cannot stand there.
 */
bool amend_block(struct embed_edit *e, const struct block *b, enum carrier c,
    const struct wish *w, size_t n, struct arena *a);

/* The same for the document; a comment or front matter is made if there is none. */
bool amend_document(struct embed_edit *e, const struct document *d, enum carrier c,
    const struct wish *w, size_t n, struct arena *a);

/* The edit that makes a fence an output: its info string becomes that word. */
void amend_output(struct embed_edit *e, const struct block *b);

/* Append the text with the edits in it, which come in order. */
void amend_apply(struct buf *to, struct str text, const struct embed_edit *e, size_t n);

#endif
