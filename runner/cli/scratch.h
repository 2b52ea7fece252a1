/*
 * A document's tangled targets, as a tree that compilers can include from.
 *
 * While a document runs, its targets exist below a folder of the cache that is
 * named by their content, so that it is made once and never changes; nothing
 * in the project is written.
 */
#ifndef RUNNER_CLI_SCRATCH_H
#define RUNNER_CLI_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct arena;
struct blocks;
struct diag;
struct graph;

struct scratch_file {
	struct str path, text;		/* below the tree */
	int mode;			/* as the document wants it; -1: not said */
};

struct scratch {
	struct str path;		/* absolute; empty: the document has no targets */
	const struct str *folders;	/* of it, that hold headers; absolute */
	size_t nfolders;
	const struct str *files;	/* absolute */
	size_t nfiles;
	const struct scratch_file *targets;	/* one a file */
	bool is_new;			/* made just now */
	bool is_temporary;		/* to be removed at the end */
};

/* False after an error.  `cache` is the cache's folder, or empty. */
bool scratch_make(struct scratch *s, struct graph *g, const struct blocks *b,
    struct str cache, struct arena *a, struct diag *d);
void scratch_release(struct scratch *s);

#endif
