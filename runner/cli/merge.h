/*
 * Outputs of a run, put into its document as someone has saved it meanwhile.
 *
 * An output goes below the cell that is of the same identity (identity.h) as the
 * one that gave it, wherever it stands now.  What has no such cell any more is
 * lost, and so is what would take the place of an output that was edited by hand.
 * All else of the edited document stays, to the byte.
 */
#ifndef RUNNER_CLI_MERGE_H
#define RUNNER_CLI_MERGE_H

#include <stddef.h>

#include "tangle/base/str.h"

struct arena;
struct cell;
struct cells;
struct graph;
struct page;

struct merge {
	struct str text;		/* the edited document, with outputs */
	const struct cell **lost;	/* cells of the run whose new output is not in it */
	size_t nlost;
	size_t nwaiting;		/* cells of the edited document that have not been run */
};

/* `cells` and `g` are the edited document's; what is made lives in the arena. */
void merge_make(struct merge *m, const struct page *ran, const struct cells *cells,
    const struct graph *g, struct arena *a);

#endif
