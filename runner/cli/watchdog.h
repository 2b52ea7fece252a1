/*
 * A limit on the time that reading a document takes.
 *
 * libcmark cannot be stopped, and there may be texts, unknown to us, for which
 * it takes for ever.  What we know of those never reaches it (skeleton.h); this
 * is for the rest.  Over the limit the process says so and exits with status 7,
 * from a signal's handler: nothing was written yet, and nothing is locked.  Only
 * the program may do that, so it stands here and not in the library.
 */
#ifndef RUNNER_CLI_WATCHDOG_H
#define RUNNER_CLI_WATCHDOG_H

#include <stddef.h>

#include "tangle/base/str.h"

/* Reading this document may take processor time in proportion to its size. */
void watchdog_start(struct str path, size_t bytes);

void watchdog_stop(void);

#endif
