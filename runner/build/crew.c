#define _GNU_SOURCE	/* fopencookie, pidfd_open, SOCK_CLOEXEC with socketpair */
#include "runner/build/crew.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/build/loop.h"
#include "runner/build/spool.h"
#include "runner/build/slots.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/mem.h"

enum {
	END = -1, LEAVE = -2, TELL = -3, TURN = -4,	/* kinds of frames beside the user's */
	PART = 65536,				/* a frame has no more */
	IN_MEMORY = 8 << 20,			/* of what waits */
	TASKS_EACH = 64,			/* then a worker gives its memory back */
	GRACE = 5				/* seconds to end in, when asked to */
};

struct head {			/* of a frame, worker to parent */
	int32_t kind;
	uint32_t length;
};

/* What a worker is told: a number of a task, or that it is its turn. */
static const uint64_t GO = UINT64_MAX;
static const size_t NONE = SIZE_MAX;

/* ---- in a worker ---------------------------------------------------------------------- */

static struct {
	int fd;			/* the other end is the parent's */
	bool is_alone;		/* the parent is gone */
} here = { .fd = -1 };

bool
crew_is_worker(void)
{
	return here.fd != -1;
}

static void
send_all(const void *bytes, size_t n)
{
	const char *at = bytes;

	while (n > 0 && !here.is_alone) {
		ssize_t done = send(here.fd, at, n, MSG_NOSIGNAL);

		if (done == -1 && errno != EINTR)
			here.is_alone = true;
		at += done > 0 ? done : 0;
		n -= done > 0 ? (size_t)done : 0;
	}
}

static void
send_frame(int kind, struct str bytes)
{
	do {
		struct str part = str_slice(bytes, 0, PART);
		struct head h = { kind, (uint32_t)part.len };

		send_all(&h, sizeof h);
		send_all(part.data, part.len);
		bytes = str_slice(bytes, part.len, bytes.len);
	} while (bytes.len > 0);
}

static ssize_t
write_out(void *cookie, const char *bytes, size_t n)
{
	(void)cookie;
	send_frame(CREW_OUT, (struct str){ bytes, n });
	return (ssize_t)n;
}

/* What was printed to the other before it comes before it. */
static ssize_t
write_err(void *cookie, const char *bytes, size_t n)
{
	(void)cookie;
	fflush(stdout);
	send_frame(CREW_ERR, (struct str){ bytes, n });
	return (ssize_t)n;
}

void
crew_send(int kind, struct str bytes)
{
	fflush(stdout);
	send_frame(kind, bytes);
}

void
crew_tell(struct str words)
{
	send_frame(TELL, str_slice(words, 0, PART));
}

static bool
receive(uint64_t *order)
{
	return recv(here.fd, order, sizeof *order, MSG_WAITALL) == (ssize_t)sizeof *order;
}

bool
crew_turn(void)
{
	uint64_t order;

	crew_send(TURN, STR(""));
	return receive(&order) && order == GO;
}

/* Descriptors 1 and 2 stay the parent's, for last words of the C library. */
static bool
redirect(void)
{
	FILE *out = fopencookie(NULL, "w", (cookie_io_functions_t){ .write = write_out });
	FILE *err = fopencookie(NULL, "w", (cookie_io_functions_t){ .write = write_err });

	if (!out || !err || setvbuf(out, NULL, _IOFBF, PART) != 0 || setvbuf(err, NULL, _IONBF, 0) != 0)
		return false;
	stdout = out;
	stderr = err;
	return true;
}

/* ---- in the parent --------------------------------------------------------------------- */

struct worker {
	struct crew *crew;
	pid_t pid;		/* 0: none */
	int pidfd, fd;
	size_t row, task;	/* NONE: it waits for one, or ends */
	bool is_leaving;	/* it does no other one */
	struct buf in;		/* read, and not yet a whole frame */
};

struct task {
	struct spool_queue waits;
	bool is_over, wants_turn;
	int died;
	struct worker *worker;
};

