/*
 * What the process of a session starts with, as its cells say it: variables of
 * its environment, and its working folder.
 *
 * A process has one of each, and libraries read variables when they are loaded:
 * so all that the cells of a session say holds for the whole of it.  Two that
 * contradict each other are an error.  With session=none each cell has its own.
 */
#ifndef RUNNER_CLI_SURROUNDINGS_H
#define RUNNER_CLI_SURROUNDINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct arena;
struct cell;
struct cells;
struct diag;
struct root;

struct surroundings {
	const char *const *env;		/* NAME=value */
	size_t nenv;
	const char *folder;		/* absolute; NULL: the document's */
	struct str key;			/* the same for the same */
};

/*
 * Those of the session that this cell runs in.  `path` is the absolute one of
 * the root.  False after an error: what this cell says is not what they are.
 */
bool surroundings_of(struct surroundings *s, const struct cells *cells, const struct cell *c,
    const struct root *root, struct str path, struct arena *a, struct diag *d);

/* A cell's own variables, the caller's values in them; their number is returned. */
size_t surroundings_env(const struct cell *c, struct arena *a, const char *const **env);

#endif
