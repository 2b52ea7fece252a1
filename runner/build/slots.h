/*
 * Job slots: leave to compute, shared by all that computes at once.
 *
 * A slot, or its token, is one running document or one compiler.  Who computes at all has
 * one that need not be taken; more come from the jobserver of a GNU make that
 * we run under (--jobserver-auth in MAKEFLAGS, a pipe or a fifo), else from a
 * pool of our own, of --jobs, or one a processor.
 *
 * What is held is noted in memory that forked workers share, a row for each:
 * a worker's tokens are given back by whoever comes first, itself or its
 * parent when it died.  slots_close, exit() and signals that end the process
 * give back all, those of workers too; only a SIGKILL loses them, as it loses
 * make's own.
 */
#ifndef RUNNER_BUILD_SLOTS_H
#define RUNNER_BUILD_SLOTS_H

#include <stdbool.h>
#include <stddef.h>

struct diag;
struct slots;

enum { SLOTS_MOST = 256, SLOTS_ROWS = SLOTS_MOST + 1 };

/*
 * `jobs` (up to SLOTS_MOST) is what the user said, and wins; 0 is nothing.
 * A jobserver that cannot be used is a warning, and there is one token then.
 */
struct slots *slots_open(size_t jobs, struct diag *d);

/* A pool of our own; NULL with errno when the system has no descriptors left. */
struct slots *slots_new(size_t jobs);

/* As many as there are processors. */
size_t slots_processors(void);

/* Gives back what is held.  NULL is fine. */
void slots_close(struct slots *t);

/* How many can be held at once, with the first, by all together. */
size_t slots_most(const struct slots *t);

/* Hold one more, if there is one: this does not wait. */
bool slots_take(struct slots *t);

/* One that was taken. */
void slots_give(struct slots *t);

/* Can be read when it is worth while to try again; -1: never. */
int slots_fd(const struct slots *t);

/* In a forked worker: its row, from 1 to SLOTS_ROWS - 1. */
void slots_adopt(struct slots *t, size_t row);

/* In its parent, once it is gone: give back what it held. */
void slots_recover(struct slots *t, size_t row);

/* Does the make that we run under only want to see what would be done (make -n)? */
bool slots_only_shown(void);

#endif
