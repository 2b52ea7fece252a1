/*
 * One document, run: cells -> units -> objects -> outcomes.
 *
 * The whole plan of a run stands in notebook.c.  All units are made from text
 * first; then objects come from the cache or from compilers, several at once,
 * while the cells run in document order, each as soon as its object is there.
 * What went wrong is reported with its place in the document as it happens;
 * what came out stays in the results.
 */
#ifndef RUNNER_CLI_NOTEBOOK_H
#define RUNNER_CLI_NOTEBOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/build/message.h"
#include "runner/cell/cell.h"
#include "runner/cli/account.h"
#include "runner/cli/selection.h"
#include "runner/session/outcome.h"
#include "tangle/base/arena.h"
#include "tangle/base/root.h"

struct blocks;
struct console_result;
struct diag;
struct graph;
struct hooking;
struct living;
struct slots;

enum cell_end {
	CELL_WAITS,		/* nothing happened to it yet */
	CELL_RAN,
	CELL_COMPILED,		/* run=compile */
	CELL_BROKEN,		/* its text or options cannot be used */
	CELL_UNBUILT,		/* it does not compile */
	CELL_BLOCKED,		/* it needs a cell that is not there */
	CELL_SKIPPED,		/* could not be: --stop, --no-compile, a missing tool */
	CELL_LEFT_OUT		/* nobody asked for it: see selection.h */
};

struct cell_result {
	enum cell_end end;
	bool is_wanted;		/* not only run for its state, or left out */
	struct outcome *outcome;	/* CELL_RAN */
	const struct cell *blocked_by;	/* CELL_BLOCKED */
	struct messages messages;	/* of the compiler */
	bool is_program;
	const char *kind;	/* "program", "statements", "declarations"; NULL: nobody knows */
	bool was_compiled;	/* in this run, not taken from the cache */
	struct account_reason why;	/* if that is to be explained */
	bool as_expected;		/* ran well, or failed as `fails=` says */
	bool stands;		/* (CELL_RAN) in an earlier run: see living.h */
	bool is_recorded;	/* (CELL_RAN) and this was recorded then, */
	struct str home;	/* with this $TMPDIR */
	const struct console_result *console;	/* of a console block that ran */
};

struct hooked;
struct notebook;

struct notebook_options {
	struct slots *slots;		/* for compilers: see slots.h */
	bool stop;			/* at the first failure */
	bool no_compile;
	bool progress;			/* a line on the terminal */
	bool is_timed;			/* outcomes tell when what was printed */
	bool is_repeat;			/* to see what is the same again: all runs, elsewhere in memory */
	struct selection selection;
	struct hooking *hooking;	/* of the document; NULL: no hooks */
	struct str pictures_of;		/* the file that will have the outputs; empty: the document */
	/* Called when a cell was interrupted: keep what is there so far. May be NULL. */
	void (*save)(void *arg, const struct notebook *n);
	void *save_arg;
	struct living *living;		/* from run to run; NULL: nothing lives on */
	/* Asked between events: is this run outdated?  Its next cell is `next`.  May be NULL. */
	bool (*is_outdated)(void *arg, const struct notebook *n, size_t next);
	void *outdated_arg;
};

struct notebook {
	struct arena arena;
	struct arena ran;		/* what its cells gave */
	struct root root;
	struct str pictures_of;		/* as in the options */
	struct str root_path, folder;	/* absolute; the document's folder */
	const char *home;		/* HOME and TMPDIR of its cells; NULL: none ran */
	const struct graph *graph;
	struct cells cells;
	struct cell_result *results;	/* one a cell */
	struct messages *of_sources;	/* of the compiler, for each file of sources= */
	size_t nsources;
	struct normalizers *normalizers;
	struct normalizing *normalizing;	/* one a cell */
	struct hooking *hooking;	/* NULL: no hooks */
	struct hooked *hooked;		/* what they made of outputs, one a cell: for page.c */
	struct diag *diag;		/* for what is wrong with that */
	int signal;			/* that asked us to stop: SIGINT, what is there is wanted;
					 * another one, nothing is to be written */
	bool is_cut;			/* it was outdated before it came to its end */
};

/*
 * Run a document.  False when it could not even begin (said); results are
 * there in any case.  notebook_release ends it.
 */
bool notebook_run(struct notebook *n, struct graph *g, const struct blocks *b,
    struct str root, const struct notebook_options *o, struct diag *d);
void notebook_release(struct notebook *n);

#endif
