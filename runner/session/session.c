#include "runner/session/session.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "runner/build/loop.h"
#include "runner/session/state.h"
#include "tangle/base/arena.h"
#include "tangle/base/diag.h"
#include "tangle/base/mem.h"
#include "tangle/base/trace.h"

#define MS	INT64_C(1000000)

enum {
	TICK = 2,		/* ms until a cell is one that takes time */
	REPLAYS = 3,		/* in one run */
	LAST_WORDS = 300,	/* ms for saying where it is */
	SWEEP = 15000		/* ms for ending what a cell left, much more than it takes */
};

static void on_late(void *arg);

void
session_note(struct session *s, const char *text)
{
	if (s->note.len > 0)
		buf_add(&s->note, STR("; "));
	buf_add(&s->note, str_of(text));
}

pid_t
session_runner(const struct session *s)
{
	return s->program ? s->program : s->host->pid;
}

static void
set_timer(struct session *s, int64_t wait, loop_fn *fn)
{
	loop_cancel(s->loop, s->timer);
	s->timer = loop_at(s->loop, loop_now() + wait, fn, s);
}

void
session_set_timer(struct session *s, int64_t wait)
{
	set_timer(s, wait, on_late);
}

void
session_stop_timer(struct session *s)
{
	loop_cancel(s->loop, s->timer);
	s->timer = 0;
}

static void
stop_timers(struct session *s)
{
	session_stop_timer(s);
	loop_cancel(s->loop, s->ticker);
	loop_cancel(s->loop, s->early);
	s->ticker = s->early = 0;
}

/*
 * A cell that is over at once is heard of once: what it printed lies in the
 * pipes until then.  Others are listened to.
 */
static void
listen_to_output(struct session *s, bool on)
{
	if (s->listening == on)
		return;
	s->listening = on;
	if (on) {
		loop_watch(s->loop, s->out.fd, hear_out, s);
		loop_watch(s->loop, s->err.fd, hear_err, s);
	} else {
		loop_unwatch(s->loop, s->out.fd);
		loop_unwatch(s->loop, s->err.fd);
	}
}

/* While nothing runs, nothing is watched: the loop shall come to its end. */
static void
watch(struct session *s, int fd, loop_fn *fn)
{
	if (fd == -1)
		return;
	if (s->active)
		loop_watch(s->loop, fd, fn, s);
	else
		loop_unwatch(s->loop, fd);
}

/*
 * A host may have done its work before the warden has said who it is; what it
 * says then is heard later, or a sweep would take it for a left-over.
 */
void
session_watch_host(struct session *s, const struct host *h)
{
	if (h->is_known)
		watch(s, h->socket, hear_host);
}

static void
set_active(struct session *s, bool active)
{
	if (s->active == active)
		return;
	s->active = active;
	watch(s, s->warden.socket, hear_warden);
	session_watch_host(s, &s->shared);
	session_watch_host(s, &s->alone);
}

void
session_host_close(struct session *s, struct host *h)
{
	if (h == &s->shared)
		session_drop_ahead(s);
	if (h->socket != -1) {
		loop_unwatch(s->loop, h->socket);
		close(h->socket);
	}
	h->socket = -1;
	h->pid = 0;
	h->is_there = h->is_known = false;
	h->n = 0;
}

void
session_drop_ahead(struct session *s)
{
	s->nahead = 0;
	s->is_dead = false;
}

void
session_host_lost(struct session *s, struct host *h)
{
	if (h == &s->shared && s->past.ncopies > 0) {
		session_drop_ahead(s);
		h->pid = 0;
		h->is_there = false;
		return;
	}
	session_host_close(s, h);
}

/* --- what a run gives ------------------------------------------------------ */

