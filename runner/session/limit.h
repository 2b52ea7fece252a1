/*
 * A limit that a cell hit: which, how much, and the option that raises it.
 *
 * Everything that is said of limits names the option, so that a reader knows
 * what to write; these are its spellings.
 */
#ifndef RUNNER_SESSION_LIMIT_H
#define RUNNER_SESSION_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

struct buf;

enum limit_kind {
	LIMIT_NONE,
	LIMIT_TIMEOUT,		/* nanoseconds */
	LIMIT_MEMORY,		/* bytes */
	LIMIT_OUTPUT_KILL,	/* bytes */
	LIMIT_FILE_SIZE,	/* bytes */
	LIMIT_PROCESSES,
	NLIMITS
};

struct limit {
	enum limit_kind kind;
	uint64_t value;
	bool is_machine;	/* nobody gave it: it comes from what the machine has */
};

/* The option: "timeout", "output-kill". */
const char *limit_option(enum limit_kind kind);

/* For people: "10 s", "64 MiB", "512". */
void limit_say(struct buf *to, const struct limit *l);

/* What to write for more of it: "timeout=20s", "memory=128M". */
void limit_raise(struct buf *to, const struct limit *l);

#endif
