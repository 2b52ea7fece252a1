/*
 * Which compilers are here, and whether each makes something that runs: tried by running
 * small documents with it.
 */
#ifndef RUNNER_CLI_COMPILERS_H
#define RUNNER_CLI_COMPILERS_H

#include <stdbool.h>

#include "tangle/base/str.h"

struct arena;
struct findings;
struct specimens;

/* Is there a compiler of that name?  *what: its path and version, or why not. */
bool compilers_find(const char *name, struct str *what, struct arena *a);

/*
 * `chosen`: what cells get that do not say cc, and `by` whom ("the default").  Tells of
 * all, and whether a notebook can run at all: an error if not.
 */
void compilers_try(struct findings *f, const struct specimens *s, struct str chosen, struct str by);

#endif
