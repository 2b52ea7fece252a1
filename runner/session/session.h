/*
 * A session: cells that run one after another and share their state.
 *
 * The cells run in a process of their own (protocol.h); whatever they do, the
 * session goes on with the state from before the cell that failed, and nothing
 * of a cell is left running after it.  All work is done from the loop; one run
 * at a time.
 *
 *	s = session_new(loop, &options, diag);
 *	session_preload(s, &object);			sources=, before the first run
 *	session_start(s, &run, arena, done, arg);	... loop ... done(arg, outcome)
 *	session_rewind(s, n);				and on from there
 *	session_free(s);
 */
#ifndef RUNNER_SESSION_SESSION_H
#define RUNNER_SESSION_SESSION_H

#include "runner/session/outcome.h"
#include "runner/session/run.h"

struct arena;
struct diag;
struct loop;
struct session;

/* The strings must stay for as long as the session. */
struct session_options {
	const char *host_path;		/* the program skein-host */
	const char *lua_path;		/* the part for Lua cells; NULL: none come */
	const char *folder;		/* working folder of the cells */
	const char *scratch;		/* their HOME and TMPDIR; NULL: /tmp */
	const char *const *env;		/* NAME=value, over what all cells have */
	size_t nenv;
	struct str image;		/* bytes of a program to be taken instead, looked at by session_new
					 * only; empty: none */
	int64_t replay;			/* ns that running again may cost; 0: as it seems best */
	size_t copies;			/* more than one: of the past, as it will be rewound;
					 * up to PROTOCOL_COPIES */
	bool is_shuffled;		/* addresses are others in each run */
	/* Progress that a cell tells of: any bytes, see DISPLAY_PROGRESS; may be NULL. */
	void (*progress)(void *arg, struct str label, struct str amount);
	void *progress_arg;
	uint64_t copies_memory;		/* bytes that they may hold beside the state; 0: any */
};

/*
 * Starts the host at once, so that it is ready when the first object is.
 * NULL after a message.
 */
struct session *session_new(struct loop *l, const struct session_options *o, struct diag *d);

/* Its processes begin to end; nothing runs, and nothing comes but session_free. */
void session_dismiss(struct session *s);

/* Ends all that came from the session; nothing is left running. NULL is fine. */
void session_free(struct session *s);

/* An object of sources=: loaded before any cell, in isolated processes too. */
void session_preload(struct session *s, const struct session_object *o);

/*
 * Once what runs and all that was sent ahead of it have ended well, this one
 * will be started, and nothing else: called while another runs, it is sent to
 * the host ahead of its turn.  False if it is not: then it is only started.
 */
bool session_ahead(struct session *s, const struct session_run *r);

/* How many are ahead: they are started next, or are not any more once one fails. */
size_t session_nahead(const struct session *s);

/*
 * Run one cell; `done` is called from the loop, once the session is ready for
 * the next one; it may start that, but not free the session.  The outcome lives in the arena.  What cannot be started at all
 * has a message in diag and gives OUTCOME_LOAD.
 */
void session_start(struct session *s, const struct session_run *r, struct arena *a,
    void (*done)(void *arg, struct outcome *o), void *arg);

/*
 * The cells that the state holds: those that ended well since it was last
 * empty.  Programs and isolated cells are not among them, nor are sources=.
 */
size_t session_depth(const struct session *s);

/*
 * The state after its first n cells is what the next run starts from; those
 * after them are forgotten, and no process of theirs lives on.  n is at most
 * the depth, and nothing runs.  This is quick: the way back is gone by the next
 * run, which has state_lost in its outcome if there turned out to be none.
 */
void session_rewind(struct session *s, size_t n);

/*
 * Is there a way back that runs no cell again which must not be (run.once)?  If
 * not, a rewind loses the state.
 */
bool session_can_rewind(const struct session *s, size_t n);

/*
 * Stop the cell that runs, as at its time limit: done follows, with
 * OUTCOME_INTERRUPTED.  False if no cell runs, or it is being ended already.
 */
bool session_interrupt(struct session *s);

#endif
