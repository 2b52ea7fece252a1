/*
 * What waits for its turn: pieces of bytes, each with a kind, in queues.
 *
 * All queues of a spool together hold a bounded part of it in memory; the rest
 * goes to one temporary file that has no name.
 */
#ifndef RUNNER_BUILD_SPOOL_H
#define RUNNER_BUILD_SPOOL_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct diag;
struct spool;
struct spool_piece;

/* All zero: empty. */
struct spool_queue {
	struct spool_piece *first, *last;
};

/* With at most so many bytes in memory. */
struct spool *spool_new(size_t most);

/* Its queues are empty, or are not looked at any more. */
void spool_free(struct spool *s);

/* Put a piece behind the others; false after a message, and it is lost. */
bool spool_put(struct spool *s, struct spool_queue *q, int kind, struct str bytes,
    struct diag *d);

/*
 * Empty a queue: fn is called for each piece, in order, a long one in several
 * parts.  False after a message, with what could not be read left out.
 */
bool spool_drain(struct spool *s, struct spool_queue *q,
    void (*fn)(void *arg, int kind, struct str bytes), void *arg, struct diag *d);

/* Forget what is in it. */
void spool_drop(struct spool *s, struct spool_queue *q);

#endif
