#define _GNU_SOURCE	/* ppoll, __WALL */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/host/host.h"

/* SIGCHLD only has to end ppoll. */
static void
child_died(int signal)
{
	(void)signal;
}

static void
reap(void)
{
	struct report r = { .type = REPORT_DIED };

	while ((r.pid = waitpid(-1, &r.status, WNOHANG | __WALL)) > 0)
		(void)report_send(PROTOCOL_FD, &r, NULL);
}

static void
spawn(uint64_t number, const int fds[PROTOCOL_FDS], const sigset_t *usual)
{
	struct report r = { .type = REPORT_SPAWNED, .number = number };

	r.pid = fork();
	if (r.pid == 0) {
		signal(SIGCHLD, SIG_DFL);
		sigprocmask(SIG_SETMASK, usual, NULL);
		close(PROTOCOL_FD);
		host_serve(fds);
	}
	if (r.pid == -1)
		r.status = errno;
	(void)report_send(PROTOCOL_FD, &r, NULL);
}

static bool
is_child(pid_t pid)
{
	siginfo_t info;

	return pid > 0 && waitid(P_PID, (id_t)pid, &info,
	    WEXITED | WNOHANG | WNOWAIT | __WALL) == 0;
}

static pid_t kept[PROTOCOL_PAYLOAD / sizeof(pid_t)];	/* what comes with an order */

static void
obey(const struct order *o, const int fds[PROTOCOL_FDS], const sigset_t *usual)
{
	struct report r = { .type = REPORT_SWEPT, .number = o->number };
	size_t nkept = o->size / sizeof *kept;

	switch ((enum order_type)o->type) {
	case ORDER_SPAWN:
		spawn(o->number, fds, usual);
		break;
	case ORDER_SIGNAL:
		/* A child that we have not reaped keeps its number; others are not ours. */
		if (is_child(o->pid))
			(void)kill(o->pid, o->signal);
		break;
	case ORDER_SWEEP:
		r.count = warden_sweep(o->pid, kept, nkept);
		reap();
		(void)report_send(PROTOCOL_FD, &r, NULL);
		break;
	case ORDER_COUNT:
		r.type = REPORT_COUNT;
		r.count = warden_count(kept, nkept, o->nargs, o->memory, &r.value);
		(void)report_send(PROTOCOL_FD, &r, NULL);
		break;
	case ORDER_RUN:
		break;
	}
}

void
warden_serve(void)
{
	struct sigaction on_child = { .sa_handler = child_died };
	sigset_t block, usual;
	struct order o;
	int fds[PROTOCOL_FDS];

	sigemptyset(&block);
	sigaddset(&block, SIGCHLD);
	sigprocmask(SIG_BLOCK, &block, &usual);
	sigaction(SIGCHLD, &on_child, NULL);
	for (;;) {
		struct pollfd p = { .fd = PROTOCOL_FD, .events = POLLIN };

		reap();
		if (ppoll(&p, 1, NULL, &usual) == -1)
			continue;
		reap();		/* a death is told before what is asked after it */
		if (!order_receive(PROTOCOL_FD, &o, (char *)kept, fds, 0))
			break;
		obey(&o, fds, &usual);
		descriptors_close(fds);
	}
	/* The supervisor is gone; nothing of ours shall outlive it. */
	warden_sweep(0, NULL, 0);
	_exit(0);
}
