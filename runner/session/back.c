#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "runner/build/loop.h"
#include "runner/session/footprint.h"
#include "runner/session/session.h"
#include "runner/session/state.h"
#include "tangle/base/arena.h"
#include "tangle/base/trace.h"

#define MS	INT64_C(1000000)

enum {
	WAKE = 5000,		/* ms for the past to come back */
	TABLES = 512		/* bytes of a process for one of its page tables */
};

/* --- processes of ours ------------------------------------------------------ */

void
session_kin(const struct session *s, struct kin *k)
{
	size_t i;

	k->n = 0;
	k->pids[k->n++] = s->shared.pid;
	k->pids[k->n++] = s->alone.pid;
	for (i = 0; i < s->past.ncopies; i++)
		k->pids[k->n++] = s->past.copies[i].pid;
	for (i = 0; i < s->ndying; i++)
		k->pids[k->n++] = s->dying[i];
}

static void
add_dying(struct session *s, pid_t pid)
{
	if (s->ndying == DYING_MOST)	/* then a sweep will look twice */
		memmove(s->dying, s->dying + 1, --s->ndying * sizeof *s->dying);
	s->dying[s->ndying++] = pid;
}

void
session_end(struct session *s, pid_t pid)
{
	if (pid <= 0)
		return;
	warden_signal(&s->warden, pid, SIGKILL);
	add_dying(s, pid);
}

void
session_end_doomed(struct session *s)
{
	size_t i;

	for (i = 0; s->has_doomed && i < s->ndying; i++)
		warden_signal(&s->warden, s->dying[i], SIGKILL);
	s->has_doomed = false;
}

static bool
is_dead(struct session *s, pid_t pid)
{
	size_t i;

	for (i = 0; i < s->ndying; i++)
		if (s->dying[i] == pid) {
			s->dying[i] = s->dying[--s->ndying];
			return true;
		}
	return false;
}

static void
drop(struct session *s, pid_t copy)
{
	session_end(s, copy);
	past_lose(&s->past, copy);
}

static void
drop_all(struct session *s)
{
	while (s->past.ncopies > 0)
		drop(s, s->past.copies[s->past.ncopies - 1].pid);
}

/*
 * A copy may be woken once it is dead: until then it could take our orders.  If
 * it died while it ran what was sent ahead, it is known to be so.
 */
void
session_end_shared(struct session *s)
{
	if (s->shared.pid && !s->is_dead) {
		session_end(s, s->shared.pid);
		s->leaving = s->shared.pid;
	}
	s->shared.pid = 0;
}

/* The first step that would be run again on the way to all of them. */
static size_t
way_back(const struct session *s, size_t to)
{
	const struct copy *c = past_copy(&s->past, to);

	if (s->shared.is_there && s->shared.n <= to)
		return s->shared.n;
	return c ? c->at : s->past.nsources;
}

/* --- a new copy ------------------------------------------------------------- */

/*
 * How much the copies hold beside the host: all that there is, less what it has.
 * `tables` is what each takes in any case.
 */
static void
measure(struct session *s, uint64_t tables)
{
	struct past *p = &s->past;
	struct memory host, its;
	uint64_t sum;
	size_t i;

	if (!footprint_walk(s->shared.pid, &host))
		return;
	sum = host.share;
	for (i = 0; i < p->ncopies; i++) {
		if (!footprint_walk(p->copies[i].pid, &its))
			return;
		sum += its.share;
		p->copies[i].bytes = its.alone + tables;
	}
	p->held = (sum > host.all ? sum - host.all : 0) + p->ncopies * tables;
	trace("session", "checkpoints: %zu hold %llu KiB", p->ncopies,
	    (unsigned long long)p->held / 1024);
}

/*
 * Once they may hold more than they should it is looked closely, and they are
 * thinned out to three quarters of that.  Pages that several hold are freed with
 * the last of those, so not too many are given up at once.
 */
static void
weigh(struct session *s)
{
	struct past *p = &s->past;
	size_t least = p->ncopies / 2;
	const struct copy *c;
	struct footprint f;
	uint64_t tables;

	if (p->most <= 1 || !p->memory || !footprint_look(s->shared.pid, &f))
		return;
	tables = PAST_PROCESS + f.resident / TABLES;
	p->held += tables + f.faulted - (s->faulted_by == s->shared.pid ? s->faulted : 0);
	s->faulted_by = s->shared.pid;
	s->faulted = f.faulted;
	if (p->held > p->memory)
		measure(s, tables);
	if (p->held <= p->memory)
		return;
	while (p->held > p->memory / 4 * 3 && p->ncopies > least && (c = past_needless(p)))
		drop(s, c->pid);
}

static const char *
reason_of(int error)
{
	switch (error) {
	case EAGAIN:
		return "the system allows no more processes (ulimit -u)";
	case ENOMEM:
		return "the system promises no more memory (vm.overcommit_memory)";
	}
	return strerror(error);
}

