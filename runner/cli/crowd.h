/*
 * The documents of a run: one, in this process, or several at once, each in a
 * process of its own, and told in the order of the documents (crew.h).
 *
 * Whatever is printed while a document runs, to stdout or stderr, comes out as if
 * they had run one after another; each has its own bound on messages of an id.
 */
#ifndef RUNNER_CLI_CROWD_H
#define RUNNER_CLI_CROWD_H

#include <stdbool.h>

#include "runner/cli/desk.h"

struct load;
struct performance;

/*
 * Run those documents of the load that are wanted and the selection touches.  What
 * became of them is in the diag and in the reports.  False when it did not come to
 * its end: a signal, which the invocation then has, or --stop.
 */
bool crowd_run(struct performance *p, struct load *l, enum desk_use use);

#endif
