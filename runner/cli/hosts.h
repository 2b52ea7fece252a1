/*
 * Hosts for sanitizers.
 *
 * A sanitizer's runtime has to be in a process from its start, and linked in by
 * the compiler whose objects it serves.  So a session with such cells runs in a
 * program made of host.o, all of skein-host, by their compiler: a request like
 * any other, which the cache answers but for the first time.
 *
 * One process has one sanitizer, or some that go together, of one compiler: of
 * the first cell of the session that has any.  Cells that have a process of their
 * own (session=none) are in each other's way only where they share one host.
 */
#ifndef RUNNER_CLI_HOSTS_H
#define RUNNER_CLI_HOSTS_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct built;
struct cell;
struct compile_request;
struct diag;
struct hosted;
struct job;
struct objects;

enum host_state {
	HOST_USUAL,		/* skein-host */
	HOST_WAITS,
	HOST_BUILT,
	HOST_ABSENT		/* it cannot be had: said */
};

struct hosts {
	struct objects *objects;
	struct diag *diag;
	struct hosted *list;	/* one a session that needs one */
	size_t n;
};

/* What the sessions need, asked for.  The objects are open. */
void hosts_open(struct hosts *h, struct objects *o, struct diag *d);

/* The host of the cell's session, in *image (an executable's bytes) once it is built. */
enum host_state hosts_of(const struct hosts *h, const struct cell *c, struct str *image);

/* Which of them that is: 0 for the usual one. */
size_t hosts_number(const struct hosts *h, const struct cell *c);

/* One of them, for who keeps accounts: its request, what came of it, what it is called. */
const struct compile_request *hosts_request(const struct hosts *h, size_t i);
const struct built *hosts_built(const struct hosts *h, size_t i, struct str *name);

/* Does the cell want what the host of its session has not?  Says so. */
bool hosts_refuse(const struct hosts *h, const struct job *j);

#endif
