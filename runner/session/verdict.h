/*
 * How a cell ended, in words and places.
 *
 * The session collects what it is told (by the host, which may be confused,
 * and by the warden, which is not) in an ending; a verdict is what a reader
 * gets to see of it.
 */
#ifndef RUNNER_SESSION_VERDICT_H
#define RUNNER_SESSION_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "runner/session/backtrace.h"
#include "runner/session/card.h"
#include "runner/session/outcome.h"
#include "runner/session/protocol.h"
#include "runner/session/run.h"
#include "tangle/base/str.h"

struct arena;
struct library;

/* A place besides the one of the crash. */
struct aside {
	struct route route;
	bool is_race;		/* an access, without order to another one */
};

struct ending {
	bool is_done;		/* DONE came: */
	struct report done;
	bool is_crash;		/* CRASH came: */
	struct report crash;
	bool is_dead;		/* the warden says so: */
	int status;		/* as wait() has it */
	bool is_refused;	/* LOAD came: */
	bool is_full;		/* for want of memory */
	struct str refusal;
	bool is_aborting;	/* WORDS came: why it aborts */
	struct str words;
	struct str variable;	/* that they are about, or empty */
	bool is_raised;		/* RAISED came: `words` has the error */
	struct str value;	/* VALUE came; else data NULL */
	struct lua_calls lua;	/* LUA came */
	struct aside asides[PROTOCOL_ASIDES];
	size_t nasides;
	uint64_t base;		/* of the cell's own object */
	struct str places;	/* PLACES came: the calls; data NULL: it did not, */
	uint32_t excess;	/* and which limit was hit: REPORT_MEMORY, REPORT_FILE, or 0 */
	bool is_traced;		/* TRACE came: */
	enum leaving leaving;
	struct card card;
	/* Why the session ended it: */
	bool is_interrupted, is_late, is_confused, is_crowd, is_over_out, is_over_err;
	uint64_t memory_limit;	/* that it was above; or 0 */
	bool is_oom;		/* the system ended it, for want of memory */
};

/*
 * Set kind, status, signal, what and frames of o, whose captured output is
 * there already; the loader's own words are taken off its stderr.
 */
void verdict_give(const struct ending *e, const struct session_run *r, struct arena *a,
    struct outcome *o);

/* Set o->value; the library's process is the host, which waits. */
void verdict_value(const struct ending *e, struct library *l, struct arena *a, struct outcome *o);

#endif
