/*
 * A revision of a git repository, and what differs from it now.
 *
 * git is asked for two things only: which commit a name means, and the names and
 * digests of that commit's files.  What stands in the working tree is looked at here.
 * So nothing that a repository's configuration and attributes name is run (filters,
 * textconv, external diffs, the file system monitor, hooks), no bit of the index hides
 * a change, and untracked files count like any other.  git may neither fetch nor ask.
 */
#ifndef RUNNER_CLI_REVISION_H
#define RUNNER_CLI_REVISION_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct arena;
struct diag;
struct revision;

/*
 * Of the repository whose top is that folder (an absolute path, links resolved).  "REV..."
 * means where REV and HEAD parted.  What it reads is kept in the arena.  NULL after an error:
 * `unknown-revision` (2), or `git` (8) when git is missing or fails.
 */
struct revision *revision_open(struct str top, struct str name, struct arena *a, struct diag *d);
void revision_close(struct revision *r);

enum difference_now {
	NOW_SAME,
	NOW_DIFFERS,		/* or is new, or gone */
	NOW_NEITHER		/* it is neither there now nor then */
};

/* What has become of an absolute path; of one outside of the repository nothing is known: the same. */
enum difference_now revision_ask(struct revision *r, struct str path);

/* Call with the path (below the top) of every file that the revision has. */
void revision_each(const struct revision *r, void (*fn)(void *arg, struct str path), void *arg);

#endif