struct crew {
	const struct crew_plan *plan;
	struct diag *diag;
	struct loop *loop;
	struct spool *spool;
	struct worker *workers;
	size_t nplaces;			/* of workers */
	size_t nworkers, nbusy;
	size_t nslots;			/* that were taken for those that are busy */
	bool waits_for_slot;
	int slot_fd;
	struct task *tasks;
	size_t next, head;		/* to be begun; to be told */
	bool is_stopping;
	unsigned long deadline;
};

static bool
order(const struct worker *w, uint64_t what)
{
	return send(w->fd, &what, sizeof what, MSG_NOSIGNAL) == (ssize_t)sizeof what;
}

static void
on_grace(void *arg)
{
	struct crew *c = arg;

	c->deadline = 0;
	for (size_t i = 0; i < c->nplaces; i++)
		if (c->workers[i].pid > 0)
			kill(c->workers[i].pid, SIGKILL);
}

static void
stop(struct crew *c)
{
	if (c->is_stopping)
		return;
	c->is_stopping = true;
	for (size_t i = 0; i < c->nplaces; i++)
		if (c->workers[i].pid > 0)
			kill(c->workers[i].pid, SIGTERM);
	for (size_t i = c->head; i < c->plan->ntasks; i++)
		spool_drop(c->spool, &c->tasks[i].waits);
	c->deadline = loop_at(c->loop, loop_now() + GRACE * INT64_C(1000000000), on_grace, c);
}

static void
tell_cut(const struct crew *c)
{
	for (size_t i = c->head; i < c->next; i++)
		if (!c->tasks[i].is_over)
			c->plan->cut(c->plan->arg, i);
}

static void
take_piece(void *arg, int kind, struct str bytes)
{
	struct crew *c = arg;

	c->plan->take(c->plan->arg, c->head, kind, bytes);
}

/* Tell what can be told: all of the first tasks that are over, and what there is of the next. */
static void
advance(struct crew *c)
{
	while (!c->is_stopping && c->head < c->plan->ntasks) {
		struct task *t = &c->tasks[c->head];

		if (!spool_drain(c->spool, &t->waits, take_piece, c, c->diag))
			stop(c);
		if (t->wants_turn && !t->is_over && order(t->worker, GO))
			t->wants_turn = false;	/* else it died, and is not heard of again */
		if (!t->is_over)
			return;
		if (!c->plan->over(c->plan->arg, c->head, t->died))
			stop(c);
		c->head++;
	}
}

static void
end_task(struct worker *w, int died)
{
	struct crew *c = w->crew;
	struct task *t = &c->tasks[w->task];

	t->is_over = true;
	t->died = died;
	w->task = NONE;
	c->nbusy--;
	advance(c);
}

static void
meet_frame(struct worker *w, int kind, struct str bytes)
{
	struct crew *c = w->crew;

	if (w->task == NONE)
		return;
	if (kind == END || kind == LEAVE) {
		w->is_leaving = kind == LEAVE;
		end_task(w, 0);
	} else if (c->is_stopping)
		return;
	else if (kind == TELL)
		c->plan->hear(c->plan->arg, w->task, bytes);
	else if (kind == TURN)
		c->tasks[w->task].wants_turn = true;
	else if (w->task == c->head)
		take_piece(c, kind, bytes);
	else if (!spool_put(c->spool, &c->tasks[w->task].waits, kind, bytes, c->diag))
		stop(c);
	if (kind == TURN)
		advance(c);
}

static void
cut_frames(struct worker *w)
{
	struct str rest = buf_str(&w->in);
	struct head h;
	size_t done;

	while (rest.len >= sizeof h) {
		memcpy(&h, rest.data, sizeof h);
		if (rest.len - sizeof h < h.length)
			break;
		meet_frame(w, h.kind, str_slice(rest, sizeof h, sizeof h + h.length));
		rest = str_slice(rest, sizeof h + h.length, rest.len);
	}
	done = w->in.len - rest.len;
	if (done > 0 && rest.len > 0)
		memmove(w->in.data, w->in.data + done, rest.len);
	w->in.len -= done;
}