/* Told once: there will be none for the next cells either. */
static void
note_no_copy(struct session *s, int error)
{
	const struct copy *c = past_copy(&s->past, s->past.n);
	bool barred = past_is_barred(&s->past, c ? c->at : 0, s->past.n);
	struct arena a;

	if (s->is_without)
		return;
	s->is_without = true;
	arena_init(&a);
	session_note(s, arena_cstr(&a, arena_printf(&a, "ran without a checkpoint: %s; %s",
	    reason_of(error), barred ? "a crash would lose the state" : "a crash would run the cells before it again")));
	arena_release(&a);
}

void
session_frozen(struct session *s, const struct report *r)
{
	const struct copy *c;

	if (r->pid <= 0) {
		note_no_copy(s, r->status);
		return;
	}
	past_add_copy(&s->past, r->pid, r->count, loop_now() - s->began);
	trace("session", "checkpoint: before cell %zu", s->step.object.number);
	while ((c = past_excess(&s->past)))
		drop(s, c->pid);
	weigh(s);
}

/* --- the way back ----------------------------------------------------------- */

/* The newest copy is the one that is woken. */
static pid_t
newest(const struct session *s)
{
	return s->past.ncopies > 0 ? s->past.copies[s->past.ncopies - 1].pid : 0;
}

bool
session_wake(struct session *s)
{
	if (!newest(s) || s->shared.socket == -1)
		return false;
	s->phase = WAKING;
	s->host = &s->shared;
	if (!s->leaving)
		warden_signal(&s->warden, newest(s), PROTOCOL_SIGNAL);
	session_set_timer(s, WAKE * MS);
	return true;
}

/* It does not come: there may be an older one, or all is run again. */
static void
wake_other(struct session *s)
{
	if (s->past.ncopies == 0)
		session_host_close(s, &s->shared);
	s->phase = IDLE;
	session_go_on(s);
}

void
session_late_to_wake(struct session *s)
{
	drop(s, newest(s));
	wake_other(s);
}

void
session_awake(struct session *s, pid_t pid)
{
	struct copy c;

	if (!newest(s) || pid != newest(s))
		return;
	c = s->past.copies[s->past.ncopies - 1];
	past_lose(&s->past, pid);
	if (c.threads > 1)
		session_note(s, "threads that earlier cells had started are gone");
	s->shared.pid = pid;
	s->shared.is_there = true;
	s->shared.n = c.at;
	session_stop_timer(s);
	s->phase = IDLE;
	trace("session", "woken: the past of %zu steps", c.at);
	session_go_on(s);
}

bool
session_gone(struct session *s, pid_t pid)
{
	bool waited_for = s->phase == WAKING && pid == newest(s);
	bool dead = is_dead(s, pid);

	if (pid == s->leaving) {
		s->leaving = 0;
		if (s->phase == WAKING)
			warden_signal(&s->warden, newest(s), PROTOCOL_SIGNAL);
	}
	if (past_lose(&s->past, pid)) {
		trace("session", "checkpoint: process %d was ended by somebody", (int)pid);
		dead = true;
	}
	if (waited_for)
		wake_other(s);
	return dead;
}

void
session_all_gone(struct session *s)
{
	while (s->past.ncopies > 0)
		past_lose(&s->past, newest(s));
	s->ndying = 0;
	s->leaving = 0;
	session_host_close(s, &s->shared);
	session_host_close(s, &s->alone);
}

void
session_renew(struct session *s)
{
	drop_all(s);
	session_host_close(s, &s->shared);
}

void
session_forget(struct session *s)
{
	session_end_shared(s);
	session_renew(s);
	s->state_lost = s->state_lost || s->past.n > s->past.nsources;
	s->past.n = s->past.nsources;
}

void
session_forget_if_barred(struct session *s)
{
	if (!past_is_barred(&s->past, way_back(s, s->past.n), s->past.n))
		return;
	session_note(s, "a cell before it must not be run again (cache=off)");
	session_forget(s);
}

/* --- on request ------------------------------------------------------------- */

size_t
session_depth(const struct session *s)
{
	return s->past.n - s->past.nsources;
}

bool
session_can_rewind(const struct session *s, size_t n)
{
	size_t to = s->past.nsources + n;

	return !past_is_barred(&s->past, way_back(s, to), to);
}

void
session_rewind(struct session *s, size_t n)
{
	size_t to = s->past.nsources + n;

	assert(!s->active && "nothing runs");
	assert(n <= session_depth(s) && "only back");
	s->past.edited = to;
	if (to == s->past.n)
		return;
	trace("session", "rewind: from %zu steps to %zu", s->past.n, to);
	session_end_shared(s);	/* first, as it is what will be waited for */
	while (s->past.ncopies > 0 && s->past.copies[s->past.ncopies - 1].at > to) {
		add_dying(s, newest(s));
		past_lose(&s->past, newest(s));
		s->has_doomed = true;
	}
	s->past.n = to;
	session_host_lost(s, &s->shared);
}
