/*
 * How long an expansion gets, before it is made.
 *
 * A size is summed line by line, and knows enough of a text's first and last
 * line to say what it becomes between other text (inline references).  Sums
 * saturate.
 */
#ifndef TANGLE_EXPAND_SIZE_H
#define TANGLE_EXPAND_SIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct block;
struct diag;

#define SIZE_SATURATED	((uint64_t)1 << 62)

/* A text without line ends. */
struct measure {
	uint64_t bytes, columns;
	uint64_t blanks;		/* at its end */
};

struct size {
	uint64_t bytes;
	uint64_t filled_lines;		/* lines that are not empty */
	uint64_t expansions;		/* references expanded on the way, empty names left out */
	uint64_t lines;
	struct measure only;		/* its first line */
	bool first_filled, last_filled;
	size_t last_ending;		/* bytes that end the last line */
};

uint64_t size_plus(uint64_t a, uint64_t b);
uint64_t size_times(uint64_t a, uint64_t b);

/*
 * Add a block's text; the sizes of all that it refers to are known.  Reports
 * inline references whose text beside them nobody could place; then false.
 */
bool size_add_block(struct size *sum, const struct block *b, struct diag *d);

#endif
