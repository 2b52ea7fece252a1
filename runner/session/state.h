/*
 * A session from inside: what it knows, and what its two halves ask of each
 * other.  session.c decides what is done next and does it; hear.c takes in what
 * hosts and the warden say; back.c makes and takes the ways back.
 */
#ifndef RUNNER_SESSION_STATE_H
#define RUNNER_SESSION_STATE_H

#include "runner/session/checkpoint.h"
#include "runner/session/displayed.h"
#include "runner/session/library.h"
#include "runner/session/outcome.h"
#include "runner/session/protocol.h"
#include "runner/session/stream.h"
#include "runner/session/timeline.h"
#include "runner/session/verdict.h"
#include "runner/session/warden.h"
#include "tangle/base/buf.h"

struct diag;
struct loop;

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

enum { DYING_MOST = PROTOCOL_KEEP - PROTOCOL_COPIES - 2 };

/* A process in which cells run. */
struct host {
	int socket;			/* -1: none */
	pid_t pid;			/* 0: the warden has not told yet */
	bool is_known;			/* the warden has told, so it is listened to */
	bool is_there;			/* false: gone, but its frozen past may hold the socket */
	uint64_t serial;		/* tells answers about it from those about others */
	struct loaded *objects;		/* of steps; and room for one more */
	size_t n, cap;
};

/* An order that was sent before its turn. */
struct ahead {
	struct session_run run;
	uint64_t number;
	int64_t sent;
};

struct session {
	struct loop *loop;
	struct diag *diag;
	struct warden_options options;
	struct warden warden;
	bool proven;			/* this warden has made a host */
	struct stream out, err;
	struct past past;
	/* What we have ended, and is not known to be dead yet. */
	pid_t dying[DYING_MOST];
	size_t ndying;
	bool has_doomed;		/* some of them are to be ended once there is time */
	pid_t leaving;			/* the host among them: it may still hear; 0: none */
	bool is_without;		/* no copy could be made, which has been told */
	pid_t faulted_by;		/* the host that had touched that much when */
	uint64_t faulted;		/* the last copy was made */
	struct host shared, alone;
	uint64_t number, serial;	/* of the order that goes on; of the last host */
	uint64_t handed;		/* orders that were made */
	struct ahead ahead[PROTOCOL_PIPES - 1];
	size_t nahead;
	bool is_dead;			/* the host died when one of them ran: */
	struct report death;

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
	/* Said before a cell's code runs; who says it later is not the host. */
	bool awaits_copy, awaits_program;
	pid_t program;			/* the copy that runs it, 0: none */
	bool condemned;			/* the process that runs it shall not go on */
	int64_t began, sent;
	bool listening;			/* to stdout and stderr */
	unsigned nreplays;		/* new hosts that the past had to be run again in */
	struct timeline timeline;
	unsigned long timer, ticker, early;
	uint64_t machine;		/* bytes that leave the machine usable; 0: not yet asked */
	int64_t looked;			/* when its processes were looked at */
	uint64_t oom_kills;		/* of the system, when it began to take time */
	bool oom_kills_known;
	struct ending ending;
	struct displayed displayed;
	void (*progress)(void *arg, struct str label, struct str amount);
	void *progress_arg;
	int sealed_piece;		/* the piece that was handed over last, -1: none */
	uint64_t sealed;		/* its number */
	const char *lua_path;		/* the part for Lua cells, */
	int lua;			/* and its file, once one has come; -1: none has */
	struct library library;		/* of what is shown meanwhile; closed until then */
};

/* session.c */

/* A word for the person who reads the outcome. */
void session_note(struct session *s, const char *text);
/* The process whose end is the end of what goes on. */
pid_t session_runner(const struct session *s);
/* From now on what the host says is heard, if anything goes on. */
void session_watch_host(struct session *s, const struct host *h);
void session_set_timer(struct session *s, int64_t wait);
void session_stop_timer(struct session *s);
/* Look again at what it uses, in so many nanoseconds. */
void session_look_in(struct session *s, int64_t wait);
/* The next thing to do, until what was asked for is done and the way back gone. */
void session_go_on(struct session *s);
/* What goes on has ended, and nothing of it lives. */
void session_over(struct session *s);
/* The objects of the host that runs, with the one that is not yet counted. */
struct library *session_library(struct session *s, uint64_t base);
/* End all but the processes that are to go on; session_over follows. */
void session_sweep(struct session *s);
/* The same, and what runs is not to go on. */
void session_condemn(struct session *s);
/* It cannot be run at all. */
void session_fail(struct session *s, struct str what);
/* A host's process has ended; or shall count as ended. */
void session_host_lost(struct session *s, struct host *h);
void session_host_close(struct session *s, struct host *h);

/* The piece of what runs cannot be loaded, nothing of it ran: its object goes alone. */
void session_part_alone(struct session *s);

/* What was sent ahead is void. */
void session_drop_ahead(struct session *s);

/* back.c */

/* Children of the warden that are ours, not a cell's. */
void session_kin(const struct session *s, struct kin *k);
/* End one of them, if there is one; it is ours until it is known to be dead. */
void session_end(struct session *s, pid_t pid);
/* And those that a rewind has left: their end takes the time of the next cell. */
void session_end_doomed(struct session *s);
/* A copy was made, or could not be. */
void session_frozen(struct session *s, const struct report *r);
/* Begin to wake the newest copy; false if there is none. */
bool session_wake(struct session *s);
void session_awake(struct session *s, pid_t pid);
void session_late_to_wake(struct session *s);
/* A process has ended; true if it was one of those that need not be there. */
bool session_gone(struct session *s, pid_t pid);
/* The warden has ended, and so has everything. */
void session_all_gone(struct session *s);
/* There is to be a new host: copies of the old one are of no use. */
void session_renew(struct session *s);
/* There is no way back to what earlier cells made. */
void session_forget(struct session *s);
/* What must not be run again is not, even if there is no other way back. */
void session_forget_if_barred(struct session *s);
/* The host that cells share is ended. */
void session_end_shared(struct session *s);

/* hand.c */

/* Does it come in a piece? */
static inline bool
session_is_part(const struct session_object *o)
{
	return o->piece && !o->piece->is_refused;
}

/* An order to a host: its number is s->handed. False with errno, E2BIG: arguments. */
bool session_hand(struct session *s, const struct host *h, const struct session_run *r,
    uint32_t flags);
/* Is it the next one of those that were sent ahead? */
bool session_take_ahead(struct session *s, const struct session_run *r, struct ahead *taken);

/*
 * usage.c: what runs, and all that it has started, against its limits.  Each
 * look says when the next one has to be.
 */
int64_t usage_begin(struct session *s);
int64_t usage_look(struct session *s);
void usage_heard(struct session *s, const struct report *r);
/* Was this end, a wait status, the system's doing, for want of memory? */
bool usage_is_oom(const struct session *s, int status);

/* hear.c: the loop's calls, each with the session. */
void hear_host(void *session);
void hear_warden(void *session);
void hear_out(void *session);
void hear_err(void *session);
/* The death that was told before its turn. */
void hear_early(void *session);

#endif
