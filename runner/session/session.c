#include "runner/session/session.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "runner/build/loop.h"
#include "runner/session/checkpoint.h"
#include "runner/session/protocol.h"
#include "runner/session/stream.h"
#include "runner/session/verdict.h"
#include "runner/session/warden.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/base/mem.h"
#include "tangle/base/trace.h"

#define MS	INT64_C(1000000)

enum {
	LAST_WORDS = 300,	/* ms for saying where it is */
	DEATH = 2000,		/* ms from a crash to its end */
	WAKE = 5000,		/* ms for the past to come back */
	COUNT = 100,		/* ms between looks at the number of processes */
	CROWD = 512,		/* processes of one session */
	NPIDS = PROTOCOL_KEEP
};

/*
 *	IDLE -> [WAKING] -> RUNNING -> [ASKED | DYING] -> [SWEEPING] -> over
 *
 * What is over may be a cell that was run again on the way back; then the next
 * of those is run, and at last the cell that was asked for.
 */
enum phase {
	IDLE,
	WAKING,		/* the frozen past is to answer */
	RUNNING,
	ASKED,		/* it is late, and is asked where it is */
	DYING,		/* it has crashed, and its trace and end are to come */
	SWEEPING	/* all that it left is being ended */
};

/* A process in which cells run. */
struct host {
	int socket;			/* -1: none */
	pid_t pid;			/* 0: the warden has not told yet */
	bool is_there;			/* false: gone, but its frozen past may hold the socket */
	uint64_t serial;		/* tells answers about it from those about others */
	struct loaded *objects;		/* of steps; and room for one more */
	size_t n, cap;
};

struct session {
	struct loop *loop;
	struct diag *diag;
	struct warden_options options;
	struct warden warden;
	bool proven;			/* this warden has made a host */
	struct stream out, err;
	struct past past;
	pid_t dropped;			/* the frozen one before, which is dying */
	struct host shared, alone;
	uint64_t number, serial;

	/* What was asked for. */
	bool active;			/* something is */
	struct session_run run;
	struct arena *arena;
	void (*done)(void *arg, struct outcome *o);
	void *arg;
	struct outcome *outcome;	/* NULL: it is still to be run */
	bool state_lost;
	struct buf note;

	/* What goes on. */
	enum phase phase;
	bool again;			/* a step of the past, not what was asked for */
	struct session_run step;
	struct host *host;
	pid_t program;			/* the copy that runs it, 0: none */
	bool condemned;			/* the process that runs it shall not go on */
	int64_t began;
	unsigned long timer, counter;
	struct ending ending;
};

static void go_on(struct session *s);
static void on_warden(void *arg);
static void on_report(void *arg);
static void on_out(void *arg);
static void on_err(void *arg);

static void
note(struct session *s, const char *text)
{
	if (s->note.len > 0)
		buf_add(&s->note, STR("; "));
	buf_add(&s->note, str_of(text));
}

/* The process whose end is the end of what goes on. */
static pid_t
runner(const struct session *s)
{
	return s->program ? s->program : s->host->pid;
}

static void
set_timer(struct session *s, int64_t wait, loop_fn *fn)
{
	loop_cancel(s->loop, s->timer);
	s->timer = loop_at(s->loop, loop_now() + wait, fn, s);
}

