/*
 * What `skein watch` tells while it goes on: to people in lines with the time of
 * day, on stderr; with --json to programs, an object a line.
 *
 * What the cells of a round gave is told as in any run (events.h).
 */
#ifndef RUNNER_CLI_TIDINGS_H
#define RUNNER_CLI_TIDINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "tangle/base/str.h"

struct invocation;
struct notebook;

/* A line for people; nothing with -q or --json. */
__attribute__((format(printf, 2, 3)))
void tidings_say(const struct invocation *i, const char *fmt, ...);

/* For programs: what happened to a document without its being run, or to all (empty). */
void tidings_event(const struct invocation *i, struct str document, const char *what);

/* A document's run within a round. */
struct tidings_round {
	long long number;
	bool is_written;		/* the document has new outputs */
	int64_t took;			/* nanoseconds */
};

/* How many of its cells ran, and how many still stand, as of the run before. */
void tidings_of_round(const struct invocation *i, const struct notebook *n,
    const struct tidings_round *r);

#endif
