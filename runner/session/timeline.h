/*
 * When a cell printed what, over both streams.
 *
 * Two pipes do not say in which order they were written to; but whoever reads
 * each as soon as it can be read comes close.  Here stands what was read, in
 * that order, as lengths: the bytes are the streams' to keep.  What comes within
 * a moment from one stream is one entry, and there is a bound: what comes
 * behind it counts to the last entry of its stream.
 */
#ifndef RUNNER_SESSION_TIMELINE_H
#define RUNNER_SESSION_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct moment {
	int64_t at;		/* nanoseconds since the cell's start */
	uint64_t size;		/* bytes that followed those of its stream before */
	bool is_err;
};

struct timeline {
	int64_t began;		/* by loop_now */
	struct moment *list;
	size_t n, cap;
};

/* Forget what was, and count from that time on. */
void timeline_begin(struct timeline *t, int64_t began);
void timeline_add(struct timeline *t, bool is_err, uint64_t size);
/* The cell has just ended and says that it took so long: its start was later than was thought. */
void timeline_end(struct timeline *t, uint64_t took);
void timeline_release(struct timeline *t);

#endif
