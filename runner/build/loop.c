#include "runner/build/loop.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tangle/base/mem.h"

struct watch {
	loop_fn *fn;			/* NULL: taken away, to be swept */
	void *arg;
	unsigned long serial;		/* tells it from a later watch of the same fd */
};

struct deadline {
	int64_t when;
	unsigned long id;
	loop_fn *fn;
	void *arg;
};

/*
 * watches[i] belongs to polls[i].  polls[0] is the signal pipe, which is not
 * counted as being watched.  Taking away only marks; sweeping waits until no
 * call is being made, so that indices hold during a round.
 */
struct loop {
	struct watch *watches;
	struct pollfd *polls;
	size_t n, watch_cap, poll_cap, nlive;
	struct deadline *deadlines;	/* unsorted: there are few */
	size_t ndeadlines, deadline_cap;
	unsigned long serial;
	bool is_deaf;			/* signals are none of its business */
	loop_fn *interrupted;		/* NULL: SIGINT stops, as the others do */
	void *interrupted_arg;
};

static const int stop_signals[] = { SIGINT, SIGTERM, SIGHUP };
enum {
	NSTOP = sizeof stop_signals / sizeof *stop_signals,
	UNHEARD = 2		/* interrupts that nobody looks at: the next one ends us */
};

/* The process has one set of signals, however many loops there are. */
static struct {
	unsigned loops;
	int pipe[2];
	volatile sig_atomic_t signal;
	volatile sig_atomic_t is_asked;		/* a loop wants interrupts: */
	volatile sig_atomic_t interrupts;	/* that came and were not told */
	struct sigaction before[NSTOP];
	void (*last_act)(void);
} stop = { .pipe = { -1, -1 } };

static void
on_stop(int number)
{
	int saved = errno;
	bool is_interrupt = number == SIGINT && stop.is_asked && !stop.signal;

	if (stop.signal || (is_interrupt && stop.interrupts == UNHEARD)) {
		if (stop.last_act)
			stop.last_act();
		signal(number, SIG_DFL);
		raise(number);
	}
	if (is_interrupt)
		stop.interrupts++;
	else
		stop.signal = number;
	/* A full pipe wakes the loop as well. */
	if (write(stop.pipe[1], "", 1) == -1)
		errno = saved;
	errno = saved;
}

static bool
set_flags(int fd)
{
	return fcntl(fd, F_SETFD, FD_CLOEXEC) != -1 &&
	    fcntl(fd, F_SETFL, O_NONBLOCK) != -1;
}

static bool
stop_begin(void)
{
	struct sigaction act = { .sa_handler = on_stop };

	if (stop.loops++ > 0)
		return true;
	if (pipe(stop.pipe) == -1) {
		stop.loops--;
		return false;
	}
	if (!set_flags(stop.pipe[0]) || !set_flags(stop.pipe[1])) {
		close(stop.pipe[0]);
		close(stop.pipe[1]);
		stop.loops--;
		return false;
	}
	stop.signal = stop.is_asked = stop.interrupts = 0;
	sigemptyset(&act.sa_mask);
	for (size_t i = 0; i < NSTOP; i++)
		sigaddset(&act.sa_mask, stop_signals[i]);
	for (size_t i = 0; i < NSTOP; i++) {
		sigaction(stop_signals[i], NULL, &stop.before[i]);
		/* Whoever runs us under nohup wants no SIGHUP. */
		if (stop.before[i].sa_handler != SIG_IGN)
			sigaction(stop_signals[i], &act, NULL);
	}
	return true;
}

static void
stop_end(void)
{
	if (--stop.loops > 0)
		return;
	for (size_t i = 0; i < NSTOP; i++)
		sigaction(stop_signals[i], &stop.before[i], NULL);
	close(stop.pipe[0]);
	close(stop.pipe[1]);
}

static void
add_watch(struct loop *l, int fd, loop_fn *fn, void *arg)
{
	l->watches = mem_grow(l->watches, &l->watch_cap, l->n + 1, sizeof *l->watches);
	l->polls = mem_grow(l->polls, &l->poll_cap, l->n + 1, sizeof *l->polls);
	l->watches[l->n] = (struct watch){ fn, arg, ++l->serial };
	l->polls[l->n] = (struct pollfd){ .fd = fd, .events = POLLIN };
	l->n++;
}

static void
drain(void *arg)
{
	char bytes[16];

	(void)arg;
	while (read(stop.pipe[0], bytes, sizeof bytes) > 0)
		;
}

static _Thread_local bool leaves_signals;

bool
loop_leave_signals(bool leave)
{
	bool before = leaves_signals;

	leaves_signals = leave;
	return before;
}

struct loop *
loop_new(void)
{
	struct loop *l;

	if (!leaves_signals && !stop_begin())
		return NULL;
	l = mem_zalloc(1, sizeof *l);
	l->is_deaf = leaves_signals;
	add_watch(l, l->is_deaf ? -1 : stop.pipe[0], drain, NULL);	/* poll passes -1 over */
	return l;
}

