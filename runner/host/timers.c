/*
 * Timers that a cell has set and that have not gone off: they would hit a later
 * cell, which knows nothing of them.  Frozen copies have none either.
 */
#define _GNU_SOURCE	/* syscall */
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "runner/host/host.h"

enum { MOST = 4096 };	/* that are looked for */

static bool
stop_intervals(void)
{
	struct itimerval none = {0}, old[3] = {0};
	size_t i;

	(void)setitimer(ITIMER_REAL, &none, &old[0]);
	(void)setitimer(ITIMER_VIRTUAL, &none, &old[1]);
	(void)setitimer(ITIMER_PROF, &none, &old[2]);
	for (i = 0; i < 3; i++)
		if (old[i].it_value.tv_sec || old[i].it_value.tv_usec)
			return true;
	return false;
}

/*
 * The kernel numbers timers of a process as they come, from 0 on: a new one
 * tells which numbers were given away since the last cell.
 */
static bool
stop_posix(void)
{
	static pid_t process;
	static int next;
	struct sigevent quiet = { .sigev_notify = SIGEV_NONE };
	bool any = false;
	int id;

	if (process != host.self)
		next = 0;
	process = host.self;
	if (syscall(SYS_timer_create, CLOCK_MONOTONIC, &quiet, &id) == -1)
		return false;
	(void)syscall(SYS_timer_delete, id);
	if (id - next > MOST)
		next = id - MOST;
	for (; next < id; next++)
		if (syscall(SYS_timer_delete, next) == 0)
			any = true;
	next = id + 1;
	return any;
}

bool
timers_stop(void)
{
	bool intervals = stop_intervals(), posix = stop_posix();

	return intervals || posix;
}
