/*
 * The past of a session, and the ways back to it.
 *
 * One way is a frozen copy of the host from before some cell; the other is to
 * run again what has succeeded since.  A copy costs one to two milliseconds and
 * slows down what is written after it, a warm cell much less; so a copy is made
 * before a cell that may well fail, and when running again would cost more than
 * about five of them, and more than anyone notices.
 */
#ifndef RUNNER_SESSION_CHECKPOINT_H
#define RUNNER_SESSION_CHECKPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "runner/session/run.h"

/* One cell that has succeeded, in order. */
struct past_step {
	struct session_run run;
	uint64_t digest;	/* of what it printed */
	int64_t cost;		/* nanoseconds */
};

struct past {			/* all zero when new */
	struct past_step *steps;
	size_t n, cap;
	size_t nsources;	/* the first of them are objects of sources= */
	pid_t frozen;		/* 0: there is no copy */
	size_t frozen_at;	/* steps that it has seen */
	uint32_t threads;	/* that the host had then */
	int64_t freeze_cost;	/* nanoseconds that the last one took */
	int64_t replay;		/* that running again may take, 0: PATIENCE copies */
};

void past_release(struct past *p);

/* An object of sources=, before any cell. */
void past_add_source(struct past *p, const struct session_object *o);

/* A cell that has succeeded. */
void past_add(struct past *p, const struct session_run *r, uint64_t digest, int64_t cost);

/* Forget the cells; those of sources= stay. */
void past_forget(struct past *p);

/* Is there a step among [from, to) that must not be run again? */
bool past_is_barred(const struct past *p, size_t from, size_t to);

/* Shall a copy be made before r? */
bool past_wants_copy(const struct past *p, const struct session_run *r);

void past_frozen(struct past *p, pid_t pid, uint32_t threads, int64_t cost);

#endif
