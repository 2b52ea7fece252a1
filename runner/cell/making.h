/*
 * Cells while they are made: what cell.c and celloptions.c share.  Nobody else looks in here.
 */
#ifndef RUNNER_CELL_MAKING_H
#define RUNNER_CELL_MAKING_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/cell/cell.h"
#include "tangle/project/option.h"

struct making {
	struct graph *graph;
	const struct blocks *blocks;
	const struct root *root;
	struct arena *arena;
	struct diag *diag;
	struct str *files;	/* that were read */
	size_t nfiles, filescap;
	const struct options *own;	/* of the block of the cell being made, with its values in them */
	bool saw_bad;		/* an option of the cell being made was refused */
};

/* An option, or NULL if it was not given, or was refused. */
const struct option *making_find(struct making *m, const struct options *options, const char *key);

/* The block's word wins over the document's; NULL if nobody said anything. */
const struct option *making_said(struct making *m, const struct block *b, const char *key);

/* The document's words, then the block's; returns how many. */
size_t making_words(struct making *m, const struct block *b, const char *key,
    const struct word **words);

/* A file that is read for a cell. */
void making_add_file(struct making *m, struct str path);

/* What `std` says for the language; the name of the session. */
struct word making_standard(struct making *m, const struct block *b, bool is_cxx);
struct str making_session(struct making *m, const struct block *b);

/* All that the options of a cell's block and of its document say. */
void cell_take_options(struct making *m, struct cell *c);

#endif
