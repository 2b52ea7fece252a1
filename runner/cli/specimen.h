/*
 * Small documents that are run to see whether documents can be run here: by the code
 * that runs any other, in a child (venture.h), so that what is found is what a user
 * would find.
 *
 *	specimen_open(&s, ...)
 *	specimen_run(&s, SPECIMEN_USUAL, NULL, &v)
 *	specimen_close(&s)
 */
#ifndef RUNNER_CLI_SPECIMEN_H
#define RUNNER_CLI_SPECIMEN_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/cli/home.h"
#include "runner/cli/venture.h"

struct diag;

enum specimen_kind {
	SPECIMEN_C,		/* a cell that prints */
	SPECIMEN_CXX,		/* a function of a C++ cell, called by one of C */
	SPECIMEN_CRASH,		/* a cell that crashes, and one that needs what was before it */
	SPECIMEN_LUA,
	SPECIMEN_KINDS
};

struct specimens {
	struct home home;		/* where they stand */
	struct arena *arena;
};

/* False after a message. */
bool specimens_open(struct specimens *s, struct arena *a, struct diag *d);
void specimens_close(struct specimens *s);

/*
 * Run one of them as `skein run --set cache=off -o -` does, with more options
 * ("cc=clang", ...; NULL at the end; NULL: none).  All is well if specimen_is_well.
 */
void specimen_run(const struct specimens *s, enum specimen_kind kind, const char *const *set,
    struct venture *v);

/* It ran to its end, and printed what it has to. */
bool specimen_is_well(const struct venture *v);

/*
 * Why it did not: what its first error says, without its place; or how it ended.  Views
 * live as long as the venture, or in the arena.
 */
struct str specimen_reason(const struct venture *v, struct arena *a);

/* The id of that error; empty if there was none. */
struct str specimen_id(const struct venture *v);

#endif
