/*
 * A document that nobody wrote for skein: what its blocks are, and with which
 * options they run.
 *
 * Options are found by trying: the document is run as it is, then with what
 * might help, a bounded number of times, and an option stays only if more cells
 * run with it.  What cannot run is said to be shown or compiled only, so that
 * in the end a check of the document is clean, or it is known what is left.
 * Nothing is written here; the edits are for whoever asked.
 */
#ifndef RUNNER_CLI_ADOPTION_H
#define RUNNER_CLI_ADOPTION_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/cell/nature.h"
#include "runner/cli/remedy.h"
#include "runner/cli/trial.h"
#include "runner/cli/wishes.h"
#include "tangle/base/arena.h"

struct notebook;
struct slots;

/* What becomes of a block. */
enum fate {
	FATE_SHOWN,		/* no cell */
	FATE_RUNS,		/* as is expected of it */
	FATE_COMPILES,		/* and is not run */
	FATE_DIFFERS,		/* runs, but its output is not what is recorded */
	FATE_UNBUILT,		/* does not compile */
	FATE_BLOCKED,
	FATE_FAILS,
	FATE_UNUSABLE		/* its options are wrong, or a tool is missing */
};

struct adopted_block {
	const struct block *block;
	bool is_cell;
	bool converts;			/* becomes the output of the cell above it */
	bool contradicts;		/* stands where that would, and is not what the cell prints */
	enum nature nature;		/* of a cell */
	enum fate before, after;
	struct str why, still;		/* it does not run: as it is, with the edits */
	struct wishes wishes;
	enum carrier carrier;
	struct remedies remedies;
};

struct adoption {
	struct arena arena;
	const struct invocation *invocation;
	struct slots *slots;		/* for compilers */
	struct trial as_is, *now;	/* the document as it is, and as edited so far */
	bool is_in_doubt;		/* options of the document made errors fewer, but nothing run */
	const struct document *document;	/* as it is */
	struct adopted_block *blocks;	/* all of the document, in order */
	size_t n;
	struct wishes wishes;		/* of the document */
	struct str unmade;		/* what is lacking as the project was not built; or empty */
	enum carrier carrier;
	bool needs_top;			/* a comment of the document's, so that the next is a block's */
	struct embed_edit *edits;	/* in order */
	size_t nedits;
	bool is_clean;			/* a check of the edited document is */
	bool is_broken;			/* no edit of it can be read back */
	int signal;			/* that ended it */
};

/* Has the document nothing that is ours: no option, no output, no program? */
bool adoption_is_untouched(const struct blocks *b);

/*
 * Look at a document.  `carriers` (of CARRIERS) say where options go, -1: where the
 * document has its own, else in comments: [0] of blocks, [1] of the document.  With
 * `untouched`, a run of the document as it is, that one is not run again.  False
 * after a message, or a signal.
 */
bool adoption_make(struct adoption *a, const struct invocation *i, struct slots *slots,
    const struct document *d, const int carriers[2], const struct notebook *untouched);
void adoption_release(struct adoption *a);

#endif
