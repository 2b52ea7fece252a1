/*
 * A program that compilers are started by: ccache, distcc and their like.
 *
 * The user names it in SKEIN_LAUNCHER; a document cannot.  It is taken at its word
 * that it runs the compiler it is given, so it is no part of any key.  What it
 * makes is used while it is silent about itself; when it fails the compiler is
 * started without it, so that it never decides what is said.
 */
#ifndef RUNNER_BUILD_LAUNCHER_H
#define RUNNER_BUILD_LAUNCHER_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct arena;
struct diag;

struct launcher {
	const struct str *words;	/* its path, and what stood behind it */
	size_t n;			/* 0: there is none */
	const char *const *environment;	/* the compilers', and its own settings */
};

/* A warning `no-launcher` if the one that is named is not to be found. */
void launcher_find(struct launcher *l, struct arena *a, struct diag *d);

/* Is a line of what was printed the launcher's own? */
bool launcher_speaks(const struct launcher *l, struct str text);

#endif
