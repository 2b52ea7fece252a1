/*
 * A stretch of a document that libcmark is asked about.
 *
 * CommonMark is read line by line: what a line does depends on what is open, and
 * what is closed stays as it is.  So where a block of the outermost level begins,
 * everything above is final, and what comes is as if a document began there; the
 * same holds where an item of an outermost list begins, since all that a list
 * hands on to its next item is that it is open, and the item's own mark opens it
 * anew.  A document can thus be read in pieces which end at such places, and
 * libcmark itself says where they are: at the start of the last outermost block
 * (or item) of the tree that it made of a piece.
 *
 * A piece that is one block from end to end (a long comment, a list of one item)
 * is read again, and twice as much of it, so that the work stays linear.
 */
#ifndef TANGLE_DOCUMENT_CHUNK_H
#define TANGLE_DOCUMENT_CHUNK_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/document/skeleton.h"

struct collect;
struct diag;

struct chunk {
	struct collect *collect;
	struct diag *diag;
	struct skeleton skeleton;
};

void chunk_release(struct chunk *c);

/*
 * Read on from *at, where nothing is open, and collect the parts found; moves *at
 * to where nothing is open again.  False, with a message, if one of our limits
 * was hit.
 */
bool chunk_read(struct chunk *c, size_t *at);

#endif
