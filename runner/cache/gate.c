#define _GNU_SOURCE	/* F_OFD_SETLK */
#include "runner/cache/gate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runner/cache/folder.h"
#include "tangle/base/trace.h"

/* Requests have the bytes below 2^62. */
static struct flock
byte_of(enum gate g, short type)
{
	return (struct flock){ .l_type = type, .l_whence = SEEK_SET, .l_len = 1,
	    .l_start = (off_t)((INT64_C(1) << 62) + (int)g) };
}

bool
gate_enter(struct folder *f, enum gate g, enum gate_hold how)
{
	struct flock lock = byte_of(g, how == GATE_ALONE ? F_WRLCK : F_RDLCK);

	return f->locks == -1 || fcntl(f->locks, F_OFD_SETLK, &lock) == 0 ||
	    (errno != EAGAIN && errno != EACCES);
}

void
gate_leave(struct folder *f, enum gate g)
{
	struct flock lock = byte_of(g, F_UNLCK);

	if (f->locks != -1 && fcntl(f->locks, F_OFD_SETLK, &lock) == -1)
		trace("cache", "cannot unlock: %s", strerror(errno));
}

bool
gate_is_held(struct folder *f, enum gate g)
{
	struct flock lock = byte_of(g, F_WRLCK);

	return f->locks != -1 && fcntl(f->locks, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}
