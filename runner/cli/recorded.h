/*
 * Recorded runs (cache=run): what a cell gave when it was run before.
 *
 * The key of a run says all that it depends on: what its process begins with,
 * the cells before it in its session and what each of them gave, its object,
 * libraries, arguments, input, limits, and the files that it declares as data.
 *
 * A cell that is not run leaves no state behind.  So a cell of a session is told
 * from its record only if all cells behind it in the session are, too; else it
 * runs, up to the last one that has to.  What changes no state (programs,
 * session=none, cells that failed as expected) goes by its own record.
 *
 * While cells have files in $TMPDIR nothing is recorded, and no record is used:
 * a later run would begin without them.
 */
#ifndef RUNNER_CLI_RECORDED_H
#define RUNNER_CLI_RECORDED_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/hash.h"
#include "tangle/base/map.h"

struct cell;
struct job;
struct lived;
struct outcome;
struct past;
struct run;

/* Of a document. */
struct records {
	bool any;		/* some cell wants it */
	struct map pasts;	/* of sessions, by name */
	struct map libraries;	/* name -> digest, as it was when first asked for */
};

/* Of a cell. */
struct recording {
	struct past *past;	/* of its session; NULL: nobody wants it */
	struct digest data;	/* of the files that it declares */
	struct digest key;	/* of its run, as far as it is known */
	bool is_met, is_known, is_looked_up;
	struct outcome *outcome;	/* recorded under that key; NULL: none */
	struct str home;	/* $TMPDIR of that run */
	bool is_absent;		/* seen ahead: later cells will not have it */
	const char *why;	/* it is run all the same; empty: nobody asked for a record */
};

void records_open(struct run *r);
void records_release(struct run *r);

/* It is the cell's turn: looks at its data, and settles what its run is called. */
void records_meet(struct run *r, struct job *j);

enum records_answer {
	RECORDS_RUN,
	RECORDS_WAIT,		/* until later cells have objects */
	RECORDS_TOLD,		/* settled by its record */
	RECORDS_BACK		/* cells told before have to run after all, and are next */
};

/* Is it to be run?  It has been met. */
enum records_answer records_ask(struct run *r, struct job *j);

/* Surely run when its turn comes? */
bool records_runs(const struct run *r, const struct cell *c);

/* It was run (or stands) and is settled: that is recorded, if it can be. */
void records_ran(struct run *r, struct job *j, const struct lived *lived, bool stands);

#endif