static void
stop_timers(struct session *s)
{
	loop_cancel(s->loop, s->timer);
	loop_cancel(s->loop, s->counter);
	s->timer = s->counter = 0;
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

static void
set_active(struct session *s, bool active)
{
	if (s->active == active)
		return;
	s->active = active;
	watch(s, s->out.fd, on_out);
	watch(s, s->err.fd, on_err);
	watch(s, s->warden.socket, on_warden);
	watch(s, s->shared.socket, on_report);
	watch(s, s->alone.socket, on_report);
}

static void
host_close(struct session *s, struct host *h)
{
	if (h->socket != -1) {
		loop_unwatch(s->loop, h->socket);
		close(h->socket);
	}
	h->socket = -1;
	h->pid = 0;
	h->is_there = false;
	h->n = 0;
}

/* Its process has ended. */
static void
host_lost(struct session *s, struct host *h)
{
	if (h == &s->shared && s->past.frozen) {
		h->pid = 0;
		h->is_there = false;
		return;
	}
	host_close(s, h);
}

/* --- what a run gives ------------------------------------------------------ */

static void
deliver(void *arg)
{
	struct session *s = arg;
	struct outcome *o = s->outcome;

	stop_timers(s);
	set_active(s, false);
	if (s->alone.socket != -1) {
		warden_signal(&s->warden, s->alone.pid, SIGKILL);
		host_close(s, &s->alone);
	}
	o->note = arena_str(s->arena, buf_str(&s->note));
	o->state_lost = s->state_lost;
	s->outcome = NULL;
	s->phase = IDLE;
	s->done(s->arg, o);
}

/* There is no way back to what earlier cells made. */
static void
forget(struct session *s)
{
	if (s->past.frozen)
		warden_signal(&s->warden, s->past.frozen, SIGKILL);
	if (s->shared.pid)
		warden_signal(&s->warden, s->shared.pid, SIGKILL);
	s->state_lost = s->state_lost || s->past.n > s->past.nsources;
	past_forget(&s->past);
	host_close(s, &s->shared);
}

/* It cannot be run at all; told from the loop, like everything. */
static void
fail(struct session *s, struct str what)
{
	s->phase = IDLE;
	if (s->outcome) {	/* only the way back is barred */
		forget(s);
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

static void
collect(struct session *s, struct arena *a, struct outcome *o)
{
	struct host *h = s->host;
	const struct ending *e = &s->ending;

	h->objects = mem_grow(h->objects, &h->cap, h->n + 1, sizeof *h->objects);
	h->objects[h->n] = (struct loaded){ s->step.object, e->base };
	o->nanoseconds = loop_now() - s->began;
	o->out = stream_take(&s->out, a);
	o->err = stream_take(&s->err, a);
	verdict_give(e, &s->step, h->objects, h->n + 1, a, o);
	if (o->kind == OUTCOME_DONE && !s->step.is_program)
		verdict_value(e, h->pid, h->objects, h->n + 1, a, o);
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
			note(s, arena_cstr(&scratch, arena_printf(&scratch,
			    "cell %zu printed something else when it was run again",
			    step->run.object.number)));
		keep_object(s, s->ending.base);
	} else if (source && !s->outcome) {
		fail(s, arena_printf(s->arena, "%.*s: %.*s", STR_ARG(step->run.object.marker),
		    STR_ARG(o.what)));
	} else {
		note(s, "an earlier cell failed when it was run again");
		trace("session", "lost: %.*s", STR_ARG(o.what));
		forget(s);
	}
	arena_release(&scratch);
}

static void
over(struct session *s)
{
	bool died = s->condemned && !s->program;

	stop_timers(s);
	stream_drain(&s->out);
	stream_drain(&s->err);
	s->phase = IDLE;
	if (s->again)
		step_again_over(s);
	else
		run_over(s);
	if (died && s->host->socket != -1)
		host_lost(s, s->host);
	if (s->timer == 0)	/* else it has failed, and waits for the loop */
		go_on(s);
}

/* Children of the warden that are ours, not a cell's. */
static void
known_pids(const struct session *s, pid_t pids[NPIDS])
{
	pids[0] = s->shared.pid;
	pids[1] = s->alone.pid;
	pids[2] = s->past.frozen;
	pids[3] = s->dropped;
}

/* End all but the processes that are to go on; over() follows. */
static void
sweep(struct session *s)
{
	pid_t group = s->condemned ? runner(s) : 0;
	pid_t keep[NPIDS];
	size_t i;

	known_pids(s, keep);
	for (i = 0; i < NPIDS; i++)
		if (keep[i] == group)
			keep[i] = 0;
	s->phase = SWEEPING;
	loop_cancel(s->loop, s->timer);
	s->timer = 0;
	warden_sweep(&s->warden, group, keep);
}

static void
condemn(struct session *s)
{
	if (s->phase == SWEEPING || s->phase == IDLE || s->phase == WAKING)
		return;
	s->condemned = true;
	sweep(s);
}

/* --- what is heard --------------------------------------------------------- */

static void
on_late(void *arg)
{
	struct session *s = arg;

	s->timer = 0;
	if (s->phase == RUNNING) {
		s->ending.is_late = true;
		if (s->step.is_program && !s->step.is_isolated && !s->program) {
			condemn(s);	/* it is not even there yet */
			return;
		}
		warden_signal(&s->warden, runner(s), PROTOCOL_SIGNAL);
		s->phase = ASKED;
		set_timer(s, LAST_WORDS * MS, on_late);
	} else if (s->phase == WAKING) {
		warden_signal(&s->warden, s->past.frozen, SIGKILL);
		s->past.frozen = 0;
		host_close(s, &s->shared);
		s->phase = IDLE;
		go_on(s);
	} else {
		condemn(s);
	}
}

static void
on_count(void *arg)
{
	struct session *s = arg;

	s->counter = 0;
	warden_count(&s->warden);
}

static void
hear_count(struct session *s, uint32_t count)
{
	if (s->phase != RUNNING)
		return;
	if (count > CROWD) {
		s->ending.is_crowd = true;
		condemn(s);
	} else if (!s->counter) {
		s->counter = loop_at(s->loop, loop_now() + COUNT * MS, on_count, s);
	}
}

static void
hear_frozen(struct session *s, const struct report *r)
{
	if (!r->pid) {
		note(s, "ran without a way back: no process could be made");
		return;
	}
	warden_signal(&s->warden, s->past.frozen, SIGKILL);
	s->dropped = s->past.frozen;
	past_frozen(&s->past, r->pid, r->count, loop_now() - s->began);
	trace("session", "checkpoint: before cell %zu", s->step.object.number);
}

static void
hear_done(struct session *s, const struct report *r)
{
	pid_t known[NPIDS];

	if (!s->host->pid)
		on_warden(s);
	if (s->phase != RUNNING)
		return;
	s->ending.is_done = true;
	s->ending.done = *r;
	s->ending.base = r->base;
	known_pids(s, known);
	if (r->flags & REPORT_LEFTOVER || warden_has_others(&s->warden, known))
		sweep(s);
	else
		over(s);
}

static void
hear_trace(struct session *s, const struct report *r, struct str payload)
{
	struct ending *e = &s->ending;

	if (e->ntrace > 0)
		return;
	e->base = r->base;
	e->ntrace = r->count;
	memcpy(e->trace, payload.data, payload.len);
	if (s->phase == ASKED)
		condemn(s);
}

static void
hear_awake(struct session *s, const struct report *r)
{
	if (s->phase != WAKING || r->pid != s->past.frozen)
		return;
	if (s->past.threads > 1)
		note(s, "threads that earlier cells had started are gone");
	s->shared.pid = s->past.frozen;
	s->shared.is_there = true;
	s->shared.n = s->past.frozen_at;
	s->past.frozen = 0;
	loop_cancel(s->loop, s->timer);
	s->timer = 0;
	s->phase = IDLE;
	trace("session", "woken: the past of %zu steps", s->shared.n);
	go_on(s);
}

/* The host is confused, or a cell plays at being it. */
static void
distrust(struct session *s)
{
	s->ending.is_confused = true;
	condemn(s);
}

static void
hear(struct session *s, const struct report *r, struct str payload)
{
	struct ending *e = &s->ending;

	if (r->type == REPORT_AWAKE) {
		hear_awake(s, r);
		return;
	}
	if (r->number != s->number || s->phase == IDLE || s->phase == WAKING) {
		distrust(s);
		return;
	}
	switch ((enum report_type)r->type) {
	case REPORT_FROZEN:
		hear_frozen(s, r);
		break;
	case REPORT_PROGRAM:
		if (!s->program && !s->step.is_isolated)
			s->program = r->pid;
		break;
	case REPORT_DONE:
		if (s->step.is_program)
			distrust(s);
		else
			hear_done(s, r);
		break;
	case REPORT_LOAD:
		e->is_refused = true;
		e->is_full = r->flags & REPORT_MEMORY;
		e->refusal = arena_str(s->arena, payload);
		if (s->phase == RUNNING && !s->program &&
		    !(s->step.is_program && s->step.is_isolated))
			over(s);
		break;
	case REPORT_CRASH:
		if (e->is_crash)
			break;
		e->is_crash = true;
		e->crash = *r;
		e->base = r->base;
		if (s->phase == RUNNING) {
			s->phase = DYING;
			set_timer(s, DEATH * MS, on_late);
		}
		break;
	case REPORT_TRACE:
		hear_trace(s, r, payload);
		break;
	case REPORT_SPAWNED:
	case REPORT_DIED:
	case REPORT_SWEPT:
	case REPORT_COUNT:
	case REPORT_AWAKE:
		distrust(s);	/* not a host's to say */
		break;
	}
}

/* Everything that the host has said so far. */
static void
listen_host(struct session *s, struct host *h)
{
	struct report r;
	struct str payload;

	while (h->socket != -1) {
		switch (report_receive(h->socket, &r, &payload)) {
		case RECEIPT_REPORT:
			hear(s, &r, payload);
			break;
		case RECEIPT_NONE:
			return;
		case RECEIPT_BAD:
			distrust(s);
			break;
		case RECEIPT_END:	/* the warden will tell how */
			loop_unwatch(s->loop, h->socket);
			return;
		}
		if (s->phase == IDLE)
			return;
	}
}

/* Threads of earlier cells may do as they like with a socket that they find. */
static void
ignore_host(struct host *h)
{
	struct report r;
	struct str payload;
	enum receipt got;

	do
		got = h->socket == -1 ? RECEIPT_NONE : report_receive(h->socket, &r, &payload);
	while (got == RECEIPT_REPORT || got == RECEIPT_BAD);
}

static void
on_report(void *arg)
{
	struct session *s = arg;

	if (s->host == &s->alone)
		ignore_host(&s->shared);
	if (s->host)
		listen_host(s, s->host);
}

static void
hear_death(struct session *s, const struct report *r)
{
	/* What it said before comes first. */
	if (s->phase != IDLE && s->phase != WAKING && s->host->socket != -1)
		listen_host(s, s->host);
	if (r->pid == s->dropped)
		s->dropped = 0;
	if (r->pid == s->past.frozen) {
		s->past.frozen = 0;
		if (s->phase == WAKING) {
			host_close(s, &s->shared);
			s->phase = IDLE;
			go_on(s);
		}
		return;
	}
	if (s->phase != IDLE && s->phase != WAKING && r->pid == runner(s)) {
		s->ending.is_dead = true;
		s->ending.status = r->status;
		condemn(s);
		s->condemned = true;
		return;
	}
	if (r->pid == s->shared.pid) {
		note(s, "the session's process had ended");
		host_lost(s, &s->shared);
	}
}

static void
hear_warden(struct session *s, const struct report *r)
{
	struct host *h = r->number == s->alone.serial ? &s->alone : &s->shared;

	switch ((enum report_type)r->type) {
	case REPORT_SPAWNED:
		s->proven = true;
		if (r->number != h->serial || h->socket == -1)
			break;		/* given up meanwhile; it ends by itself */
		h->pid = r->pid;
		if (r->pid > 0)
			break;
		host_close(s, h);
		fail(s, arena_printf(s->arena, "no process could be made: %s",
		    strerror(r->status)));
		break;
	case REPORT_DIED:
		hear_death(s, r);
		break;
	case REPORT_SWEPT:
		if (s->phase != SWEEPING)
			break;
		if (!s->condemned && r->count > 0)
			note(s, "processes that it had started were ended");
		over(s);
		break;
	case REPORT_COUNT:
		hear_count(s, r->count);
		break;
	default:
		break;
	}
}

/* Without its warden nothing of a session lives. */
static void
warden_lost(struct session *s)
{
	loop_unwatch(s->loop, s->warden.socket);
	warden_stop(&s->warden);
	s->past.frozen = 0;
	host_close(s, &s->shared);
	host_close(s, &s->alone);
	if (!s->proven) {
		diag_error(s->diag, STATUS_ENVIRONMENT, PLACE_NONE, "no-host",
		    "the program that runs cells ended at its start: %s", s->options.program);
		fail(s, STR("the program that runs cells ended at its start"));
		return;
	}
	note(s, "the session's processes had been killed");
	if (s->phase == IDLE)
		return;
	s->ending.is_dead = true;
	s->ending.status = SIGKILL;
	s->condemned = true;
	if (s->phase == WAKING)
		go_on(s);
	else
		over(s);
}

static void
on_warden(void *arg)
{
	struct session *s = arg;
	struct report r;
	struct str payload;

	while (s->warden.socket != -1) {
		switch (report_receive(s->warden.socket, &r, &payload)) {
		case RECEIPT_REPORT:
			hear_warden(s, &r);
			break;
		case RECEIPT_NONE:
			return;
		case RECEIPT_BAD:
		case RECEIPT_END:
			warden_lost(s);
			return;
		}
	}
}

static void
on_out(void *arg)
{
	struct session *s = arg;

	if (stream_read(&s->out) && s->out.total > s->step.output_kill && s->phase == RUNNING) {
		s->ending.is_over_out = true;
		condemn(s);
	}
}

static void
on_err(void *arg)
{
	struct session *s = arg;

	if (stream_read(&s->err) && s->err.total > s->step.output_kill && s->phase == RUNNING) {
		s->ending.is_over_err = true;
		condemn(s);
	}
}

/* --- what is said ---------------------------------------------------------- */

static struct str
arguments_of(const struct session_run *r, struct buf *b)
{
	size_t i;

	for (i = 0; i < r->nargs; i++) {
		buf_add(b, str_of(r->args[i]));
		buf_byte(b, '\0');
	}
	return buf_str(b);
}

static void
start_step(struct session *s, struct host *h, const struct session_run *r, bool again)
{
	struct buf arguments = {0};
	struct str args = arguments_of(r, &arguments);
	struct order o = {
		.type = ORDER_RUN, .size = (uint32_t)args.len, .number = ++s->number,
		.memory = r->memory, .nargs = (uint32_t)r->nargs,
		.flags = (r->full_buffer ? RUN_FULL_BUFFER : 0) |
		    (r->is_program ? RUN_PROGRAM : 0) |
		    (r->is_program && r->is_isolated ? RUN_IN_PLACE : 0)
	};

	if (!again && past_wants_copy(&s->past, r))
		o.flags |= RUN_CHECKPOINT;
	s->step = *r;
	s->again = again;
	s->host = h;
	s->program = 0;
	s->condemned = false;
	memset(&s->ending, 0, sizeof s->ending);
	stream_begin(&s->out, r->output_kept);
	stream_begin(&s->err, r->output_kept);
	s->began = loop_now();
	if (args.len > PROTOCOL_PAYLOAD || r->nargs > PROTOCOL_ARGS) {
		fail(s, STR("more arguments than a cell can take"));
	} else if (!order_run(h->socket, &o, args, r->object.bytes, r->stdin_text)) {
		fail(s, arena_printf(s->arena, "cannot be handed over: %s", strerror(errno)));
	} else {
		s->phase = RUNNING;
		set_timer(s, r->timeout, on_late);
		s->counter = loop_at(s->loop, s->began + COUNT * MS, on_count, s);
	}
	buf_release(&arguments);
}

static bool
wake(struct session *s)
{
	if (!s->past.frozen || s->shared.socket == -1)
		return false;
	s->phase = WAKING;
	s->host = &s->shared;
	warden_signal(&s->warden, s->past.frozen, PROTOCOL_SIGNAL);
	set_timer(s, WAKE * MS, on_late);
	return true;
}

static bool
spawn(struct session *s, struct host *h)
{
	host_close(s, h);
	h->serial = ++s->serial;
	h->socket = warden_spawn(&s->warden, h->serial, &s->out, &s->err);
	if (h->socket == -1)
		return false;
	h->is_there = true;
	if (s->active)
		watch(s, h->socket, on_report);
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
		watch(s, s->warden.socket, on_warden);
	return true;
}

/* The next thing to do, until the asked one is done and the way back gone. */
static void
go_on(struct session *s)
{
	struct host *h = s->outcome || !s->run.is_isolated ? &s->shared : &s->alone;
	size_t steps = h == &s->alone ? s->past.nsources : s->past.n;

	if (s->outcome && (s->past.n == s->past.nsources || (h->is_there && h->n == steps))) {
		deliver(s);
		return;
	}
	if (!ensure_warden(s)) {
		fail(s, STR("the program that runs cells cannot be started"));
		return;
	}
	if (!h->is_there) {
		if (h == &s->shared && wake(s))
			return;
		if (!spawn(s, h)) {
			fail(s, arena_printf(s->arena, "no process could be made: %s",
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
	s->options = (struct warden_options){ o->host_path, o->folder, o->scratch };
	s->warden.socket = s->shared.socket = s->alone.socket = -1;
	s->host = &s->shared;
	if (!stream_open(&s->out) || !stream_open(&s->err)) {
		diag_errno(d, "make a pipe", STR("session"));
	} else if (ensure_warden(s)) {
		(void)spawn(s, &s->shared);	/* if not now, then at the first run */
		return s;
	}
	session_free(s);
	return NULL;
}

void
session_free(struct session *s)
{
	if (!s)
		return;
	stop_timers(s);
	set_active(s, false);
	warden_stop(&s->warden);
	host_close(s, &s->shared);
	host_close(s, &s->alone);
	mem_free(s->shared.objects);
	mem_free(s->alone.objects);
	past_release(&s->past);
	stream_close(&s->out);
	stream_close(&s->err);
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
	assert(!s->active && "one run at a time");
	s->run = *r;
	s->arena = a;
	s->done = done;
	s->arg = arg;
	s->outcome = NULL;
	s->state_lost = false;
	buf_clear(&s->note);
	set_active(s, true);
	on_warden(s);		/* who has died since the last run? */
	if (s->timer == 0)
		go_on(s);
}
