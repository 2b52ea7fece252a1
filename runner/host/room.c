/*
 * Room for descriptors of ours when a cell has used up all that it may have.
 *
 * The soft limit, which cells live with, is below the hard one; while an order
 * comes in and its object is loaded the hard one holds.
 */
#define _GNU_SOURCE	/* prlimit */
#include <sys/resource.h>

#include "runner/host/host.h"

enum { ROOM = 16 };

static struct rlimit wide, usual;
static bool is_open;

void
room_prepare(void)
{
	if (getrlimit(RLIMIT_NOFILE, &wide) == -1)
		return;
	usual = wide;
	if (wide.rlim_cur == wide.rlim_max && wide.rlim_max > 4 * ROOM) {
		usual.rlim_cur -= ROOM;
		(void)setrlimit(RLIMIT_NOFILE, &usual);
	}
	wide.rlim_cur = wide.rlim_max;
}

void
room_open(void)
{
	if (is_open)
		return;
	is_open = true;
	if (prlimit(0, RLIMIT_NOFILE, &wide, &usual) == 0)
		return;
	/* The cell has lowered the hard one: up to there, then. */
	if (getrlimit(RLIMIT_NOFILE, &usual) == 0) {
		struct rlimit most = { usual.rlim_max, usual.rlim_max };

		(void)setrlimit(RLIMIT_NOFILE, &most);
	}
}

void
room_close(void)
{
	if (is_open)
		(void)setrlimit(RLIMIT_NOFILE, &usual);
	is_open = false;
}
