/*
 * The past of a session, and the ways back to it.
 *
 * One way is a frozen copy of the host from before some cell; the other is to
 * run again what has succeeded since.  A copy costs one to two milliseconds and
 * slows down what is written after it, a warm cell much less; so a copy is made
 * before a cell that may well fail, and when running again would cost more than
 * about five of them, and more than anyone notices.
 *
 * A session that only runs on needs the newest copy.  One that is rewound keeps
 * a chain of them, made more freely, and bounded in count and memory: those
 * that are missed least are given up, so that they stand the closer together
 * the newer they are.
 */
#ifndef RUNNER_SESSION_CHECKPOINT_H
#define RUNNER_SESSION_CHECKPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "runner/session/protocol.h"
#include "runner/session/run.h"

/* One cell that has succeeded, in order. */
struct past_step {
	struct session_run run;
	uint64_t digest;	/* of what it printed */
	int64_t cost;		/* nanoseconds */
};

/* The host, frozen. */
struct copy {
	pid_t pid;
	size_t at;		/* steps that it has seen */
	uint32_t threads;	/* that the host had then */
	uint64_t bytes;		/* that it holds alone, when that was last looked at */
};

/* Bytes of the kernel and libc for a process, at least. */
#define PAST_PROCESS	(128 * 1024)

/* All zero when new, but for the four that are options. */
struct past {
	struct past_step *steps;
	size_t n, cap;
	size_t nsources;	/* the first of them are objects of sources= */
	struct copy copies[PROTOCOL_COPIES];	/* the newest last; none has seen more than n */
	size_t ncopies;
	int64_t freeze_cost;	/* nanoseconds that the last one took */
	size_t edited;		/* steps that the last rewind left, 0: there was none */
	uint64_t held;		/* bytes that copies hold beside the host, at most */

	size_t most;		/* copies; more than one: it will be rewound */
	uint64_t memory;	/* bytes that they may hold, 0: any */
	int64_t replay;		/* nanoseconds of running again, 0: as the copies cost */
};

void past_release(struct past *p);

/* An object of sources=, before any cell. */
void past_add_source(struct past *p, const struct session_object *o);

/* A cell that has succeeded. */
void past_add(struct past *p, const struct session_run *r, uint64_t digest, int64_t cost);

/* Is there a step among [from, to) that must not be run again? */
bool past_is_barred(const struct past *p, size_t from, size_t to);

/* Shall a copy be made before r? */
bool past_wants_copy(const struct past *p, const struct session_run *r);

/* A copy of this moment, which took so long; one may have to be given up then. */
void past_add_copy(struct past *p, pid_t pid, uint32_t threads, int64_t cost);

/* The newest that has seen no more than n steps, or NULL. */
const struct copy *past_copy(const struct past *p, size_t n);

/* The copy that is to be given up, as there are too many, or NULL. */
const struct copy *past_excess(const struct past *p);

/* The one that is missed least for what it takes; NULL if there is but the newest. */
const struct copy *past_needless(const struct past *p);

/* This copy is no more; false if it was none. */
bool past_lose(struct past *p, pid_t pid);

#endif
