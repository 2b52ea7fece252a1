#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runner/build/loop.h"
#include "runner/session/dwarf.h"
#include "runner/session/library.h"
#include "runner/session/meaning.h"
#include "runner/session/state.h"
#include "runner/session/value.h"
#include "tangle/base/arena.h"
#include "tangle/base/diag.h"
#include "tangle/base/trace.h"

#define MS	INT64_C(1000000)

enum {
	DEATH = 2000,		/* ms from a crash to its end */
	AT_ONCE = 64,		/* reports that are heard before it is looked at the clock */
	QUESTION = 512,		/* bytes of one about a name */
	LAST = 4096		/* and once its host is dead: more than a socket holds */
};

/* More than it may print is the end of it, even when it was quick. */
static bool
is_over(struct session *s)
{
	struct ending *e = &s->ending;

	e->is_over_out = e->is_over_out || s->out.total > s->step.output_kill;
	e->is_over_err = e->is_over_err || s->err.total > s->step.output_kill;
	return e->is_over_out || e->is_over_err;
}

static void
hear_done(struct session *s, const struct report *r)
{
	struct kin ours;

	if (!s->host->pid)
		hear_warden(s);
	if (s->phase != RUNNING)
		return;
	s->ending.is_done = true;
	s->ending.done = *r;
	s->ending.base = r->base;
	if (r->flags & REPORT_TIMER && !s->again)
		session_note(s, "a timer that it had set was stopped");
	if (r->flags & REPORT_CLEAN && s->nahead > 0)
		stream_look(&s->out, &s->err);
	stream_drain(&s->out);
	stream_drain(&s->err);
	timeline_end(&s->timeline, r->nanoseconds);
	session_kin(s, &ours);
	if (is_over(s))
		session_condemn(s);
	else if (r->flags & REPORT_CLEAN && s->nahead > 0)
		session_over(s);	/* the next one runs, and may have children of its own */
	else if (r->flags & REPORT_LEFTOVER || warden_has_others(&s->warden, &ours))
		session_sweep(s);
	else
		session_over(s);
}

static void
hear_trace(struct session *s, const struct report *r, struct str payload)
{
	static struct trace trace;
	struct ending *e = &s->ending;
	struct library *l;

	if (e->is_traced)
		return;
	e->is_traced = true;
	e->leaving = r->code > LEAVING_NOT && r->code <= LEAVING_THREAD ? (enum leaving)r->code : LEAVING_NOT;
	e->base = r->base;
	memcpy(&trace, payload.data, payload.len);
	if (!s->again) {
		l = session_library(s, r->base);
		l->pid = session_runner(s);
		card_make(&e->card, r, &trace, e->is_crash ? &e->crash : NULL, &e->lua, l,
		    &s->step.text, s->arena);
	}
	if (s->phase == ASKED)
		session_condemn(s);
	else if (s->phase == DYING)
		warden_signal(&s->warden, session_runner(s), PROTOCOL_SIGNAL);
}

/* The host is confused, or a cell plays at being it. */
static void
distrust(struct session *s)
{
	s->ending.is_confused = true;
	session_condemn(s);
}

static void
hear_awake(struct session *s, const struct report *r)
{
	if (s->phase != WAKING)
		distrust(s);
	else
		session_awake(s, r->pid);
}

/* Who waits for an answer, the kernel says: it must not be us.  0: nobody who may. */
static pid_t
asker(const struct session *s, const struct report *r, int answer)
{
	pid_t pid = answer_process(answer);

	return s->phase != RUNNING || r->number != s->number || pid == getpid() ||
	    pid == s->warden.pid || pid < 0 ? 0 : pid;
}

/* What a name of C means.  Without an answer it is not known. */
static void
hear_meaning(struct session *s, const struct report *r, int answer)
{
	char question[QUESTION];
	pid_t pid = asker(s, r, answer);
	struct buf text = {0};
	struct library *l;

	if (pid == 0 || r->value_size > sizeof question)
		return;
	l = session_library(s, 0);
	l->pid = pid;
	if (library_read(l, r->value, question, r->value_size) == r->value_size)
		meaning_answer(l, (struct str){ question, r->value_size }, &text);
	(void)send(answer, text.data, text.len, MSG_DONTWAIT | MSG_NOSIGNAL);
	buf_release(&text);
}