void
loop_free(struct loop *l)
{
	if (!l)
		return;
	mem_free(l->watches);
	mem_free(l->polls);
	mem_free(l->deadlines);
	if (l->interrupted)
		stop.is_asked = 0;
	if (!l->is_deaf)
		stop_end();
	mem_free(l);
}

void
loop_watch(struct loop *l, int fd, loop_fn *fn, void *arg)
{
	assert(fd >= 0 && fn);
	add_watch(l, fd, fn, arg);
	l->nlive++;
}

void
loop_unwatch(struct loop *l, int fd)
{
	for (size_t i = 1; i < l->n; i++) {
		if (l->polls[i].fd != fd || !l->watches[i].fn)
			continue;
		l->watches[i].fn = NULL;
		l->polls[i].fd = -1;		/* poll passes it over */
		l->nlive--;
		return;
	}
}

static void
sweep(struct loop *l)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->n; i++) {
		if (!l->watches[i].fn)
			continue;
		l->watches[kept] = l->watches[i];
		l->polls[kept++] = l->polls[i];
	}
	l->n = kept;
}

int64_t
loop_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

unsigned long
loop_at(struct loop *l, int64_t when, loop_fn *fn, void *arg)
{
	l->deadlines = mem_grow(l->deadlines, &l->deadline_cap, l->ndeadlines + 1,
	    sizeof *l->deadlines);
	l->deadlines[l->ndeadlines++] = (struct deadline){ when, ++l->serial, fn, arg };
	return l->serial;
}

void
loop_cancel(struct loop *l, unsigned long id)
{
	for (size_t i = 0; i < l->ndeadlines; i++) {
		if (l->deadlines[i].id == id) {
			l->deadlines[i] = l->deadlines[--l->ndeadlines];
			return;
		}
	}
}

/* The earliest deadline made before serial; NULL if there is none. */
static const struct deadline *
earliest(const struct loop *l, unsigned long serial)
{
	const struct deadline *first = NULL;

	for (size_t i = 0; i < l->ndeadlines; i++) {
		const struct deadline *d = &l->deadlines[i];

		if (d->id <= serial && (!first || d->when < first->when ||
		    (d->when == first->when && d->id < first->id)))
			first = d;
	}
	return first;
}

/* Deadlines that a call sets wait for the next round, or it might never end. */
static void
fire(struct loop *l)
{
	unsigned long last = l->serial;
	int64_t now = loop_now();
	const struct deadline *d;

	while ((d = earliest(l, last)) && d->when <= now) {
		struct deadline due = *d;

		loop_cancel(l, due.id);
		due.fn(due.arg);
	}
}

/* Milliseconds for poll, rounded up so that a deadline is due when it wakes. */
static int
patience(const struct loop *l)
{
	const struct deadline *d = earliest(l, l->serial);
	int64_t left;

	if (l->interrupted && stop.interrupts)
		return 0;
	if (!d)
		return -1;
	left = d->when - loop_now();
	if (left <= 0)
		return 0;
	left = (left + 999999) / 1000000;
	return left > 60000 ? 60000 : (int)left;
}

static void
dispatch(struct loop *l)
{
	unsigned long last = l->serial;
	size_t n = l->n;

	for (size_t i = 0; i < n; i++) {
		struct watch w = l->watches[i];

		if (w.fn && w.serial <= last && l->polls[i].revents)
			w.fn(w.arg);
	}
}

/* One that comes between the two lines is one with those before it. */
static void
tell_interrupt(struct loop *l)
{
	if (!l->interrupted || stop.interrupts == 0)
		return;
	stop.interrupts = 0;
	l->interrupted(l->interrupted_arg);
}

bool
loop_step(struct loop *l)
{
	int ready;

	sweep(l);
	if (l->nlive == 0 && l->ndeadlines == 0)
		return false;
	ready = poll(l->polls, (nfds_t)l->n, patience(l));
	if (ready > 0)
		dispatch(l);
	fire(l);
	tell_interrupt(l);
	return true;
}

int
loop_signal(const struct loop *l)
{
	return l->is_deaf ? 0 : stop.signal;
}

void
loop_on_interrupt(struct loop *l, loop_fn *fn, void *arg)
{
	assert((!fn || !stop.is_asked || l->interrupted) && "one loop at a time");
	l->interrupted = fn;
	l->interrupted_arg = arg;
	stop.is_asked = fn != NULL;
}

void
loop_last_act(void (*fn)(void))
{
	stop.last_act = fn;
}

void
loop_forked(void)
{
	if (stop.loops == 0)
		return;
	stop.loops = 1;
	stop_end();
	stop.signal = stop.is_asked = stop.interrupts = 0;
}

void
loop_stop(struct loop *l, int signal)
{
	(void)l;
	stop.signal = signal;
}
