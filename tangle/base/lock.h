/*
 * One run at a time.
 *
 * A lock is a file in .skein/ that a process holds by an open-file lock: the
 * kernel gives it back when the process ends, however it ends, so that a lock
 * is never stale.  The file names the holder, for the message.
 */
#ifndef TANGLE_BASE_LOCK_H
#define TANGLE_BASE_LOCK_H

#include <limits.h>
#include <stdbool.h>

#include "tangle/base/str.h"

struct diag;
struct root;

struct lock {			/* all zero: not held */
	bool held;
	int folder, fd;
	char name[NAME_MAX + 1];
};

enum { LOCK_FOREVER = -1 };

/*
 * Take the lock on `what`: a document's path, or "" for the project's targets.
 * Waits so many seconds for another run to end; then, or with 0 at once, says
 * who holds it: status 9.
 */
bool lock_take(struct lock *l, const struct root *root, struct str what, int seconds,
    struct diag *d);

enum lock_answer { LOCK_TAKEN, LOCK_BUSY, LOCK_FAILED };

/* The same without waiting: busy, and nothing is said, if another run has it. */
enum lock_answer lock_try(struct lock *l, const struct root *root, struct str what,
    struct diag *d);
void lock_release(struct lock *l);

#endif
