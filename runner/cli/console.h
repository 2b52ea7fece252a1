/*
 * Console blocks, run: transcript -> sh in the document's tree -> outputs.
 */
#ifndef RUNNER_CLI_CONSOLE_H
#define RUNNER_CLI_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/cli/tree.h"
#include "runner/output/compare.h"
#include "runner/session/shell.h"

struct arena;
struct cell;
struct cell_result;
struct cells;
struct diag;
struct hooking;
struct key;
struct outcome;
struct scratch;
struct session_run;

/* What the console blocks of a document share: the tree, once one is run. */
struct console {
	struct str root, document;	/* absolute */
	struct str cache;		/* the cache's folder, or empty */
	const struct scratch *scratch;
	const struct cells *cells;
	bool is_open;
	struct tree tree;
	const char *arguments[8];	/* folder and environment */
	size_t narguments;
	struct shell shell;		/* of the block that runs */
};

/* What one block gave. */
struct console_result {
	size_t nrun;			/* how many commands were begun */
	const struct shell_part *parts;	/* what they printed */
	const struct str *made;		/* that, as it stands below them */
};

/* Prepare a run of this block; false after an error. */
bool console_begin(struct console *c, const struct cell *cell, struct session_run *run,
    struct arena *a, struct diag *d);

/* Add what decides what the block gives to a key: what is in the tree, and what is done. */
void console_key(const struct console *c, const struct cell *cell, struct key *k);

/* Does one of its commands read the document, as far as can be seen? */
bool console_reads(const struct cell *cell, struct str document);

/* What its outcome means; the outcome is changed to what a reader is to know. */
const struct console_result *console_end(struct console *c, const struct cell *cell,
    struct outcome *o, struct arena *a);

/* Where the block stands in the document now, which may have moved since it ran, it failed. */
void console_place(const struct console_result *r, const struct cell *cell, struct outcome *o,
    struct arena *a);

/* The same with what the hooks of its project make of the outputs; NULL after an error. */
const struct console_result *console_hooked(const struct console_result *r, const struct cell *cell,
    struct hooking *h, struct arena *a, struct diag *d);

/*
 * Compare with what the document has recorded.  One text a command, to be put
 * below it; data is NULL where what is there stays.
 */
enum comparison console_compare(const struct console_result *r, const struct cell *cell,
    const struct comparing *how, struct arena *a, const struct str **texts);

/* Say which commands were not run, or ended with another status than recorded. */
void console_report(const struct cell *cell, const struct cell_result *r, struct diag *d);

/* NULL is not needed: fine if no block ran. */
void console_close(struct console *c);

#endif
