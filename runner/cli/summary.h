/*
 * An entry of the cache in some ten lines.
 */
#ifndef RUNNER_CLI_SUMMARY_H
#define RUNNER_CLI_SUMMARY_H

#include <stddef.h>

struct arena;
struct buf;
struct folder;
struct exhibit;

void summary(struct folder *f, const struct exhibit *k, struct arena *a, struct buf *to);

/* How many files it rests on, and how many paths where there must be none. */
struct summary_inputs {
	size_t files, absent;
};

struct summary_inputs summary_count(struct folder *f, const struct exhibit *k, struct arena *a);

#endif
