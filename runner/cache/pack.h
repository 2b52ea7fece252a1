/*
 * Bytes made smaller and back: zstd.
 *
 * At once in memory, or piece by piece to and from a file, where neither side
 * holds more than a few MiB.
 */
#ifndef RUNNER_CACHE_PACK_H
#define RUNNER_CACHE_PACK_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct arena;
struct buf;

/* Append the bytes as one frame, packed fast rather than tight. */
void pack(struct str bytes, struct buf *to);

/*
 * What one frame holds.  False if it is damaged, does not say how long that is,
 * or it would be more than max: nothing larger is ever made.
 */
bool unpack(struct str frame, size_t max, struct arena *a, struct str *bytes);

struct packing;

/* Write one frame, with a checksum: the same pieces give the same bytes. */
struct packing *packing_start(int fd);
/* False with errno; then it only remains to end it. */
bool packing_add(struct packing *p, struct str bytes);
/* False, with errno, if any of it could not be written. */
bool packing_end(struct packing *p);

struct unpacking;

enum unpacking_state {
	UNPACKING_MORE,
	UNPACKING_OVER,		/* the frame has ended and fits its checksum; the file has, too */
	UNPACKING_DAMAGED,	/* no frame, cut, damaged, or something stands behind it */
	UNPACKING_FAILED	/* the file could not be read: errno */
};

/* Read one frame that fills the rest of a file. */
struct unpacking *unpacking_start(int fd);
/* Take n bytes; if it is fewer, the state says why. */
size_t unpacking_read(struct unpacking *u, char *to, size_t n);
enum unpacking_state unpacking_state(const struct unpacking *u);
void unpacking_end(struct unpacking *u);

#endif