/* One read; false when there is nothing more for now, or ever. */
static bool
read_some(struct worker *w)
{
	ssize_t n = recv(w->fd, buf_room(&w->in, PART), PART, MSG_DONTWAIT);

	if (n == -1)
		return errno == EINTR;
	if (n == 0) {
		loop_unwatch(w->crew->loop, w->fd);
		return false;
	}
	w->in.len += (size_t)n;
	cut_frames(w);
	return true;
}

static void
on_frames(void *arg)
{
	read_some(arg);
}

static void
dismiss(struct worker *w)
{
	struct crew *c = w->crew;

	loop_unwatch(c->loop, w->fd);
	loop_unwatch(c->loop, w->pidfd);
	close(w->fd);
	close(w->pidfd);
	buf_release(&w->in);
	slots_recover(c->plan->slots, w->row);
	w->pid = 0;
	c->nworkers--;
}

/* A process that the worker left behind may hold its socket: there is no waiting for its end. */
static void
on_death(void *arg)
{
	struct worker *w = arg;
	int status = 0, n;

	for (size_t i = 0; i < 64 && read_some(w); i++)
		;
	do
		n = waitpid(w->pid, &status, 0);
	while (n == -1 && errno == EINTR);
	dismiss(w);
	if (w->task != NONE)
		end_task(w, status ? status : STATUS_INTERNAL << 8);
}

static _Noreturn void
work_on(const struct crew_plan *p, uint64_t task)
{
	size_t n = 0;
	bool stays;

	do {
		stays = p->work(p->arg, (size_t)task) && ++n < TASKS_EACH;
		crew_send(stays ? END : LEAVE, STR(""));
	} while (stays && receive(&task));
	_exit(0);
}

static _Noreturn void
become_worker(const struct crew *c, const struct worker *w, int fd, pid_t parent,
    const sigset_t *signals)
{
	/* of its own group: a terminal's signals are for the parent, who passes them on */
	setpgid(0, 0);
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) == -1 || getppid() != parent || !redirect())
		_exit(STATUS_ENVIRONMENT);
	loop_forked();
	for (size_t i = 0; i < c->nplaces; i++) {
		if (c->workers[i].pid > 0) {
			close(c->workers[i].fd);
			close(c->workers[i].pidfd);
		}
	}
	slots_adopt(c->plan->slots, w->row);
	here.fd = fd;
	sigprocmask(SIG_SETMASK, signals, NULL);
	work_on(c->plan, w->task);
}

static pid_t
fork_worker(const struct crew *c, const struct worker *w, const int ends[2])
{
	sigset_t all, before;
	pid_t parent = getpid(), pid;
	int reason;

	fflush(stdout);		/* or it would be printed by both */
	fflush(stderr);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	reason = errno;
	if (pid == 0) {
		close(ends[0]);
		become_worker(c, w, ends[1], parent, &before);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = reason;
	return pid;
}

/* A worker for a task; false with errno. */
static bool
hire(struct crew *c, struct worker *w, size_t task)
{
	int ends[2], reason;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == -1)
		return false;
	w->task = task;
	w->is_leaving = false;
	pid = fork_worker(c, w, ends);
	w->fd = ends[0];
	w->pidfd = pid > 0 ? pidfd_open(pid, 0) : -1;
	reason = errno;
	close(ends[1]);
	if (w->pidfd == -1) {
		close(ends[0]);
		if (pid > 0 && kill(pid, SIGKILL) == 0)
			(void)!waitpid(pid, NULL, 0);
		errno = reason;
		return false;
	}
	w->pid = pid;
	setpgid(pid, pid);
	c->nworkers++;
	loop_watch(c->loop, w->fd, on_frames, w);
	loop_watch(c->loop, w->pidfd, on_death, w);
	return true;
}