static void
deliver(void *arg)
{
	struct session *s = arg;
	struct outcome *o = s->outcome;

	stop_timers(s);
	listen_to_output(s, false);
	set_active(s, false);
	session_end_doomed(s);
	if (s->alone.socket != -1) {
		session_end(s, s->alone.pid);
		session_host_close(s, &s->alone);
	}
	o->note = arena_str(s->arena, buf_str(&s->note));
	o->state_lost = s->state_lost;
	s->outcome = NULL;
	s->phase = IDLE;
	s->done(s->arg, o);
}

/* Told from the loop, like everything. */
void
session_fail(struct session *s, struct str what)
{
	s->phase = IDLE;
	if (s->outcome) {	/* only the way back is barred */
		session_forget(s);
	} else {
		s->outcome = arena_alloc(s->arena, 1, sizeof *s->outcome);
		s->outcome->kind = OUTCOME_LOAD;
		s->outcome->what = what;
	}
	set_timer(s, 0, deliver);
}

/* One more object is in this host. */
static void
keep_object(struct session *s, uint64_t base)
{
	struct host *h = s->host;

	h->objects[h->n++] = (struct loaded){ s->step.object, base };
}

struct library *
session_library(struct session *s, uint64_t base)
{
	struct host *h = s->host;

	if (!s->library.objects) {
		h->objects = mem_grow(h->objects, &h->cap, h->n + 1, sizeof *h->objects);
		library_open(&s->library, h->objects, h->n + 1);
		h->objects[h->n] = (struct loaded){ s->step.object, 0 };
	}
	if (base)
		h->objects[h->n].base = base;
	s->library.pid = h->pid;
	return &s->library;
}

/* What was sent ahead began before we heard of it; the host's word, if it can be. */
static int64_t
took(const struct session *s)
{
	int64_t now = loop_now();

	if (s->ending.is_done && s->ending.done.nanoseconds <= (uint64_t)(now - s->sent))
		return (int64_t)s->ending.done.nanoseconds;
	return now - s->began;
}

static void
collect(struct session *s, struct arena *a, struct outcome *o)
{
	const struct ending *e = &s->ending;
	struct library *l = session_library(s, e->base);

	o->nanoseconds = took(s);
	o->out = stream_take(&s->out, a);
	o->err = stream_take(&s->err, a);
	o->moments = arena_copy(a, s->timeline.list, s->timeline.n, sizeof *o->moments);
	o->nmoments = s->timeline.n;
	displayed_give(&s->displayed, a, o);
	verdict_give(e, &s->step, a, o);
	if (o->kind == OUTCOME_DONE && !s->step.is_program)
		verdict_value(e, l, a, o);
	library_close(l);
}

static uint64_t
digest_of(const struct outcome *o)
{
	return stream_digest(&o->out) * 31 + stream_digest(&o->err);
}

/* What was asked for has ended. */
static void
run_over(struct session *s)
{
	struct outcome *o = arena_alloc(s->arena, 1, sizeof *o);

	collect(s, s->arena, o);
	s->outcome = o;
	if (o->kind == OUTCOME_DONE && !s->step.is_program && !s->step.is_isolated) {
		keep_object(s, s->ending.base);
		past_add(&s->past, &s->run, digest_of(o), o->nanoseconds);
	}
}

/* A step on the way back has ended. */
static void
step_again_over(struct session *s)
{
	const struct past_step *step = &s->past.steps[s->host->n];
	bool source = s->host->n < s->past.nsources;
	struct arena scratch;
	struct outcome o = {0};

	arena_init(&scratch);
	collect(s, &scratch, &o);
	if (o.kind == OUTCOME_DONE) {
		if (!source && digest_of(&o) != step->digest)
			session_note(s, arena_cstr(&scratch, arena_printf(&scratch,
			    "cell %zu printed something else when it was run again",
			    step->run.object.number + 1)));
		keep_object(s, s->ending.base);
	} else if (source && !s->outcome) {
		session_fail(s, arena_printf(s->arena, "%.*s: %.*s", STR_ARG(step->run.object.marker),
		    STR_ARG(o.what)));
	} else {
		session_note(s, "an earlier cell failed when it was run again");
		trace("session", "lost: %.*s", STR_ARG(o.what));
		session_forget(s);
	}
	arena_release(&scratch);
}

