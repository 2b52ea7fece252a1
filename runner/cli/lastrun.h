/*
 * What the last run of a document used of the cache, by its ledger.
 */
#ifndef RUNNER_CLI_LASTRUN_H
#define RUNNER_CLI_LASTRUN_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/hash.h"

struct arena;
struct diag;
struct folder;

struct lastrun {
	const struct digest *results;
	size_t n;
};

/*
 * All of a document, or of one cell of it (its label or number; empty: all).
 * False after an error: `unknown-document` (2), when the cache knows of no run;
 * `usage`, when no cell has that name.
 */
bool lastrun_find(struct lastrun *r, struct folder *f, struct str document, struct str cell,
    struct arena *a, struct diag *d);

bool lastrun_has(const struct lastrun *r, const struct digest *result);

#endif
