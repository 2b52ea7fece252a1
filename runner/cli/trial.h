/*
 * A text run as if it stood in a document, without a word and without a trace.
 *
 * What `skein check` would run is run, no more; objects come from the cache and
 * go there, so that trying much the same text again and again is cheap.
 */
#ifndef RUNNER_CLI_TRIAL_H
#define RUNNER_CLI_TRIAL_H

#include <stdbool.h>
#include <stdio.h>

#include "runner/cli/load.h"
#include "runner/cli/notebook.h"
#include "tangle/base/diag.h"

struct slots;

struct trial {
	FILE *nowhere;
	struct diag diag;
	struct invocation invocation;
	struct load load;		/* of the one text */
	struct notebook notebook;
	bool has_run;
};

/* A text is read; it must live as long as the trial.  False if nothing can be made of it. */
bool trial_read(struct trial *t, const struct invocation *i, struct str path, struct str text);

/* It is run.  False if that could not begin, or a signal ended it (notebook.signal). */
bool trial_run(struct trial *t, struct slots *slots);

void trial_release(struct trial *t);

#endif
