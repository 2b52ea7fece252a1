/*
 * Options that are to be written: of a block, or of a document.
 */
#ifndef RUNNER_CLI_WISHES_H
#define RUNNER_CLI_WISHES_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/output/amend.h"

enum { WISHES_MOST = 12 };

struct wishes {			/* all zero when new; at most one of each key */
	struct wish list[WISHES_MOST];
	size_t n;
};

/* NULL if nobody wishes it. */
struct wish *wishes_find(struct wishes *w, struct str key);

/* Add, unless it is empty or somebody wished that key before. */
void wishes_add(struct wishes *w, struct str key, struct str value);

/* Add or replace; what finds no room is left out. */
void wishes_set(struct wishes *w, struct str key, struct str value);
void wishes_drop(struct wishes *w, struct str key);

bool wishes_differ(const struct wishes *a, const struct wishes *b);

#endif
