/*
 * Where a file stands in its repository, as GitHub calls it.
 *
 * Its top is the outermost folder with a .git on the way from $GITHUB_WORKSPACE to the
 * file, so that a checkout below the workspace is found and a submodule is not taken
 * for one; without a workspace, the nearest with a .git.
 */
#ifndef RUNNER_CLI_WORKSPACE_H
#define RUNNER_CLI_WORKSPACE_H

#include "tangle/base/str.h"

struct arena;
struct buf;

/* Relative to that top; as it is named if it has none. */
struct str workspace_path(struct str file, struct arena *a);

/*
 * Append a link to a line of it ("https://github.com/.../docs/a.md?plain=1#L12"), or
 * nothing where the environment does not say of which commit.
 */
void workspace_link(struct str path, long long line, struct buf *to);

#endif
