/*
 * What an object needs and nobody has: told before it runs.
 *
 * Objects are linked lazily, so a function that is missing would be noticed
 * when it is called, in the middle of a cell's output.  Names that some cell
 * defines are the session's (skein_f) and may come later; all others must be
 * in a library, or in what `sources` gives.
 */
#ifndef RUNNER_CLI_LINKAGE_H
#define RUNNER_CLI_LINKAGE_H

#include <stdbool.h>

#include "tangle/base/map.h"
#include "tangle/base/str.h"

struct arena;
struct job;

/* What the objects loaded so far have brought along; all zero when new. */
struct linkage {
	struct map libraries;	/* that objects ask for: "libz.so.1" */
	struct map symbols;	/* that objects define */
	struct map kept;	/* that programs define, for themselves */
};

void linkage_release(struct linkage *l);

/*
 * The variables that the job's object wants, its cell does not say, and nobody has:
 * how many, and in *names.
 */
size_t linkage_open(const struct linkage *l, const struct job *j, const struct str **names,
    struct arena *a);

/*
 * Does the job's object find all that it needs?  If not, an error for each
 * name joins its messages, which says what would supply it: of `sources` a
 * warning, since nobody may call what misses it.
 */
bool linkage_complete(struct linkage *l, struct job *j, struct arena *a);

/*
 * Is it known that the job's object finds all that it needs, and that it shows no
 * value?  Nothing is noted: so it may be asked before those in front of it run.
 */
bool linkage_is_plain(const struct linkage *l, const struct job *j, struct arena *a);

/* The job's object is a part of a piece, which asks for nothing that could be missing. */
void linkage_add_piece(struct linkage *l);

/* Where a cell's text uses a name, calls it best; false if it is not there. */
bool linkage_use(struct str text, struct str name, size_t *line, size_t *column);

#endif
