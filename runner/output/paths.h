/*
 * Folders that are elsewhere on each machine, in what was printed.
 */
#ifndef RUNNER_OUTPUT_PATHS_H
#define RUNNER_OUTPUT_PATHS_H

#include <stddef.h>

#include "tangle/base/str.h"

struct buf;

struct path_word {
	struct str path;	/* absolute, no slash at its end; empty: none */
	struct str word;	/* what stands for it: "$TMPDIR" */
};

/*
 * Append the text with each of these paths replaced by its word, wherever it
 * is a whole path or the front of one.  Of several that fit the longest counts.
 */
void paths_replace(struct buf *to, struct str text, const struct path_word *words, size_t n);

#endif
