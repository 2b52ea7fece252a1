/*
 * Everything that came from the warden, found by who is whose child.
 *
 * Groups and sessions do not tell: a cell's child may have made its own.  But
 * whoever loses its parent becomes a child of the warden, so the tree below it
 * is complete.
 */
#define _GNU_SOURCE	/* getdents64 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runner/host/host.h"

enum {
	QUEUE = 8192,		/* of a larger tree the rest is found in the next round */
	PATIENCE = 5,		/* seconds until what cannot be killed is left alone */
	CROWD = 60		/* and while others are still found, who can be */
};

struct census {
	const pid_t *keep;
	size_t nkeep;
	pid_t groups[PROTOCOL_PAYLOAD / sizeof(pid_t)];	/* of those: a cell may have joined any */
	bool kill;
	uint32_t enough;	/* tasks: no more are looked for */
	uint32_t living;	/* found alive, not kept */
	uint32_t stuck;		/* of them, in the kernel: these cannot be killed now */
	uint32_t tasks;		/* their threads */
	uint64_t resident;	/* bytes, where several share some more than once */
	size_t n;
	pid_t queue[QUEUE];
};

static struct census census;	/* not the heap's: see host.h */

static ssize_t
read_file(const char *path, char *to, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd == -1)
		return -1;
	n = read(fd, to, size - 1);
	close(fd);
	if (n >= 0)
		to[n] = '\0';
	return n;
}

struct standing {
	char state;
	pid_t parent, group;
	uint32_t threads;
};

/* False if there is no such process. */
static bool
look_up(pid_t pid, struct standing *s)
{
	char path[40], text[512];
	const char *after;
	long number;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	if (read_file(path, text, sizeof text) <= 0)
		return false;
	after = strrchr(text, ')');	/* the name before it may hold anything */
	if (!after || sscanf(after, ") %c %d%d%*d%*d%*d%*u%*u%*u%*u%*u%*u%*u%*d%*d%*d%*d%ld",
	    &s->state, &s->parent, &s->group, &number) != 4)
		return false;
	s->threads = (uint32_t)number;
	return true;
}

/* Bytes in memory, from a file of few numbers. */
static uint64_t
resident(pid_t pid)
{
	char path[40], text[128];
	unsigned long pages;

	snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
	if (read_file(path, text, sizeof text) <= 0 || sscanf(text, "%*u %lu", &pages) != 1)
		return 0;
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* The same, with its part only of what others have too; this costs a walk of its memory. */
static uint64_t
proportional(pid_t pid)
{
	char path[48], text[2048];
	const char *at;

	snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
	if (read_file(path, text, sizeof text) <= 0 || !(at = strstr(text, "\nPss:")))
		return resident(pid);
	return strtoul(at + 5, NULL, 10) * 1024;
}

static bool
is_kept(pid_t pid)
{
	size_t i;

	for (i = 0; i < census.nkeep; i++)
		if (census.keep[i] == pid)
			return true;
	return false;
}

static bool
is_kept_group(pid_t group)
{
	size_t i;

	for (i = 0; i < census.nkeep; i++)
		if (census.groups[i] == group)
			return true;
	return false;
}

/*
 * With all of its group, if nobody in there is kept: against one call for all of
 * them no fork can win, as it can against one call each.
 */
static void
end(pid_t pid, pid_t group)
{
	if (group > 1 && group != getpgrp() && !is_kept_group(group))
		(void)kill(-group, SIGKILL);
	(void)kill(pid, SIGKILL);
}

static void
found(pid_t pid)
{
	struct standing its;

	if (!look_up(pid, &its) || its.state == 'Z' || its.state == 'X')
		return;
	if (!is_kept(pid)) {
		census.living++;
		census.stuck += its.state == 'D';
		census.tasks += its.threads;
		if (!census.kill)
			census.resident += resident(pid);
		if (census.kill)
			end(pid, its.group);
	}
	if (census.n < QUEUE)
		census.queue[census.n++] = pid;
}

/* Call fn(name, arg) for each entry that is a number. */
static void
each_number(const char *path, void (*fn)(long number, pid_t arg), pid_t arg)
{
	char bytes[2048] __attribute__((aligned(8)));
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ssize_t n, at;

	if (fd == -1)
		return;
	while ((n = getdents64(fd, bytes, sizeof bytes)) > 0) {
		for (at = 0; at < n; ) {
			const struct dirent64 *e = (const void *)(bytes + at);

			if (e->d_name[0] >= '1' && e->d_name[0] <= '9')
				fn(strtol(e->d_name, NULL, 10), arg);
			at += e->d_reclen;
		}
	}
	close(fd);
}

/* A list of numbers, each followed by a blank. */
static void
children_of_thread(long tid, pid_t pid)
{
	char path[64], text[4096];
	ssize_t n, i;
	pid_t child = 0;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/task/%ld/children", (int)pid, tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return;
	while ((n = read(fd, text, sizeof text)) > 0) {
		for (i = 0; i < n; i++) {
			if (text[i] >= '0' && text[i] <= '9') {
				child = child * 10 + (text[i] - '0');
				continue;
			}
			if (child)
				found(child);
			child = 0;
		}
	}
	close(fd);
}

static void
child_if_parent(long pid, pid_t parent)
{
	struct standing its;

	if (look_up((pid_t)pid, &its) && its.parent == parent)
		found((pid_t)pid);
}

/* Kernels without CONFIG_PROC_CHILDREN have no list, only each one's parent. */
static void
children_of(pid_t pid)
{
	static int listed = -1;
	char path[64];

	if (listed == -1) {
		snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
		listed = access(path, R_OK) == 0;
	}
	if (listed) {
		snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
		each_number(path, children_of_thread, pid);
	} else {
		each_number("/proc", child_if_parent, pid);
	}
}

static uint32_t
take(bool to_kill, const pid_t *keep, size_t nkeep, uint32_t enough)
{
	size_t i;

	census.keep = keep;
	census.nkeep = nkeep;
	for (i = 0; i < nkeep; i++)
		census.groups[i] = getpgid(keep[i]);
	census.kill = to_kill;
	census.enough = enough;
	census.living = census.stuck = census.tasks = 0;
	census.resident = 0;
	census.n = 1;
	census.queue[0] = getpid();
	for (i = 0; i < census.n && census.tasks <= enough; i++)
		children_of(census.queue[i]);
	return census.living;
}

/* A clock that nobody sets. */
static time_t
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

uint32_t
warden_count(const pid_t *keep, size_t nkeep, uint32_t tasks, uint64_t enough, uint64_t *memory)
{
	size_t i;

	(void)take(false, keep, nkeep, tasks ? tasks : UINT32_MAX);
	*memory = census.resident;
	if (enough == 0 || census.tasks > census.enough || census.resident <= enough || census.living < 2)
		return census.tasks;
	*memory = 0;
	for (i = 1; i < census.n && *memory <= enough; i++)
		if (!is_kept(census.queue[i]))
			*memory += proportional(census.queue[i]);
	return census.tasks;
}

uint32_t
warden_sweep(pid_t group, const pid_t *keep, size_t nkeep)
{
	time_t began = seconds();
	uint32_t most = 0, n;

	/* All of a group at once: no fork of theirs can win against that. */
	if (group > 0)
		(void)kill(-group, SIGKILL);
	while ((n = take(true, keep, nkeep, UINT32_MAX)) > 0 &&
	    seconds() <= began + (census.stuck < n ? CROWD : PATIENCE)) {
		if (n > most)
			most = n;
		sched_yield();
	}
	return most;
}
