/*
 * The one loop: descriptors and deadlines, one thread.
 *
 * Compiler processes and the session hosts are watched here, so that cells
 * compile while others run.  A callback may add and remove anything,
 * itself too.
 */
#ifndef RUNNER_BUILD_LOOP_H
#define RUNNER_BUILD_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;

typedef void loop_fn(void *arg);

/*
 * NULL (with errno) when the system has no descriptors left.  Loops may be
 * nested; they share the signals below.
 */
struct loop *loop_new(void);
void loop_free(struct loop *l);

/*
 * In a library the signals are the program's: loops that this thread makes
 * from now on (or, given false, no longer) leave them alone and are asked to
 * stop by nobody.  Returns how it was.
 */
bool loop_leave_signals(bool leave);

/* Call fn(arg) when fd can be read or has hung up.  One watch per fd. */
void loop_watch(struct loop *l, int fd, loop_fn *fn, void *arg);
void loop_unwatch(struct loop *l, int fd);

/* Monotonic nanoseconds. */
int64_t loop_now(void);

/* Call fn(arg) once, not before `when` (loop_now's clock). Returns an id for loop_cancel. */
unsigned long loop_at(struct loop *l, int64_t when, loop_fn *fn, void *arg);
void loop_cancel(struct loop *l, unsigned long id);	/* 0 and past ids are fine */

/*
 * Wait for the next event and make its calls.  Returns false when nothing is
 * watched and no deadline is set.  A SIGINT, SIGTERM or SIGHUP that arrived is
 * kept: see loop_signal.
 */
bool loop_step(struct loop *l);

/*
 * The signal that asks us to stop, 0 if none came.  From loop_new to loop_free
 * these signals no longer end the process; the caller stops its work and ends
 * with 128 + the signal.  A second one while the first is being answered ends
 * the process at once.
 */
int loop_signal(const struct loop *l);

/*
 * SIGINT asks for something less: fn(arg) is called from loop_step, once for
 * all that came before it was looked.  One loop at a time may want this.
 */
void loop_on_interrupt(struct loop *l, loop_fn *fn, void *arg);

/*
 * Call fn, in the signal's handler, before a second signal ends the process: for
 * what would be lost with it.
 */
void loop_last_act(void (*fn)(void));

/*
 * In a forked process that goes on as a program of its own: its parent's loops
 * are no longer known, and signals are as they were before them.
 */
void loop_forked(void);

/* As if that signal had come: loop_signal gives it. */
void loop_stop(struct loop *l, int signal);

#endif
