/*
 * Filters: what the text of a cell goes through before it is compiled.
 *
 * A filter is a program, which gets the text on its standard input and prints
 * another one, or a function in skein.lua's table `filters` (hooks.h), or a word
 * of this table that stands for a program and its arguments.  No shell reads them.
 *
 * What a program gave is kept in the cache by the text, the words and the program's
 * bytes, so that a warm run starts none.  It sees nothing of the project and of
 * the caller's settings, so that this is all that its result rests on.
 *
 *	filters_begin(&f, config, store, no_compile);	for each round of a run
 *	filters_cell(&f, cell, ...)		the cell's own text, its lines found again
 *	filters_apply(&f, cell, text, ...)	another text: what a generator printed
 *	filters_release(&f);
 */
#ifndef RUNNER_SCRIPT_FILTER_H
#define RUNNER_SCRIPT_FILTER_H

#include <stdbool.h>

#include "tangle/base/arena.h"
#include "tangle/base/map.h"
#include "tangle/base/str.h"

struct cell;
struct config;
struct diag;
struct hooks;
struct store;

/* Of one run; all zero at the start. */
struct filters {
	const struct config *config;
	struct store *store;
	bool no_compile;		/* no program may be started, either */
	struct hooks *hooks;		/* NULL: no function was called yet */
	struct map failures;		/* that were told: the same is not tried again in a later round */
	struct arena arena;
	bool has_begun;
};

void filters_begin(struct filters *f, const struct config *c, struct store *s, bool no_compile);

/* What goes wrong is told, and the cell is broken; absent, if a program is not here. */
void filters_cell(struct filters *f, struct cell *c, struct arena *a, struct diag *d);

/* The same; false then, with the text as it was. */
bool filters_apply(struct filters *f, struct cell *c, struct str text, struct str *made,
    struct arena *a, struct diag *d);

void filters_release(struct filters *f);

#endif
