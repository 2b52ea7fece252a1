#define _GNU_SOURCE	/* F_OFD_SETLK */
#include "tangle/base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/hash.h"
#include "tangle/base/root.h"
#include "tangle/base/trace.h"

enum { SHORTEST_NAP = 5, LONGEST_NAP = 100 };	/* milliseconds */

/* One document has one lock, by whatever path it is named. */
static void
name_lock(struct lock *l, struct str what)
{
	char hex[HASH_HEX + 1], real[PATH_MAX];
	struct buf path = {0};

	if (what.len == 0) {
		snprintf(l->name, sizeof l->name, "lock");
		return;
	}
	buf_add(&path, what);
	if (realpath(buf_cstr(&path), real))
		what = str_of(real);
	digest_hex(hash_of(what), hex);
	snprintf(l->name, sizeof l->name, "lock.%.16s", hex);
	buf_release(&path);
}

enum attempt { GOT, TAKEN, AGAIN, FAILED };

/* Is the file that we have locked still the one of that name? */
static enum attempt
is_current(const struct lock *l)
{
	struct stat ours, theirs;

	if (fstat(l->fd, &ours) == -1)
		return FAILED;
	if (fstatat(l->folder, l->name, &theirs, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? AGAIN : FAILED;
	/* If not, its holder has just removed it, and somebody made a new one. */
	return ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev ? GOT : AGAIN;
}

static enum attempt
lock_file(int fd)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, F_OFD_SETLK, &whole) == 0)
		return GOT;
	if (errno == EAGAIN || errno == EACCES)
		return TAKEN;
	return errno == EINTR ? AGAIN : FAILED;
}

/* For the message of another run, which is all that suffers if it fails. */
static void
write_holder(int fd)
{
	char pid[32];
	int n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());

	if (ftruncate(fd, 0) == 0 && write(fd, pid, (size_t)n) != n)
		trace("lock", "the holder's number could not be written");
}

/* On TAKEN the descriptor stays open, to read the holder's name. */
static enum attempt
attempt(struct lock *l)
{
	enum attempt result;
	int why;

	l->fd = openat(l->folder, l->name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (l->fd == -1)
		return errno == EINTR ? AGAIN : FAILED;
	result = lock_file(l->fd);
	if (result == GOT)
		result = is_current(l);
	if (result == GOT) {
		write_holder(l->fd);
	} else if (result != TAKEN) {
		why = errno;
		close(l->fd);
		errno = why;
	}
	return result;
}

static void
say_taken(const struct lock *l, struct str what, struct diag *d)
{
	struct source file = { .name = what };
	char pid[32] = "";
	ssize_t n = pread(l->fd, pid, sizeof pid - 1, 0);
	struct str rest, line = n > 0 ? (struct str){ pid, (size_t)n } : (struct str){0};

	line = str_cut(line, '\n', &rest);
	diag_error(d, STATUS_CONFLICT, what.len ? place_file(&file) : PLACE_NONE, "locked",
	    line.len ? "another skein is at work here: process %.*s"
	    : "another skein is at work here%.*s", STR_ARG(line));
}

static long
milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* GOT, TAKEN, or FAILED, which is said. */
static enum attempt
attempt_now(struct lock *l, struct diag *d)
{
	enum attempt result;

	do
		result = attempt(l);
	while (result == AGAIN);
	if (result == FAILED)
		diag_errno(d, "lock", STR(".skein/lock"));
	return result;
}

static bool
wait_for(struct lock *l, struct str what, int seconds, struct diag *d)
{
	long until = milliseconds() + (seconds > 0 ? seconds * 1000L : 0);
	long nap = SHORTEST_NAP;

	for (;;) {
		enum attempt result = attempt_now(l, d);

		if (result != TAKEN)
			return result == GOT;
		if (seconds != LOCK_FOREVER && milliseconds() >= until) {
			say_taken(l, what, d);
			close(l->fd);
			return false;
		}
		close(l->fd);
		if (nap == SHORTEST_NAP)
			trace("lock", "waits for another run");
		nanosleep(&(struct timespec){ 0, nap * 1000000 }, NULL);
		nap = nap * 2 < LONGEST_NAP ? nap * 2 : LONGEST_NAP;
	}
}

static bool
find_folder(struct lock *l, const struct root *root, struct str what, struct diag *d)
{
	*l = (struct lock){ .fd = -1 };
	name_lock(l, what);
	l->folder = root_state(root, d);
	return l->folder != -1;
}

enum lock_answer
lock_try(struct lock *l, const struct root *root, struct str what, struct diag *d)
{
	enum attempt result;

	if (!find_folder(l, root, what, d))
		return LOCK_FAILED;
	result = attempt_now(l, d);
	l->held = result == GOT;
	if (result == TAKEN)
		close(l->fd);
	if (!l->held)
		close(l->folder);
	return l->held ? LOCK_TAKEN : result == TAKEN ? LOCK_BUSY : LOCK_FAILED;
}

bool
lock_take(struct lock *l, const struct root *root, struct str what, int seconds,
    struct diag *d)
{
	if (!find_folder(l, root, what, d))
		return false;
	l->held = wait_for(l, what, seconds, d);
	if (!l->held)
		close(l->folder);
	return l->held;
}

void
lock_release(struct lock *l)
{
	if (!l->held)
		return;
	/* Removed while it is held: who waits for it finds that out (is_current). */
	unlinkat(l->folder, l->name, 0);
	close(l->fd);
	close(l->folder);
	l->held = false;
}
