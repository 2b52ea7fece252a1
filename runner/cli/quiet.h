/*
 * A file that somebody is saving: what it holds when he is done.
 *
 * Editors empty a file and write it again in pieces, or take it away and put
 * another one in its place.  What is there in between is nobody's text.
 */
#ifndef RUNNER_CLI_QUIET_H
#define RUNNER_CLI_QUIET_H

#include <stddef.h>

#include "tangle/base/spot.h"

struct diag;

enum quiet {
	QUIET_WHOLE,		/* nobody has written for a moment */
	QUIET_GONE,		/* it is not there, and did not come back */
	QUIET_BUSY,		/* it is still being written after seconds */
	QUIET_FAILED		/* said */
};

/* Wait for it.  A text of less than half the usual size is given more time to grow. */
enum quiet quiet_wait(struct str path, size_t usual, struct file_state *now, struct diag *d);

#endif
