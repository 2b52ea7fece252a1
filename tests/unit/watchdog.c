/* The watchdog ends a process that reads for ever, with its message and status. */
#undef NDEBUG
#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#include "runner/cli/watchdog.c"

/* What the child's standard error holds when it is gone. */
static size_t
read_end(int fd, char *to, size_t size)
{
	size_t n = 0;
	ssize_t got;

	while ((got = read(fd, to + n, size - n)) > 0)
		n += (size_t)got;
	return n;
}

int
main(void)
{
	static const struct itimerval soon = { .it_value = { .tv_usec = 20000 } };
	char said[2048];
	int pipes[2], status;
	pid_t child;
	size_t n;

	assert(pipe(pipes) == 0);
	child = fork();
	assert(child != -1);
	if (child == 0) {
		dup2(pipes[1], STDERR_FILENO);
		close(pipes[1]);
		watchdog_start(STR("a\033b.md"), 0);
		setitimer(ITIMER_PROF, &soon, NULL);
		for (;;)
			;
	}
	close(pipes[1]);
	n = read_end(pipes[0], said, sizeof said);
	assert(waitpid(child, &status, 0) == child);
	assert(WIFEXITED(status) && WEXITSTATUS(status) == STATUS_LIMIT);
	assert(str_starts((struct str){ said, n }, STR("skein: error: a\\x1bb.md: reading it took")));
	assert(str_ends((struct str){ said, n }, STR("[too-slow]\n")));

	/* Stopped, it does nothing, and signals are as they were. */
	watchdog_start(STR("a.md"), 0);
	watchdog_stop();
	assert(signal(SIGPROF, SIG_DFL) == SIG_DFL);
	return 0;
}
