/*
 * Which of a compiler's messages about a cell are worth telling.
 *
 * Errors in our glue only follow from others, or else say that the cell ends too
 * early, once; and much of what a compiler says only follows from what it said
 * before.
 */
#ifndef RUNNER_CLI_RELEVANCE_H
#define RUNNER_CLI_RELEVANCE_H

#include <stdbool.h>
#include <stddef.h>

struct cell;
struct message;
struct messages;

struct relevance {
	const struct messages *list;
	const struct cell *cell;
	bool warnings_only, skipping;
	bool all;			/* those of a failed cell too */
	size_t errors, glue;
};

/* `all`: the warnings of a cell that does not compile too. */
struct relevance relevance_of(const struct messages *list, const struct cell *c,
    bool warnings_only, bool all);

/* To be asked of each message of the list, in order. */
bool relevance_is_told(struct relevance *x, const struct message *m);

#endif