void
session_over(struct session *s)
{
	bool died = s->condemned && !s->program;

	stop_timers(s);
	listen_to_output(s, false);
	if (!s->ending.is_done || !(s->ending.done.flags & REPORT_CLEAN))
		session_drop_ahead(s);
	if (!s->ending.is_done) {
		stream_drain(&s->out);
		stream_drain(&s->err);
	} else if (s->phase == SWEEPING) {
		stream_discard(&s->out, s->number % PROTOCOL_PIPES);
		stream_discard(&s->err, s->number % PROTOCOL_PIPES);
	}
	s->phase = IDLE;
	if (s->again)
		step_again_over(s);
	else
		run_over(s);
	if (died && s->host->socket != -1)
		session_host_lost(s, s->host);
	if (s->timer == 0)	/* else it has failed, and waits for the loop */
		session_go_on(s);
}

void
session_sweep(struct session *s)
{
	pid_t group = s->condemned ? session_runner(s) : 0;
	struct kin keep;
	size_t i;

	session_kin(s, &keep);
	for (i = 0; i < keep.n; i++)
		if (keep.pids[i] == group)
			keep.pids[i] = 0;
	s->phase = SWEEPING;
	stream_revoke(&s->out, &s->err);
	if (s->ending.is_done)	/* what is printed now is nobody's */
		listen_to_output(s, false);
	session_set_timer(s, SWEEP * MS);
	warden_sweep(&s->warden, group, &keep);
}

void
session_condemn(struct session *s)
{
	if (s->phase == SWEEPING || s->phase == IDLE || s->phase == WAKING)
		return;
	s->condemned = true;
	session_drop_ahead(s);
	session_sweep(s);
}

/* It shall say where it is; then it is ended. */
static void
ask(struct session *s)
{
	if (s->step.is_program && !s->step.is_isolated && !s->program) {
		session_condemn(s);	/* it is not even there yet */
		return;
	}
	warden_signal(&s->warden, session_runner(s), PROTOCOL_SIGNAL);
	s->phase = ASKED;
	session_set_timer(s, LAST_WORDS * MS);
}

bool
session_interrupt(struct session *s)
{
	if (s->phase != RUNNING || s->again)
		return false;
	s->ending.is_interrupted = true;
	ask(s);
	return true;
}

static void
on_late(void *arg)
{
	struct session *s = arg;

	s->timer = 0;
	if (s->phase == RUNNING) {
		s->ending.is_late = true;
		ask(s);
	} else if (s->phase == WAKING) {
		session_late_to_wake(s);
	} else if (s->phase == SWEEPING) {
		/* Deaf; its end is heard like any.  No group of the cell shall outlive it. */
		if (!s->ending.is_dead && session_runner(s) > 0)
			(void)kill(-session_runner(s), SIGKILL);
		(void)kill(s->warden.pid, SIGKILL);
	} else {
		session_condemn(s);
	}
}

/* What takes longer is listened to, and looked after. */
static void
on_tick(void *arg)
{
	struct session *s = arg;
	int64_t wait = s->listening ? usage_look(s) : usage_begin(s);

	session_end_doomed(s);
	if (!s->ending.is_done)
		listen_to_output(s, true);
	s->ticker = loop_at(s->loop, loop_now() + wait, on_tick, s);
}

void
session_look_in(struct session *s, int64_t wait)
{
	loop_cancel(s->loop, s->ticker);
	s->ticker = loop_at(s->loop, loop_now() + wait, on_tick, s);
}

/* --- what is said ---------------------------------------------------------- */

