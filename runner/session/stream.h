/*
 * What one stream of a cell printed: its head and its tail, and how much.
 *
 * Pipes for as long as the session lives, whose write ends the hosts get, and
 * which cells use in turn; and what has been read since the cell's begin.  Memory is bounded by `kept`
 * however much is printed.  Nothing waits for an end of file, which a child of
 * a cell could hold back for ever.
 *
 * Behind the head most bytes are thrown away, so they are not even copied: they
 * are moved to a second pipe, `aside`, out of whose front they go to /dev/null
 * while more than a tail's length stands there.
 */
#ifndef RUNNER_SESSION_STREAM_H
#define RUNNER_SESSION_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "runner/session/outcome.h"
#include "runner/session/protocol.h"
#include "tangle/base/buf.h"

struct arena;
struct timeline;

struct stream {
	int fd;			/* our end of the pipe in use, never blocks */
	struct stream_pipe {
		int fd;
		int write_fd;	/* for hosts */
		bool is_empty;	/* as a look has shown */
	} pipes[PROTOCOL_PIPES];
	size_t pipe;		/* the one in use */
	bool is_looked;		/* and nothing has been revoked since */
	size_t kept;
	uint64_t total;
	struct buf head;	/* up to half of kept */
	char *ring;		/* the last half of kept, but for what is aside */
	size_t ring_size;
	int aside[2], nothing;	/* -1: there is none */
	size_t naside;		/* bytes there, the last of all */
	bool has_aside;		/* it was tried */
	struct timeline *when;	/* of what is read; NULL: nobody asks */
	bool is_err;
};

/* False if the system has no pipe for us: errno says why. */
bool stream_open(struct stream *s, bool is_err);
void stream_close(struct stream *s);	/* fine for one that is all zero */

/* What lies in a pipe that nobody uses now was printed by nobody. */
void stream_discard(struct stream *s, size_t pipe);

/*
 * Forget what was read; from now on that pipe is read.  What came late into the
 * one before, from a thread for example, is the beginning of it.  What is read
 * stands in the timeline, too, if there is one.
 */
void stream_begin(struct stream *s, size_t pipe, size_t kept, struct timeline *when);

/* Read once. */
void stream_read(struct stream *s);

/* Read what is in the pipe now, and no more than it can hold. */
void stream_drain(struct stream *s);

/*
 * Look into all pipes of both at once.  Those that are empty are not read by
 * what follows, until that is revoked: call it when time has passed.
 */
void stream_look(struct stream *out, struct stream *err);
void stream_revoke(struct stream *out, struct stream *err);

struct captured stream_take(struct stream *s, struct arena *a);

/* Equal for equal contents; else most likely different. */
uint64_t stream_digest(const struct captured *c);

#endif
