/*
 * Cells -> objects: units made, compiled or taken from the cache.
 *
 * All units of a document are made from text alone, then asked for at once;
 * each comes when the loop has it.  A cell whose options or text cannot be used
 * has no object and never will.
 */
#ifndef RUNNER_CLI_OBJECTS_H
#define RUNNER_CLI_OBJECTS_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/build/compile.h"
#include "runner/cache/builder.h"
#include "runner/cache/ledger.h"
#include "runner/cache/store.h"
#include "runner/cell/cell.h"
#include "runner/cell/unit.h"
#include "runner/build/piece.h"
#include "runner/cli/files.h"
#include "runner/cli/recipe.h"
#include "runner/cli/scratch.h"
#include "tangle/base/map.h"

struct diag;
struct graph;
struct interface;
struct loop;
struct slots;

enum job_state {
	JOB_WAITS,
	JOB_BUILT,		/* built.object */
	JOB_FAILED,		/* the compiler said no: built.messages */
	JOB_ABSENT,		/* there is none: said */
	JOB_NEEDLESS,		/* it is not compiled: a console block, for example */
	JOB_LEFT_OUT,		/* nobody asks for it in this run */
	JOB_LATER		/* it, or what stands before it, is not generated yet: in a later round */
};

struct job {
	struct objects *all;
	const struct cell *cell;	/* NULL: of sources= */
	const struct named_file *file;	/* one of them; NULL: all */
	struct interface *interface;
	struct unit unit;
	struct unit_retry known;	/* of what it was made from */
	struct compile_request request;
	enum job_state state;
	bool is_unknown;		/* the memo is frozen, and does not know its compiler */
	bool was_retried;
	bool was_remade;		/* without what cells leave that do not compile */
	const struct cell *lacks;	/* one of them, whose header or type it may want */
	bool was_compiled;
	struct built built;
	struct session_piece *piece;	/* it is run as a part of that; NULL: not */
	struct piece_part part;
	const struct ledger_entry *before;	/* what was refused, before it was asked for again */
	size_t nbefore;
};

struct objects {
	struct arena *arena;
	struct diag *diag;
	struct loop *loop;
	struct store *store;
	struct builder *builder;
	const struct cells *cells;
	struct str document;		/* absolute */
	struct scratch scratch;
	struct recipes recipes;
	struct map interfaces;		/* of sessions, by name */
	struct interface **all;		/* to be freed */
	size_t nall;
	struct job *jobs;		/* one a cell */
	struct files files;		/* of sources= */
	struct job *parts;		/* one a file */
	struct job sources;		/* the object of all parts */
	bool has_sources;
	bool no_compile;
	size_t nfresh;
	size_t pending;			/* asked for and not there yet */
};

struct objects_options {
	struct slots *slots;		/* for compilers */
	bool leave_objects;		/* those of hits in the cache, until objects_fetch */
	bool no_compile;		/* a miss is an error, `not-cached` */
	size_t nfresh;			/* so many cells are fresh already: compiled in this run */
	const struct map *known;	/* digests of units that the cache most likely has: they are
					 * asked for last, while others compile; or NULL */
};

/*
 * Make the units of all cells; starts nothing.  `root` and `folder` (the
 * document's) are absolute.  False after an error that concerns them all.
 */
bool objects_prepare(struct objects *o, const struct cells *cells, struct graph *g,
    struct str root, struct str folder, struct store *s, struct arena *a, struct diag *d);

/* Ask for the objects of all that are prepared and wait. */
void objects_open(struct objects *o, const struct objects_options *options, struct loop *l);

/*
 * The cell does not compile, and an earlier one that does not either may be why:
 * it left a type or a declaration that this one says, or the error stands in what
 * it left.  Ask again without what such cells leave; `is_unbuilt` knows them.
 * False if there are none, or it has been tried.
 */
bool objects_ask_without(struct job *j, bool (*is_unbuilt)(void *arg, const struct cell *c),
    void *arg);

/*
 * The object wants variables that its cell does not say and nobody defines, so a
 * header does: ask again with these left open.  False if it has been tried.
 */
bool objects_ask_open(struct job *j, const struct str *absent, size_t n);

/*
 * Have the bytes of the object that was left in the cache.  False if they are not
 * there any more; objects_ask_again then builds it anew.
 */
bool objects_fetch(struct job *j);
void objects_ask_again(struct job *j);

/* Does a header that the cell itself includes not exist? */
bool objects_misses_header(const struct job *j);

/* What its unit is known by in `known`. */
struct digest objects_unit(const struct job *j);

void objects_close(struct objects *o);

/*
 * What the cache has for a prepared cell that waits and is not unknown; starts
 * nothing.  Leaves the key in built.request, and on a miss the reason in
 * built.why.
 */
enum store_answer objects_look(struct job *j, struct store_entry *e);

/*
 * Where a line under a marker of the unit stands that is text of an earlier
 * cell; NULL if it is none.
 */
const struct cell *objects_locate(const struct job *j, struct str marker, size_t *line);

#endif