/*
 * Somebody waits for the text of a value.  Where nothing runs, or something else,
 * nothing is the answer.
 */
static void
hear_show(struct session *s, const struct report *r, int answer)
{
	struct value v = { r->marker, 0, r->value, r->value_size };
	pid_t pid = asker(s, r, answer);
	struct buf text = {0};
	struct library *l;

	if (pid == 0)
		return;
	l = session_library(s, 0);
	if (!library_object(l, r->marker))
		l = session_library(s, r->base + (session_is_part(&s->step.object) ? s->step.object.base : 0));
	l->pid = pid;
	if (value_text(l, &v, &text))
		(void)send(answer, text.data, text.len, MSG_DONTWAIT | MSG_NOSIGNAL);
	buf_release(&text);
}

/* Something to be shown.  Who runs again shows nothing, and is not told. */
static void
hear_display(struct session *s, const struct report *r, int answer)
{
	pid_t pid = asker(s, r, answer);
	struct display one;

	if (pid == 0 || !displayed_take(&s->displayed, r, pid, s->arena, s->again, &one))
		return;
	if (one.kind == DISPLAY_PROGRESS && !s->again && s->progress)
		s->progress(s->progress_arg, one.text, one.data);
	(void)send(answer, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void
hear_question(struct session *s, const struct report *r, int answer)
{
	if (r->type == REPORT_SHOW)
		hear_show(s, r, answer);
	else if (r->type == REPORT_MEANING)
		hear_meaning(s, r, answer);
	else
		hear_display(s, r, answer);
}

/* The object could not be loaded. */
static void
hear_load(struct session *s, const struct report *r, struct str words)
{
	struct ending *e = &s->ending;

	if (e->is_refused)
		return;
	if (s->phase == RUNNING && session_is_part(&s->step.object)) {
		session_part_alone(s);
		return;
	}
	e->is_refused = true;
	e->is_full = r->flags & REPORT_MEMORY;
	e->refusal = arena_str(s->arena, words);
	if (s->phase == RUNNING && !s->program && !(s->step.is_program && s->step.is_isolated))
		session_over(s);
}

/* Why it aborts; the first reason counts. */
static void
hear_words(struct session *s, const struct report *r, struct str words)
{
	struct ending *e = &s->ending;
	struct library *l = session_library(s, r->base);
	const struct loaded *in = r->address ? library_object(l, r->address) : NULL;
	struct dwarf *d = in ? library_dwarf(l, in) : NULL;
	struct variable v;

	if (e->is_aborting)
		return;
	e->is_aborting = true;
	e->words = arena_str(s->arena, words);
	if (d && dwarf_variable(d, r->address - in->base, &v))
		e->variable = arena_str(s->arena, library_plain(v.name));
}

/* An error that nobody caught; the calls that led there are to come. */
static void
hear_raised(struct session *s, const struct report *r, struct str words)
{
	struct ending *e = &s->ending;

	if (e->is_raised)
		return;
	e->is_raised = true;
	e->is_full = r->flags & REPORT_MEMORY;
	e->words = arena_str(s->arena, words);
	if (s->phase == RUNNING)
		s->phase = ASKED;
	session_set_timer(s, DEATH * MS);
}

static void
hear_lua(struct session *s, const struct report *r, struct str payload)
{
	struct lua_call *list;

	if (s->again || r->count == 0)
		return;
	list = arena_alloc(s->arena, r->count, sizeof *list);
	memcpy(list, payload.data, payload.len);
	for (size_t i = 0; i < r->count; i++)
		list[i].name[PROTOCOL_NAME - 1] = '\0';
	s->ending.lua = (struct lua_calls){ list, r->count };
}

/* One more place; of very many, the first ones. */
static void
hear_aside(struct session *s, const struct report *r, struct str payload)
{
	size_t size = r->count * sizeof(uint64_t);
	struct ending *e = &s->ending;
	struct aside *one = &e->asides[e->nasides];

	if (e->nasides == PROTOCOL_ASIDES || s->again)
		return;
	e->nasides++;
	one->is_race = r->flags & REPORT_RACE;
	one->route.title = arena_str(s->arena, str_slice(payload, size, payload.len));
	card_route(&one->route, payload.data, r->count, session_library(s, r->base), s->arena);
}

/* Where an engine failed, or where it is, which it was asked for. */
static void
hear_places(struct session *s, const struct report *r, struct str calls)
{
	struct ending *e = &s->ending;

	if (!s->step.is_engine || s->step.is_program) {
		distrust(s);
		return;
	}
	if (!e->places.data) {
		e->places = arena_str(s->arena, calls);
		e->excess = r->flags & (REPORT_MEMORY | REPORT_FILE);
	}
	if (s->phase == ASKED)
		session_condemn(s);
}

/* The first crash counts; its process has a moment left to die. */
static void
hear_crash(struct session *s, const struct report *r)
{
	struct ending *e = &s->ending;

	if (e->is_crash)
		return;
	e->is_crash = true;
	e->crash = *r;
	e->base = r->base;
	if (s->phase == RUNNING) {
		s->phase = DYING;
		session_set_timer(s, DEATH * MS);
	}
}

static void
host_said(struct session *s, const struct report *r, struct str payload)
{
	struct ending *e = &s->ending;

	if (r->type == REPORT_AWAKE) {
		hear_awake(s, r);
		return;
	}
	if (r->type == REPORT_TRACE && r->number < s->number)
		return;		/* where an earlier cell was; the one that runs is not to blame */
	if (r->number != s->number || s->phase == IDLE || s->phase == WAKING) {
		distrust(s);
		return;
	}
	switch ((enum report_type)r->type) {
	case REPORT_FROZEN:
		if (s->awaits_copy)
			session_frozen(s, r);
		else
			distrust(s);
		s->awaits_copy = false;
		break;
	case REPORT_PROGRAM:
		if (!s->awaits_program)
			distrust(s);
		else if (!s->step.is_isolated)
			s->program = r->pid;
		s->awaits_program = false;
		break;
	case REPORT_DONE:
		if (s->step.is_program || e->is_aborting)
			distrust(s);
		else
			hear_done(s, r);
		break;
	case REPORT_LOAD:
		hear_load(s, r, payload);
		break;
	case REPORT_CRASH:
		hear_crash(s, r);
		break;
	case REPORT_WORDS:
		hear_words(s, r, payload);
		break;
	case REPORT_PLACES:
		hear_places(s, r, payload);
		break;
	case REPORT_ASIDE:
		hear_aside(s, r, payload);
		break;
	case REPORT_VALUE:
		e->value = arena_str(s->arena, payload);
		break;
	case REPORT_RAISED:
		hear_raised(s, r, payload);
		break;
	case REPORT_LUA:
		hear_lua(s, r, payload);
		break;
	case REPORT_TRACE:
		hear_trace(s, r, payload);
		break;
	case REPORT_SPAWNED:
	case REPORT_DIED:
	case REPORT_SWEPT:
	case REPORT_COUNT:
	case REPORT_AWAKE:
	case REPORT_SHOW:
	case REPORT_MEANING:
	case REPORT_DISPLAY:
		distrust(s);	/* not a host's to say */
		break;
	}
}

/* What the host has said so far; of very much, the first part. */
static void
listen_host(struct session *s, struct host *h, int most)
{
	struct report r;
	struct str payload;
	int answer;

	while (h->socket != -1 && most-- > 0) {
		switch (report_receive(h->socket, &r, &payload, &answer)) {
		case RECEIPT_REPORT:
			if (!report_waits(&r))
				host_said(s, &r, payload);
			else if (answer != -1)
				hear_question(s, &r, answer);
			if (answer != -1)
				close(answer);
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
ignore_host(struct session *s, struct host *h)
{
	struct report r;
	struct str payload;
	enum receipt got = RECEIPT_REPORT;
	int answer, most = AT_ONCE;

	while (h->socket != -1 && got != RECEIPT_NONE && got != RECEIPT_END && most-- > 0) {
		got = report_receive(h->socket, &r, &payload, &answer);
		if (answer != -1)
			close(answer);
	}
	if (got == RECEIPT_END)
		loop_unwatch(s->loop, h->socket);
}

void
hear_host(void *arg)
{
	struct session *s = arg;

	if (s->host == &s->alone)
		ignore_host(s, &s->shared);
	if (s->host)
		listen_host(s, s->host, AT_ONCE);
}

static void
hear_death(struct session *s, const struct report *r)
{
	/* What it said before comes first. */
	if (s->phase != IDLE && s->phase != WAKING && s->host->socket != -1)
		listen_host(s, s->host, LAST);
	if (session_gone(s, r->pid))
		return;
	if (s->phase != IDLE && s->phase != WAKING && r->pid == session_runner(s)) {
		s->ending.is_dead = true;
		s->ending.status = r->status;
		s->ending.is_oom = usage_is_oom(s, r->status);
		session_condemn(s);
		s->condemned = true;
		return;
	}
	if (r->pid == s->shared.pid && s->nahead > 0) {
		s->is_dead = true;	/* to be told in its turn */
		s->death = *r;
		return;
	}
	if (r->pid == s->shared.pid) {
		session_note(s, "the session's process had ended");
		session_host_lost(s, &s->shared);
	}
}

static void
warden_said(struct session *s, const struct report *r)
{
	struct host *h = r->number == s->alone.serial ? &s->alone : &s->shared;

	switch ((enum report_type)r->type) {
	case REPORT_SPAWNED:
		s->proven = true;
		if (r->number != h->serial || h->socket == -1 || h->is_known)
			break;		/* given up meanwhile, and ends by itself; or said twice */
		h->pid = r->pid;
		h->is_known = true;
		session_watch_host(s, h);
		if (r->pid > 0)
			break;
		session_host_close(s, h);
		session_fail(s, arena_printf(s->arena, "no process could be made: %s",
		    strerror(r->status)));
		break;
	case REPORT_DIED:
		hear_death(s, r);
		break;
	case REPORT_SWEPT:
		if (s->phase != SWEEPING)
			break;
		if (!s->condemned && r->count > 0)
			session_note(s, "processes that it had started were ended");
		session_over(s);
		break;
	case REPORT_COUNT:
		usage_heard(s, r);
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
	session_all_gone(s);
	if (!s->proven) {
		diag_error(s->diag, STATUS_ENVIRONMENT, PLACE_NONE, "no-host",
		    "the program that runs cells ended at its start: %s", s->options.program);
		session_fail(s, STR("the program that runs cells ended at its start"));
		return;
	}
	session_note(s, "the session's processes had been killed");
	if (s->phase == IDLE)
		return;
	s->ending.is_dead = true;
	s->ending.status = SIGKILL;
	s->condemned = true;
	if (s->phase == WAKING)
		session_go_on(s);
	else
		session_over(s);
}

void
hear_warden(void *arg)
{
	struct session *s = arg;
	struct report r;
	struct str payload;
	int answer;

	while (s->warden.socket != -1) {
		switch (report_receive(s->warden.socket, &r, &payload, &answer)) {
		case RECEIPT_REPORT:
			if (answer != -1)
				close(answer);
			warden_said(s, &r);
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

void
hear_early(void *arg)
{
	struct session *s = arg;

	s->early = 0;
	if (s->is_dead && s->phase == RUNNING) {
		s->is_dead = false;
		hear_death(s, &s->death);
	}
}

static void
read_output(struct session *s, struct stream *stream)
{
	stream_read(stream);
	if (s->phase == RUNNING && is_over(s))
		session_condemn(s);
}

void
hear_out(void *arg)
{
	struct session *s = arg;

	read_output(s, &s->out);
}

void
hear_err(void *arg)
{
	struct session *s = arg;

	read_output(s, &s->err);
}
