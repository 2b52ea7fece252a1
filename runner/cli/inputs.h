/*
 * What a document's run rests on, besides the compilers and the system.
 *
 * That is told from texts alone, so that it is the same on each machine, whatever was
 * run there before: the document, those of which it uses blocks, its settings, the
 * files that it names, its targets, and every file that a #include in any of these can
 * mean.  Where a header might stand and does not is an input too, since it may come.
 *
 * What cells open and commands read by themselves is not known, here as elsewhere.
 */
#ifndef RUNNER_CLI_INPUTS_H
#define RUNNER_CLI_INPUTS_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/map.h"
#include "tangle/base/str.h"

struct arena;
struct diag;
struct load;

struct inputs {
	struct map paths;		/* absolute, "." and ".." taken out -> anything */
	struct str *patterns;		/* the same of sources=src/t*.c, for fnmatch(3) */
	size_t npatterns;
	struct str unknown;		/* why they cannot be told, as a phrase; or empty */
};

/*
 * Of the k-th document.  Files are read for their #include only below `top`.  What is
 * wrong with it is said to `silent`: who runs it says it again.  All lives in the load's
 * arena, but for the map, which the caller releases.
 */
void inputs_find(struct inputs *to, struct load *l, size_t k, struct str top, struct diag *silent);

/* The path without "." and "..": absolute, of what need not be there. */
struct str inputs_path(struct str folder, struct str path, struct arena *a);

#endif
