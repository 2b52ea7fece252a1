/*
 * What lives from one run of a document to the next: sessions, and what cells
 * gave in them.
 *
 * A cell's key says what is run (object, arguments, input, limits) and on top
 * of which cells of its session.  A cell that changes its session's state is a
 * step of it; where the next step has the key of the cell that comes, the cell
 * stands, and is not run.  The first that differs takes the session back to
 * where it belongs, and it is run, and all steps behind it.  What changes no
 * state (programs, session=none, console blocks, cells that failed) stands
 * wherever its key is the same.
 *
 *	living_init(&l, loop, store, diag, true);
 *	living_begin(&l, cells);			for each run:
 *	t = living_strand(&l, name, ...);		for each cell:
 *	if (!(c = living_find(&l, t, &key, number))) {
 *		c = living_start(&l, t, &key, &run, arena);
 *		session_start(t->session, &c->run, c->arena, ...) ... outcome
 *		living_end(&l, t, c, outcome);
 *	}
 *	living_release(&l);
 *
 * `skein run` does the same once, and keeps nothing.
 */
#ifndef RUNNER_CLI_LIVING_H
#define RUNNER_CLI_LIVING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/cli/home.h"
#include "runner/session/outcome.h"
#include "runner/session/run.h"
#include "runner/session/session.h"
#include "tangle/base/arena.h"
#include "tangle/base/hash.h"
#include "tangle/base/map.h"

struct console_result;
struct diag;
struct loop;
struct store;

/* A cell that was run. */
struct lived {
	struct digest key;
	struct session_run run;
	struct outcome *outcome;
	const struct console_result *console;	/* of a console block */
	struct arena *arena;			/* where all that is */
	struct arena own;			/* that arena, if it is kept */
	size_t cell;				/* its number in the last run that met it, */
	uint64_t met;				/* and which run that was */
	uint64_t began;				/* the one that ran it */
	struct lived *next;			/* of those that are let go */
};

/* A session and what its state was made of. */
struct strand {
	struct session *session;
	struct arena arena;
	struct str name;
	struct digest base;		/* what it began with */
	struct lived **steps;
	size_t n, cap;
	size_t at;			/* how many of them stand in this run, */
	struct digest chain;		/* the key of the last of those, or base */
	uint64_t met;
};

enum { LIVING_PROGRESS = 80 };

struct living {
	struct loop *loop;
	struct store *store;
	struct diag *diag;		/* of sessions; it outlives them */
	bool keeps;
	bool lasts;			/* what it knows of cells outlives the texts that they come from, as with `keeps` */
	bool has_home;
	struct home home;		/* of all sessions */
	struct arena home_arena;
	struct map strands;		/* name -> struct strand */
	struct map others;		/* key -> struct lived that is no step */
	struct map units;		/* digests of those of the last run, in: */
	struct arena units_arena;
	struct lived *running;		/* begun and not ended; NULL: none */
	struct lived *gone;		/* to be freed when nobody looks at them any more */
	uint64_t run;			/* counts them */
	bool was_cut;			/* the last run did not come to all cells */
	size_t first;			/* the number of this run's first cell, for sessions */
	size_t next;			/* of the run after it */
	char progress[LIVING_PROGRESS];	/* what the cell that runs says of how far it is; or empty, */
	int64_t heard;			/* and when it did */
};

/* With `keeps` false nothing is kept, and the arenas of runs must outlive it. */
void living_init(struct living *l, struct loop *loop, struct store *store, struct diag *d,
    bool keeps);

/* A run of so many cells begins; what the one before has not met is let go. */
void living_begin(struct living *l, size_t ncells);

/* What is compiled: the cache has most of it in the next run, too. */
void living_forget_units(struct living *l);
void living_add_unit(struct living *l, struct digest unit);

/* The run that goes on ends before it has come to all cells: nothing is let go for it. */
void living_cut(struct living *l);

/* Nothing more will be run: processes begin to end while other things are done. */
void living_dismiss(struct living *l);

/* Ends all sessions; nothing is left running. */
void living_release(struct living *l);

/* HOME and TMPDIR of the document's cells, made when first asked for; NULL after a message. */
const char *living_home(struct living *l, struct str document);

/* Is that folder as it was made, or not made yet? */
bool living_home_is_empty(const struct living *l);

/* Does a session of that name live on from an earlier run? */
bool living_has(const struct living *l, struct str name);

/* The session of that name, if this run has met it; else NULL. */
struct strand *living_met(const struct living *l, struct str name);

/*
 * The same, or made ready for this run.  One that began with something else (other
 * libraries, other sources= (NULL: none)) is ended, and a new one takes its
 * place.  NULL after a message.
 */
struct strand *living_strand(struct living *l, struct str name, const struct session_options *o,
    const struct session_object *sources, const struct digest *sources_digest);

/*
 * The key of what would be run next, its object being of that digest.  Twins that
 * change no state have keys of their own: each is run.
 */
struct digest living_key(const struct living *l, const struct strand *t,
    const struct session_run *r, const struct digest *object);

/* What that cell gave before, and gives again; NULL: it is to be run. */
struct lived *living_find(struct living *l, struct strand *t, const struct digest *key,
    size_t cell);

/*
 * It is to be run: its session holds now what comes before it, and no more.
 * What it gives goes into an arena of its own, or into `a`.
 */
struct lived *living_start(struct living *l, struct strand *t, const struct digest *key,
    const struct session_run *r, size_t cell, struct arena *a);

/* It has ended.  The outcome stays until the next run begins, at least. */
void living_end(struct living *l, struct strand *t, struct lived *c, struct outcome *o);

/* Which cell of this run a session means by a number; SIZE_MAX: none. */
size_t living_cell(const struct strand *t, const struct lived *running, size_t number);

#endif