/* One that waits for a task has it now. */
static struct worker *
employ(struct crew *c, size_t task)
{
	for (size_t i = 0; i < c->nplaces; i++) {
		struct worker *w = &c->workers[i];

		if (w->pid == 0 || w->task != NONE || w->is_leaving)
			continue;
		if (order(w, task)) {
			w->task = task;
			return w;
		}
		w->is_leaving = true;	/* it died, which is no harm */
	}
	return NULL;
}

static struct worker *
hire_for(struct crew *c, size_t task)
{
	for (size_t i = 0; i < c->nplaces; i++)
		if (c->workers[i].pid == 0)
			return hire(c, &c->workers[i], task) ? &c->workers[i] : NULL;
	errno = EAGAIN;		/* until those that leave have left */
	return NULL;
}

/* With no process more to be had it goes on with those that there are. */
static bool
begin_next(struct crew *c)
{
	struct worker *w = employ(c, c->next);

	if (!w && !(w = hire_for(c, c->next))) {
		if (c->nworkers == 0) {
			diag_errno(c->diag, "start", STR("a process for a document"));
			stop(c);
		}
		return false;
	}
	c->tasks[c->next++].worker = w;
	c->nbusy++;
	return true;
}

static void
on_slot(void *arg)
{
	struct crew *c = arg;

	loop_unwatch(c->loop, c->slot_fd);
	c->waits_for_slot = false;
}

static void
wait_for_slot(struct crew *c)
{
	if (c->waits_for_slot || (c->slot_fd = slots_fd(c->plan->slots)) == -1)
		return;
	c->waits_for_slot = true;
	loop_watch(c->loop, c->slot_fd, on_slot, c);
}

/* The first needs no token of the pool: it has ours. */
static bool
has_slot(struct crew *c)
{
	if (c->nbusy <= c->nslots)
		return true;
	if (!slots_take(c->plan->slots)) {
		wait_for_slot(c);
		return false;
	}
	c->nslots++;
	return true;
}

static bool
is_more(const struct crew *c)
{
	return !c->is_stopping && c->next < c->plan->ntasks;
}

/* Those that wait see that there is nothing more. */
static void
let_go(struct crew *c)
{
	for (size_t i = 0; i < c->nplaces; i++) {
		struct worker *w = &c->workers[i];

		if (w->pid > 0 && w->task == NONE && !w->is_leaving)
			w->is_leaving = shutdown(w->fd, SHUT_WR) == 0;
	}
}

static int
work(struct crew *c)
{
	int signal = 0;

	for (;;) {
		while (is_more(c) && c->nbusy < c->nplaces && has_slot(c) && begin_next(c))
			;
		for (; c->nslots > 0 && c->nslots >= c->nbusy; c->nslots--)
			slots_give(c->plan->slots);
		if (!is_more(c))
			let_go(c);
		if (c->nworkers == 0 && !is_more(c))
			return signal;
		loop_step(c->loop);
		if (!signal && (signal = loop_signal(c->loop)) != 0) {
			if (!c->is_stopping)
				tell_cut(c);
			stop(c);
		}
	}
}

int
crew_run(const struct crew_plan *p, struct diag *d)
{
	size_t most = slots_most(p->slots);
	struct crew c = { .plan = p, .diag = d, .nplaces = most < p->ntasks ? most : p->ntasks };
	int signal = 0;

	c.loop = loop_new();
	if (!c.loop) {
		diag_errno(d, "watch signals for", STR("documents"));
		return 0;
	}
	c.spool = spool_new(IN_MEMORY);
	c.tasks = mem_zalloc(p->ntasks, sizeof *c.tasks);
	c.workers = mem_zalloc(c.nplaces, sizeof *c.workers);
	for (size_t i = 0; i < c.nplaces; i++)
		c.workers[i] = (struct worker){ .crew = &c, .row = i + 1, .task = NONE };
	signal = work(&c);
	mem_free(c.workers);
	mem_free(c.tasks);
	spool_free(c.spool);
	loop_free(c.loop);
	return signal;
}
