/*
 * What the drivers in this folder share: files in one go, and `skein` started
 * without a shell.  They stop at what they cannot do themselves.
 */
#ifndef TESTS_FAULTS_DRIVE_H
#define TESTS_FAULTS_DRIVE_H

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { MOST = 1 << 12 };	/* bytes of a file */

static inline void
need(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(2);
}

static inline void
put_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	need(fd != -1, path);
	need(write(fd, text, strlen(text)) == (ssize_t)strlen(text), path);
	close(fd);
}

/* The file's text, NUL-terminated; false if there is no such file. */
static inline bool
get_file(const char *path, char text[MOST])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n;

	text[0] = '\0';
	if (fd == -1)
		return false;
	n = read(fd, text, MOST - 1);
	need(n >= 0, path);
	text[n] = '\0';
	close(fd);
	return true;
}

/* What it prints goes to the file `said`, from its front. */
static inline pid_t
start(const char *const argv[])
{
	posix_spawn_file_actions_t files;
	pid_t pid;

	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&files, 2, "../said", O_WRONLY | O_CREAT | O_TRUNC, 0644);
	need(posix_spawn(&pid, argv[0], &files, NULL, (char *const *)argv, environ) == 0, argv[0]);
	posix_spawn_file_actions_destroy(&files);
	return pid;
}

/* The exit status, or 128 and the signal. */
static inline int
end_of(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) == -1)
		need(errno == EINTR, "waitpid");
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static inline long
microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static inline void
pause_for(long us)
{
	nanosleep(&(struct timespec){ us / 1000000, us % 1000000 * 1000 }, NULL);
}

static unsigned long long dice;

static inline unsigned
roll(unsigned sides)
{
	dice = dice * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(dice >> 33) % sides;
}

#endif