/* What goes on from now on: the order with that number, which was sent then. */
static void
begin_step(struct session *s, struct host *h, const struct session_run *r, uint64_t number,
    int64_t sent)
{
	s->number = number;
	s->step = *r;
	s->host = h;
	s->program = 0;
	s->condemned = false;
	memset(&s->ending, 0, sizeof s->ending);
	displayed_begin(&s->displayed);
	s->sent = sent;
	s->began = loop_now();
	timeline_begin(&s->timeline, s->began);
	stream_begin(&s->out, number % PROTOCOL_PIPES, r->output_kept,
	    r->is_timed ? &s->timeline : NULL);
	stream_begin(&s->err, number % PROTOCOL_PIPES, r->output_kept,
	    r->is_timed ? &s->timeline : NULL);
	s->phase = RUNNING;
	session_set_timer(s, r->timeout);
	s->ticker = loop_at(s->loop, s->began + TICK * MS, on_tick, s);
	if (r->is_timed)
		listen_to_output(s, true);
}

/* Between two cells; the warden is about to tell. */
static void
ended_meanwhile(struct session *s, struct host *h)
{
	session_note(s, "the session's process had ended");
	session_host_lost(s, h);
	session_go_on(s);
}

void
session_part_alone(struct session *s)
{
	struct session_run step = s->step;

	s->step.object.piece->is_refused = true;
	trace("session", "piece %llu cannot be loaded", (unsigned long long)step.object.piece->number);
	session_drop_ahead(s);
	stop_timers(s);
	if (session_hand(s, s->host, &step, 0))
		begin_step(s, s->host, &step, s->handed, loop_now());
	else
		session_condemn(s);
}

static void
start_step(struct session *s, struct host *h, const struct session_run *r, bool again)
{
	bool copy = !again && past_wants_copy(&s->past, r);

	stream_revoke(&s->out, &s->err);
	s->awaits_copy = copy;
	s->awaits_program = r->is_program;
	s->again = again;
	if (session_hand(s, h, r, copy ? RUN_CHECKPOINT : 0))
		begin_step(s, h, r, s->handed, loop_now());
	else if (errno == E2BIG)
		session_fail(s, arena_printf(s->arena, "more arguments than the %d, or %d KiB together, "
		    "that a cell can take", PROTOCOL_ARGS, PROTOCOL_PAYLOAD >> 10));
	else if ((errno == EPIPE || errno == ECONNRESET) && h->is_known)
		ended_meanwhile(s, h);
	else
		session_fail(s, arena_printf(s->arena, "cannot be handed over: %s", strerror(errno)));
}

/* The host has it already, and may even have run it. */
static void
start_ahead(struct session *s, const struct ahead *a)
{
	s->awaits_copy = s->awaits_program = s->again = false;
	begin_step(s, &s->shared, &s->run, a->number, a->sent);
	if (s->is_dead)
		s->early = loop_at(s->loop, 0, hear_early, s);
}

static bool
spawn(struct session *s, struct host *h)
{
	if (h == &s->shared)
		session_renew(s);
	session_host_close(s, h);
	h->serial = ++s->serial;
	h->socket = warden_spawn(&s->warden, h->serial, &s->out, &s->err);
	if (h->socket == -1)
		return false;
	h->is_there = true;
	if (h == &s->shared && s->past.n > s->past.nsources)
		trace("session", "replay: %zu steps in a new process", s->past.n);
	return true;
}

static bool
ensure_warden(struct session *s)
{
	if (s->warden.socket != -1)
		return true;
	s->proven = false;
	if (!warden_start(&s->warden, &s->options, s->diag))
		return false;
	if (s->active)
		watch(s, s->warden.socket, hear_warden);
	return true;
}

/* Does an earlier cell end the session each time that it is run again? */
static bool
is_hopeless(struct session *s)
{
	if (s->past.n == s->past.nsources || ++s->nreplays <= REPLAYS)
		return false;
	session_note(s, "an earlier cell ended the session each time that it was run again");
	session_forget(s);
	return true;
}

