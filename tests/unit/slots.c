/* Job slots: of our own, of a jobserver, and given back however a process ends. */
#undef NDEBUG
#define _GNU_SOURCE	/* pipe2 */
#include "runner/build/slots.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/build/loop.h"
#include "tangle/base/diag.h"

static struct diag diag;
static int make_in, make_out;

static struct slots *
open_with(const char *flags)
{
	struct slots *t;

	setenv("MAKEFLAGS", flags, 1);
	t = slots_open(0, &diag);
	assert(t);
	return t;
}

static size_t
take_all(struct slots *t)
{
	size_t n = 0;

	while (slots_take(t))
		n++;
	return n;
}

static void
test_own(void)
{
	struct slots *t = slots_open(3, &diag);

	assert(slots_most(t) == 3 && take_all(t) == 2 && !slots_take(t));
	slots_give(t);
	assert(slots_take(t) && !slots_take(t));
	slots_close(t);
	t = slots_new(1);
	assert(!slots_take(t));
	slots_close(t);
	unsetenv("MAKEFLAGS");
	t = slots_open(0, &diag);
	assert(slots_most(t) == slots_processors() && take_all(t) == slots_processors() - 1);
	slots_close(t);
	slots_close(NULL);
}

/* What stands in make's pipe, which is left empty. */
static const char *
there(void)
{
	static char bytes[16];
	struct pollfd p = { .fd = make_in, .events = POLLIN };
	ssize_t n = poll(&p, 1, 0) == 1 ? read(make_in, bytes, sizeof bytes - 1) : 0;

	assert(n >= 0);
	bytes[n] = '\0';
	return bytes;
}

static void
put(const char *bytes)
{
	assert(write(make_out, bytes, strlen(bytes)) == (ssize_t)strlen(bytes));
}

static void
test_pipe(void)
{
	char flags[128];
	struct slots *t;

	/* the last counts, and what make's variables hold does not */
	snprintf(flags, sizeof flags, "k --jobserver-auth=90,91 -j3 --jobserver-auth=%d,%d -- A=--jobserver-auth=92,93",
	    make_in, make_out);
	put("ab");
	t = open_with(flags);
	assert(take_all(t) == 2);
	assert((fcntl(make_in, F_GETFL) & O_NONBLOCK) == 0);	/* make's end is as it was */
	slots_give(t);
	slots_close(t);
	assert(strlen(there()) == 2);
	put("ab");
	t = open_with(flags);
	assert(take_all(t) == 2);
	slots_give(t);
	slots_give(t);
	assert(strcmp(there(), "ba") == 0);	/* the same that were taken */
	slots_close(t);
	assert(strcmp(there(), "") == 0);	/* and none twice */
	t = slots_open(2, &diag);		/* what the user says wins */
	assert(take_all(t) == 1);
	slots_close(t);
	snprintf(flags, sizeof flags, " --jobserver-fds=%d,%d -j", make_in, make_out);
	put("x");
	t = open_with(flags);
	assert(take_all(t) == 1);
	slots_close(t);
	assert(strcmp(there(), "x") == 0 && diag.warnings == 0);
}

/* A child that holds all of make's tokens and ends in its way gives them back. */
static void
ends(const char *flags, int by_signal, int twice)
{
	int status;
	pid_t pid;

	put("ab");
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		struct slots *t;
		struct loop *l;

		signal(SIGINT, SIG_DFL);	/* who runs us in the background may ignore them */
		signal(SIGQUIT, SIG_DFL);
		t = open_with(flags);
		l = loop_new();

		assert(take_all(t) == 2 && l);
		if (by_signal == 0)
			exit(0);
		raise(by_signal);
		if (twice)
			raise(by_signal);
		_exit(9);
	}
	assert(waitpid(pid, &status, 0) == pid);
	assert(by_signal == 0 ? WIFEXITED(status) : WIFSIGNALED(status) && WTERMSIG(status) == by_signal);
	assert(strlen(there()) == 2);
}

