/*
 * A piece: objects side by side in one, which the loader takes in one go.
 *
 * To load hundreds of small objects costs more than to run them.  A piece holds
 * copies of some that follow one another, each as it would lie in memory alone:
 * the n-th in the n-th slot of SLOT bytes.  Only what the loader reads is made
 * anew: one table of symbols, one of relocations, one of frames.  So code, data
 * and debug information of a part stay those of its object, and so do all
 * addresses, since the host puts objects into slots, too (protocol.h).
 *
 * Only what is plain is taken: C, no constructors, no thread-local data, no weak
 * or common definitions, nothing but libc and libm.  A part that defines what
 * one before it asks for begins a piece of its own: the name was not there yet.
 */
#ifndef RUNNER_BUILD_PIECE_H
#define RUNNER_BUILD_PIECE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tangle/base/str.h"

struct buf;

#define PIECE_SLOT	((uint64_t)1 << 17)	/* bytes of address space */
enum { PIECE_MOST = 64 };			/* parts */

enum piece_flag {
	PIECE_SHOWS	= 1,	/* it shows a value */
	PIECE_PRIVATE	= 2	/* it has variables that nobody else sees */
};

struct piece_part {
	uint64_t base, unit;	/* of its object; of its skein_unit */
	uint32_t flags;		/* set of piece_flag */
};

/*
 * Join the first ones of n objects: as many as will go together, to *to, which
 * is empty.  0: not even the first one.
 */
size_t piece_make(const struct str *objects, size_t n, struct buf *to);

/* What a piece has, as views into its bytes. */
struct piece {
	struct str bytes, parts, symbols, names;
	size_t nparts;
};

/* False if the bytes are no piece. */
bool piece_open(struct piece *p, struct str bytes);
bool piece_part(const struct piece *p, size_t i, struct piece_part *part);

/*
 * The names that it asks for or defines, and the part that does: from 0, until
 * false.  SIZE_MAX: it asks.
 */
bool piece_symbol(const struct piece *p, size_t i, struct str *name, size_t *part);

#endif
