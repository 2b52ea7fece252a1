/*
 * keeper COMMAND...: run it, and see to it that nothing of it lives on.
 *
 * Whoever loses its parent becomes a child of ours, whatever it did to its
 * group, session, name, descriptors or environment.  Two seconds after the
 * command has ended there must be none left: what is, is named and ended, and
 * our status is 99.  Else it is the command's.
 */
#define _GNU_SOURCE	/* PR_SET_CHILD_SUBREAPER, __WALL */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE = 2000, STEP = 10 };	/* ms */

/* Our children, each by its stat line; false if there are none. */
static bool
name_children(bool end)
{
	char path[64], line[256];
	int pid;
	bool any = false;
	FILE *list, *stat;

	snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
	list = fopen(path, "r");
	while (list && fscanf(list, "%d", &pid) == 1) {
		any = true;
		snprintf(path, sizeof path, "/proc/%d/stat", pid);
		stat = end ? fopen(path, "r") : NULL;
		if (stat && fgets(line, sizeof line, stat))
			fprintf(stderr, "keeper: survivor: %.80s\n", line);
		if (stat)
			fclose(stat);
		if (end)
			(void)kill(pid, SIGKILL);
	}
	if (list)
		fclose(list);
	return any;
}

/* Take in who is dead. */
static void
bury(void)
{
	while (waitpid(-1, NULL, WNOHANG | __WALL) > 0)
		;
}

int
main(int argc, char **argv)
{
	const struct timespec step = { 0, STEP * 1000000L };
	int status = 0, waited;
	pid_t pid;

	if (argc < 2 || prctl(PR_SET_CHILD_SUBREAPER, 1) == -1)
		return 2;
	pid = fork();
	if (pid == 0) {
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (pid == -1)
		return 2;
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	bury();
	for (waited = 0; name_children(false) && waited < PATIENCE; waited += STEP) {
		nanosleep(&step, NULL);
		bury();
	}
	if (name_children(true)) {
		while (name_children(true)) {
			nanosleep(&step, NULL);
			bury();
		}
		return 99;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
