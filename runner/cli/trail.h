/*
 * Calls at their places in the document.
 *
 * A session knows a call by what the compiler was told: the marker of a cell,
 * of text that is repeated from another one, or the path of a file, which may
 * be a target of the document.
 */
#ifndef RUNNER_CLI_TRAIL_H
#define RUNNER_CLI_TRAIL_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/map.h"
#include "tangle/base/str.h"

struct frame;
struct cell;
struct notebook;
struct outcome;

/* The cell that text under a marker in the unit of another one is of, and its line there. */
typedef const struct cell *trail_locate_fn(const void *arg, size_t cell, struct str marker,
    size_t *line);

struct trail {
	const struct notebook *notebook;	/* in whose arena all is that is read */
	trail_locate_fn *locate;
	const void *arg;
	struct map files;			/* path -> its text */
};

void trail_open(struct trail *t, const struct notebook *n, trail_locate_fn *locate,
    const void *arg);
void trail_close(struct trail *t);

/* Where it is: sets cell, marker and line as a reader knows them, text and at. */
void trail_locate(struct trail *t, struct frame *f);

/* The first line of the cell's statement that it is in; false if it is in none. */
bool trail_statement(const struct trail *t, struct frame *f);

/* Which cell of this run a session means by a number; SIZE_MAX: none. */
typedef size_t trail_number_fn(const void *arg, size_t number);

/* What a cell gave, a copy, with its calls in this document. */
struct outcome *trail_outcome(struct trail *t, const struct outcome *o, trail_number_fn *number,
    const void *arg);

#endif
