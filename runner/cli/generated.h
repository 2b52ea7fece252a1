/*
 * What generators print: the texts of the cells behind them.
 *
 * All units of a document are made from text before anything runs.  So a generator
 * is taken to print what it printed the last time, which the cache remembers, and a
 * run goes on as any other.  One that prints something else, or is new, makes the
 * notebook plan anew with its real text (see notebook.c: a round); what has run stays.
 *
 *	generated_fill(&g, &cells, ...)		for each round, before units are made
 *	generated_printed(&g, generator, ...)	for each that has run
 *	generated_release(&g)
 */
#ifndef RUNNER_CLI_GENERATED_H
#define RUNNER_CLI_GENERATED_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/arena.h"
#include "tangle/base/map.h"

struct cell;
struct cells;
struct diag;
struct filters;
struct outcome;
struct store;

enum {
	GENERATED_MOST = 4 << 20,	/* bytes of a text: what the cache remembers */
	GENERATED_KEPT = 2 * GENERATED_MOST	/* that have to be kept of an output: half of it is its head */
};

/* Of one run, all its rounds; all zero at the start but for the arena. */
struct generated {
	struct arena *arena;		/* lives as long as outcomes, whose calls show lines of the texts */
	struct map texts;		/* of generators, by their keys */
	struct made **of;		/* of the cells of this round, by number; NULL: it is no generator */
};

/* Do cells of these print cells? */
bool generated_any(const struct cells *c);

/* Give pending cells their texts, as far as they are known.  Filters may be NULL: nothing is filtered. */
void generated_fill(struct generated *g, struct cells *c, struct store *s, struct filters *f,
    struct arena *a, struct diag *d);

/*
 * Is it not known yet what the cell generates, so that nothing behind it can be planned?
 * Not of one that has run and gave nothing.
 */
bool generated_is_open(const struct generated *g, const struct cell *generator);

enum generated_answer {
	GENERATED_SAME,			/* as the plan has it */
	GENERATED_NEW,			/* something else: known from now on, and remembered */
	GENERATED_NOTHING		/* no text, or another one each time; said, unless the cell failed */
};

/* A generator has run. */
enum generated_answer generated_printed(struct generated *g, const struct cell *generator,
    const struct outcome *o, struct store *s, struct diag *d);

void generated_release(struct generated *g);

#endif
