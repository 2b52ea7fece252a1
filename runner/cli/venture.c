#define _GNU_SOURCE	/* pipe2 */
#include "runner/cli/venture.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tangle/base/arena.h"
#include "tangle/base/buf.h"

enum { MOST_KEPT = 64 << 10, TICK = 20, GRACE = 2000 /* ms */ };

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static _Noreturn void
be_child(int (*fn)(void *arg), void *arg, pid_t parent, const int ends[2])
{
	int nothing = open("/dev/null", O_RDONLY), status;

	(void)setpgid(0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || (nothing != -1 && dup2(nothing, 0) == -1) || dup2(ends[0], 1) == -1 ||
	    dup2(ends[1], 2) == -1)
		_exit(127);
	status = fn(arg);
	fflush(NULL);
	_exit(status);
}

/* What is there by now; what is too much is read and dropped.  False at its end. */
static bool
take(int fd, struct buf *to)
{
	char bytes[4096];
	ssize_t n;

	while ((n = read(fd, bytes, sizeof bytes)) > 0) {
		size_t room = MOST_KEPT - to->len;

		buf_add(to, (struct str){ bytes, (size_t)n < room ? (size_t)n : room });
	}
	return n == -1 && (errno == EAGAIN || errno == EINTR);
}

/* Asked to end it takes what it has started along; then it is not asked any more. */
static void
dismiss(pid_t pid)
{
	int64_t until = now_ms() + GRACE;
	int status;

	(void)kill(pid, SIGTERM);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (now_ms() >= until)
			(void)kill(pid, SIGKILL);
		(void)poll(NULL, 0, TICK);
	}
}

/*
 * Until the child itself has ended; what it left behind may hold the pipes open.  We look
 * at it every now and then, since that needs neither a signal handler nor a pidfd.
 */
static void
follow(struct venture *v, pid_t pid, const int fds[2], struct buf texts[2], int64_t until)
{
	struct pollfd polls[2] = { { fds[0], POLLIN, 0 }, { fds[1], POLLIN, 0 } };
	int status = 0;
	pid_t got;

	while ((got = waitpid(pid, &status, WNOHANG)) == 0 || (got == -1 && errno == EINTR)) {
		if (now_ms() >= until) {
			v->end = VENTURE_TIMED_OUT;
			break;
		}
		(void)poll(polls, 2, TICK);
		for (int i = 0; i < 2; i++)
			if (polls[i].fd != -1 && !take(fds[i], &texts[i]))
				polls[i].fd = -1;
	}
	if (v->end == VENTURE_TIMED_OUT)
		dismiss(pid);
	(void)kill(-pid, SIGKILL);
	for (int i = 0; i < 2; i++)
		(void)take(fds[i], &texts[i]);
	if (v->end == VENTURE_TIMED_OUT)
		return;
	v->end = WIFSIGNALED(status) ? VENTURE_SIGNALED : VENTURE_DONE;
	v->number = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

static bool
open_pipes(int ours[2], int theirs[2])
{
	for (int i = 0; i < 2; i++) {
		int ends[2];

		if (pipe2(ends, O_CLOEXEC) == -1)
			return false;
		ours[i] = ends[0];
		theirs[i] = ends[1];
		(void)fcntl(ours[i], F_SETFL, O_NONBLOCK);
	}
	return true;
}

static void
close_all(int fds[2])
{
	for (int i = 0; i < 2; i++)
		if (fds[i] != -1)
			close(fds[i]);
}

void
venture(struct venture *v, int (*fn)(void *arg), void *arg, int seconds, struct arena *a)
{
	int ours[2] = { -1, -1 }, theirs[2] = { -1, -1 };
	struct buf texts[2] = {0};
	pid_t parent = getpid(), pid = -1;

	*v = (struct venture){ .end = VENTURE_NOT_STARTED };
	fflush(NULL);
	if (open_pipes(ours, theirs))
		pid = fork();
	if (pid == 0)
		be_child(fn, arg, parent, theirs);
	v->number = errno;
	close_all(theirs);
	if (pid > 0) {
		(void)setpgid(pid, pid);
		follow(v, pid, ours, texts, now_ms() + (int64_t)seconds * 1000);
	}
	close_all(ours);
	v->out = buf_take(&texts[0], a);
	v->err = buf_take(&texts[1], a);
}

bool
venture_is_well(const struct venture *v)
{
	return v->end == VENTURE_DONE && v->number == 0;
}

struct str
venture_how(const struct venture *v, struct arena *a)
{
	switch (v->end) {
	case VENTURE_DONE:
		return arena_printf(a, "ended with status %d", v->number);
	case VENTURE_SIGNALED:
		return arena_printf(a, "ended by signal %d (%s)", v->number, strsignal(v->number));
	case VENTURE_TIMED_OUT:
		return STR("did not end in time");
	case VENTURE_NOT_STARTED:
		return arena_printf(a, "no process could be started: %s", strerror(v->number));
	}
	return STR("");
}
