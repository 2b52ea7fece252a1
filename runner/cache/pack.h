/*
 * Bytes made smaller and back: zstd.
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

#endif
