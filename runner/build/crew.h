/*
 * Tasks done by several processes at once, told in the order of the tasks.
 *
 * A worker is a fork of this process: it has all that was made before.  It does one
 * task after another, so that a fork and its page faults are paid for once; what a
 * task says must not depend on those before it, and one that cannot promise that is
 * the last of its worker.  Each task needs a token (slots.h).  What it prints to stdout and
 * stderr, and what it sends, comes to the parent as pieces, each with a kind, and
 * is given to `take` there in the order of the tasks and, within one, as it was
 * printed.  What comes before its turn waits, in memory up to a bound, then in a
 * file.
 *
 * A worker that dies takes its task along and nothing else.
 */
#ifndef RUNNER_BUILD_CREW_H
#define RUNNER_BUILD_CREW_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct diag;
struct slots;

enum { CREW_OUT, CREW_ERR, CREW_OWN };	/* printed; from CREW_OWN on, the user's kinds */

struct crew_plan {
	size_t ntasks;
	struct slots *slots;
	void *arg;
	/*
	 * In a worker: do that task.  stdout and stderr are such as reach the parent.
	 * False: this process is not to do another one.
	 */
	bool (*work)(void *arg, size_t task);
	/* In the parent, in order.  Pieces of a kind may come joined, or cut. */
	void (*take)(void *arg, size_t task, int kind, struct str bytes);
	/* In the parent, at once: what a worker tells. */
	void (*hear)(void *arg, size_t task, struct str words);
	/*
	 * In the parent, in order: a task is over.  `died` is 0, or the status of the
	 * worker that died with it (as waitpid has it).  False: all others are stopped,
	 * and nothing more is told of them.
	 */
	bool (*over)(void *arg, size_t task, int died);
	/* In the parent, in order, when a signal asked us to stop: a task was under way. */
	void (*cut)(void *arg, size_t task);
};

/*
 * Do all tasks.  Returns the signal that asked us to stop, or 0; then nothing
 * runs any more, whatever happened.
 */
int crew_run(const struct crew_plan *p, struct diag *d);

/* ---- in a worker ---- */

/* Is this one? */
bool crew_is_worker(void);

/* A piece of a kind of the user's own, behind what was printed so far. */
void crew_send(int kind, struct str bytes);

/* Tell something at once, in whatever order. */
void crew_tell(struct str words);

/*
 * Wait until all earlier tasks are over, and did not stop the others.  False: it
 * is asked to stop.
 */
bool crew_turn(void);

#endif
