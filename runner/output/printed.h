/*
 * As much of a text as a reader wants to see: one that is too long keeps its
 * head and tail, and a line that says what was left out.
 */
#ifndef RUNNER_OUTPUT_PRINTED_H
#define RUNNER_OUTPUT_PRINTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tangle/base/str.h"

struct buf;

struct printed {
	struct str text;	/* ends with LF, or is empty */
	size_t gap;		/* offset at which `lost` bytes stood that nobody kept */
	uint64_t lost;
	bool is_steady;		/* false: tail and counts would be others each time */
};

/* Append LF, unless all is empty or a line has just ended. */
void printed_end_line(struct buf *b);

/* Append the text, or as much of its head and tail as a document should show. */
void printed_bounded(struct buf *to, const struct printed *p, size_t lines, size_t bytes);

/*
 * The line that says what was left out, without how many bytes that were; else the
 * line itself.
 */
struct str printed_without_bytes(struct str line);

#endif