/* A worker that is killed: its parent gives back what it held, and only that. */
static void
test_worker(const char *flags)
{
	struct slots *t;
	int ready[2], status;
	pid_t pid;

	put("abc");
	t = open_with(flags);
	assert(slots_take(t) && pipe2(ready, O_CLOEXEC) == 0);
	pid = fork();
	if (pid == 0) {
		slots_adopt(t, 7);
		assert(take_all(t) == 2 && write(ready[1], "", 1) == 1);
		for (;;)
			pause();
	}
	assert(read(ready[0], &(char){0}, 1) == 1 && !slots_take(t));
	kill(pid, SIGKILL);
	assert(waitpid(pid, &status, 0) == pid && strcmp(there(), "") == 0);
	slots_recover(t, 7);
	slots_recover(t, 7);
	assert(strlen(there()) == 2);
	slots_close(t);
	assert(strlen(there()) == 1);
}

static void
test_fifo(void)
{
	char folder[] = "/tmp/skein-slots-XXXXXX", path[64], flags[128];
	struct slots *t;
	int fd;

	assert(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/a fifo", folder);
	assert(mkfifo(path, 0600) == 0 && (fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)) != -1);
	assert(write(fd, "+-", 2) == 2);
	snprintf(flags, sizeof flags, " -j3 --jobserver-auth=fifo:%s/a\\ fifo", folder);
	t = open_with(flags);
	assert(take_all(t) == 2 && slots_fd(t) != -1);
	slots_close(t);
	assert(read(fd, path, 8) == 2 && diag.warnings == 0);
	close(fd);
	snprintf(path, sizeof path, "%s/a fifo", folder);
	assert(unlink(path) == 0 && rmdir(folder) == 0);
}

/* What cannot be used is one warning, and one token. */
static void
test_broken(void)
{
	static const char *const flags[] = { " -j2 --jobserver-auth=98,99", " --jobserver-auth=-2,-2",
	    " --jobserver-auth=fifo:/nowhere", " --jobserver-auth=fifo:/dev/null", " --jobserver-auth=",
	    " --jobserver-auth=x,y" };

	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
		size_t before = diag.warnings;
		struct slots *t = open_with(flags[i]);

		assert(diag.warnings == before + 1 && slots_most(t) == 1 && !slots_take(t));
		slots_close(t);
	}
}

static void
test_shown(void)
{
	static const char *const yes[] = { "n", "kn -j2", "ns --jobserver-auth=3,4" };
	static const char *const no[] = { "", "k", " -n", "--no-print-directory", "-n", "CC=gnu", " --" };

	for (size_t i = 0; i < 3; i++) {
		setenv("MAKEFLAGS", yes[i], 1);
		assert(slots_only_shown());
	}
	for (size_t i = 0; i < 7; i++) {
		setenv("MAKEFLAGS", no[i], 1);
		assert(!slots_only_shown());
	}
	unsetenv("MAKEFLAGS");
	assert(!slots_only_shown());
}

int
main(void)
{
	FILE *null = fopen("/dev/null", "w");
	char flags[64];
	int pipe_ends[2];

	assert(null && pipe2(pipe_ends, O_CLOEXEC) == 0);
	diag_init(&diag, null, DIAG_COLOR_NEVER);
	make_in = pipe_ends[0];
	make_out = pipe_ends[1];
	snprintf(flags, sizeof flags, " --jobserver-auth=%d,%d", make_in, make_out);
	test_own();
	test_pipe();
	ends(flags, 0, 0);
	ends(flags, SIGTERM, 1);
	ends(flags, SIGINT, 1);
	ends(flags, SIGQUIT, 0);
	ends(flags, SIGABRT, 0);
	test_worker(flags);
	test_fifo();
	test_broken();
	test_shown();
	diag_release(&diag);
	fclose(null);
	return 0;
}
