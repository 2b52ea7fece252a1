/*
 * The tree that a document's console blocks work in.
 *
 * It holds the document and its tangled targets, by their paths below the
 * project's root, and may be written.  It stands in the cache by the document's
 * name, so that its path is the same in each run; each run finds it as if it
 * were new.  Who comes while another run works in it gets one for himself.
 */
#ifndef RUNNER_CLI_TREE_H
#define RUNNER_CLI_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct arena;
struct diag;
struct scratch_file;

struct tree {
	struct str folder;	/* absolute; NUL-terminated, as the others */
	struct str files;	/* of it: where commands begin */
	struct str temp;	/* of it: their HOME and TMPDIR */
	int lock;
	bool is_temporary;	/* to be removed at the end */
};

/*
 * `document` is its real path, `cache` the cache's folder, or empty.  False
 * after a message.
 */
bool tree_open(struct tree *t, const struct scratch_file *files, size_t n, struct str document,
    struct str cache, struct arena *a, struct diag *d);
void tree_close(struct tree *t);

#endif
