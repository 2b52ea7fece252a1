/*
 * Cells of a document whose objects are loaded side by side (build/piece.h).
 *
 * Runs of cells that follow one another are cut into chunks by what is in them, so
 * that an edit changes one chunk only; what a chunk was joined to is kept in the
 * cache by the digests of its objects.  It is made by the first run that compiles
 * none of them, and used from the next one on.
 *
 * Nobody is to see that.  So a document in which a cell looks at the loader has
 * none, and a piece is used only where each name that its cells define or ask
 * for means what it would mean to one after another.
 */
#ifndef RUNNER_CLI_PIECES_H
#define RUNNER_CLI_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tangle/base/map.h"

struct cells;
struct chunk;
struct job;
struct objects;
struct run_piece;
struct session_object;
struct store;

struct pieces {			/* all zero: none are used */
	struct objects *objects;
	bool is_looked_up;
	struct chunk *chunks;
	size_t nchunks, cap;
	struct run_piece **of;	/* of each cell; NULL: none */
	struct map scopes;	/* of sessions, by name */
	size_t next;		/* cells before it have been met */
	uint64_t count;
};

/* Are these the cells of a document that may have some? */
bool pieces_may_be(const struct cells *c);

/* The objects must stay where they are. */
void pieces_open(struct pieces *p, struct objects *o);
void pieces_release(struct pieces *p);

/*
 * Cells come here in their order, when those before them are built, and may come
 * again.  Afterwards the job has a piece, or the bytes of its object.  False if
 * it has neither: it was asked for again.
 */
bool pieces_meet(struct pieces *p, struct job *j);

/* How the session gets the object of a job that has come here. */
struct session_object pieces_object(const struct job *j);

/* At the end of a run: join what can be joined and has not been. */
void pieces_keep(struct pieces *p);

#endif
