/*
 * A run while it goes on: what the files that make it share.
 *
 * outset.c has what stands before it, notebook.c its order, turn.c how a cell runs, shells.c the console blocks, telling.c what is said
 * of a cell.  Nobody else looks in here.
 */
#ifndef RUNNER_CLI_COURSE_H
#define RUNNER_CLI_COURSE_H

#include "runner/cli/account.h"
#include "runner/cli/apart.h"
#include "runner/cli/console.h"
#include "runner/cli/engines.h"
#include "runner/cli/generated.h"
#include "runner/cli/hosts.h"
#include "runner/cli/linkage.h"
#include "runner/cli/living.h"
#include "runner/cli/notebook.h"
#include "runner/cli/objects.h"
#include "runner/cli/pieces.h"
#include "runner/cli/recorded.h"
#include "runner/cli/surroundings.h"
#include "runner/cli/trail.h"
#include "runner/script/filter.h"
#include "tangle/base/diag.h"

/* How a cell is run. */
struct plan {
	bool is_made, is_looked_up;
	bool has_run_before;		/* (looked up) it has succeeded before */
	struct digest key;		/* of its run */
	struct luachunk *chunk;		/* of a Lua cell, once it has been read */
	struct session_run run;
	bool has_around;		/* what its process starts with is known */
	struct surroundings around;
	struct recording recording;
};

/* What the rounds of a run share: mostly there is one round. */
struct rounds {
	size_t n;			/* that have ended */
	struct store *store;
	struct loop *loop;
	struct living once;		/* if nothing lives on from run to run */
	struct generated generated;
	struct filters filters;
	uint64_t first;			/* the number of the first one, for what lives */
	size_t told;			/* so many cells were settled, and that was said */
	struct settled {		/* of each of these, as it was settled last */
		enum cell_end end;
		bool was_compiled;	/* in one of the rounds */
		bool is_explained;
	} *settled;
	struct arena ran;		/* what cells gave, if nothing lives on */
	FILE *nowhere;			/* for what would be said again, */
	struct diag mute;		/* by way of this */
};

/* A round of a run. */
struct run {
	struct notebook *n;
	const struct notebook_options *options;
	struct diag *diag;
	struct rounds *rounds;
	bool is_over;			/* what comes is to be planned anew: see generated.h */
	bool passes_over;		/* (is_over) cells that were not run stand before the next */
	bool stands;			/* what is being settled was run in an earlier round, or run */
	struct living *living;
	struct loop *loop;
	struct store *store;
	struct objects objects;
	struct session_options session_options;
	struct console console;
	struct engines engines;
	struct digest consoles;		/* the key of all console blocks */
	bool consoles_stand;
	struct trail trail;
	struct linkage linkage;
	struct pieces pieces;
	struct hosts hosts;
	struct account account;
	bool has_account;
	struct apart apart;
	struct records records;
	size_t next;			/* the cell that is to run next */
	struct strand *strand;		/* in which it runs, */
	struct lived *running;		/* and what will be known of it; NULL: nothing runs */
	int64_t interrupted;		/* when; 0: never */
	bool is_asked;			/* Ctrl-C came, and was not answered */
	bool is_stopping;		/* what runs is being stopped */
	bool is_stopped;		/* --stop */
	bool has_begun;			/* the plan stands */
	struct plan *plans;		/* one a cell, once it is started or sent ahead */
};

/* What is known about a cell is final: say it, and go on to the next. */
void course_settle(struct run *r, struct job *j, enum cell_end end, const struct cell *blocked_by);

#endif
