/*
 * Something tried in a child of ours, which may crash, hang or give up rights there:
 * what came of it, and what it printed.
 *
 * The child is a copy of this process and starts no program by itself, so that it can
 * be had where neither our own path nor /proc is known.  It leads a group of its own;
 * when its time is up it is asked to end, and then the group is killed.
 */
#ifndef RUNNER_CLI_VENTURE_H
#define RUNNER_CLI_VENTURE_H

#include <stdbool.h>

#include "tangle/base/str.h"

struct arena;

enum venture_end {
	VENTURE_DONE,		/* number: what it returned */
	VENTURE_SIGNALED,	/* number: the signal */
	VENTURE_TIMED_OUT,
	VENTURE_NOT_STARTED	/* number: errno */
};

struct venture {
	enum venture_end end;
	int number;
	struct str out, err;	/* their first 64 KiB */
};

/* Call it in a child, with stdin empty; it returns an exit status.  Nothing may be under way in this process. */
void venture(struct venture *v, int (*fn)(void *arg), void *arg, int seconds, struct arena *a);

/* It returned 0. */
bool venture_is_well(const struct venture *v);

/* "ended with status 3", "did not end within 15 s", ... */
struct str venture_how(const struct venture *v, struct arena *a);

#endif
