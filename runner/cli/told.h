/*
 * What becomes of each target, told on standard output: --json, --dry-run, and
 * the differences that --check -v shows.
 */
#ifndef RUNNER_CLI_TOLD_H
#define RUNNER_CLI_TOLD_H

#include "tangle/emit/emit.h"

struct invocation;
struct root;

struct told {
	const struct invocation *invocation;
	const struct root *root;
};

/* For emit_options.tell; `told` is a struct told. */
void told_fate(void *told, enum emit_fate f, struct str path, const struct target *t);

#endif