void
session_go_on(struct session *s)
{
	struct host *h = s->outcome || !s->run.is_isolated ? &s->shared : &s->alone;
	size_t steps;

	if (h == &s->shared)
		session_forget_if_barred(s);
	steps = h == &s->alone ? s->past.nsources : s->past.n;
	if (s->outcome && (s->past.n == s->past.nsources || (h->is_there && h->n == steps))) {
		deliver(s);
		return;
	}
	if (!ensure_warden(s)) {
		session_fail(s, STR("the program that runs cells cannot be started"));
		return;
	}
	if (!h->is_there) {
		if (h == &s->shared && session_wake(s))
			return;
		if (h == &s->shared && is_hopeless(s)) {
			session_go_on(s);
			return;
		}
		if (!spawn(s, h)) {
			session_fail(s, arena_printf(s->arena, "no process could be made: %s",
			    strerror(errno)));
			return;
		}
	}
	if (h->n < steps)
		start_step(s, h, &s->past.steps[h->n].run, true);
	else
		start_step(s, h, &s->run, false);
}

struct session *
session_new(struct loop *l, const struct session_options *o, struct diag *d)
{
	struct session *s = mem_zalloc(1, sizeof *s);

	s->loop = l;
	s->diag = d;
	s->past.replay = o->replay;
	s->past.most = o->copies;
	s->past.memory = o->copies_memory;
	s->options = (struct warden_options){ o->host_path, -1, o->folder, o->scratch, o->env, o->nenv,
	    o->is_shuffled };
	s->lua_path = o->lua_path;
	s->progress = o->progress;
	s->progress_arg = o->progress_arg;
	s->warden.socket = s->shared.socket = s->alone.socket = s->sealed_piece = s->lua = -1;
	s->host = &s->shared;
	if (o->image.len > 0 && (s->options.image = warden_seal_program(o->image)) == -1) {
		diag_errno(d, "make a program in memory for", STR("skein-host"));
	} else if (!stream_open(&s->out, false) || !stream_open(&s->err, true)) {
		diag_errno(d, "make a pipe", STR("session"));
	} else if (ensure_warden(s)) {
		(void)spawn(s, &s->shared);	/* if not now, then at the first run */
		return s;
	}
	session_free(s);
	return NULL;
}

void
session_dismiss(struct session *s)
{
	assert(!s->active && "nothing runs");
	warden_dismiss(&s->warden);
}

void
session_free(struct session *s)
{
	if (!s)
		return;
	stop_timers(s);
	listen_to_output(s, false);
	listen_to_output(s, false);
	set_active(s, false);
	warden_stop(&s->warden);
	session_host_close(s, &s->shared);
	session_host_close(s, &s->alone);
	if (s->options.image != -1)
		close(s->options.image);
	if (s->sealed_piece != -1)
		close(s->sealed_piece);
	if (s->lua != -1)
		close(s->lua);
	library_close(&s->library);
	mem_free(s->shared.objects);
	mem_free(s->alone.objects);
	past_release(&s->past);
	stream_close(&s->out);
	stream_close(&s->err);
	timeline_release(&s->timeline);
	displayed_release(&s->displayed);
	buf_release(&s->note);
	mem_free(s);
}

void
session_preload(struct session *s, const struct session_object *o)
{
	assert(s->past.n == s->past.nsources && "sources come before cells");
	past_add_source(&s->past, o);
}

void
session_start(struct session *s, const struct session_run *r, struct arena *a,
    void (*done)(void *arg, struct outcome *o), void *arg)
{
	struct ahead ahead;

	assert(!s->active && "one run at a time");
	s->run = *r;
	s->arena = a;
	s->done = done;
	s->arg = arg;
	s->outcome = NULL;
	s->state_lost = false;
	s->nreplays = 0;
	buf_clear(&s->note);
	set_active(s, true);
	if (session_take_ahead(s, r, &ahead)) {
		start_ahead(s, &ahead);
		return;
	}
	hear_warden(s);		/* who has died since the last run? */
	if (s->timer == 0)
		session_go_on(s);
}
