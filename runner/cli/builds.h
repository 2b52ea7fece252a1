/*
 * What build systems are told of a run: which files it makes, what they depend
 * on, and that it succeeded.
 */
#ifndef RUNNER_CLI_BUILDS_H
#define RUNNER_CLI_BUILDS_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct arena;
struct buf;
struct diag;
struct load;
struct node;
struct targets;

struct build_files {
	struct str depfile, stamp, map, output;	/* empty: not asked for */
	const struct str *made;		/* files as the user names them */
	size_t nmade;
};

/*
 * The paths of all targets, as they are named from where the user stands.  One
 * that is refused is reported and left out.  `only`: that of one node, or NULL.
 */
struct str *builds_paths(const struct targets *groups, size_t ngroups,
    const struct node *only, bool trusted, struct arena *a, size_t *n, struct diag *d);

/*
 * Before the run: none of the files may be a document, nor one of what is made (status 6).
 */
bool builds_check(const struct load *l, const struct build_files *f, struct diag *d);

/*
 * Give a file of the user's this content, if it has another one; "-" is standard
 * output.  The mode, or -1.
 */
bool builds_put(struct str path, struct str text, int mode, struct diag *d);

/*
 * After a run that succeeded: write the map and the depfile, then touch the stamp.  A stamp
 * stays as it was when a document was saved meanwhile, so that the next build
 * looks again.
 */
bool builds_finish(struct load *l, const struct build_files *f, struct diag *d);

#endif
