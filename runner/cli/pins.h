/*
 * What cells print and other blocks paste (<<name!>>), in the course of a run.
 *
 * The cells that are pasted run first, in a rehearsal: what they print is put in
 * place, until that changes nothing any more, and then the document is run with it.
 * `check` runs with what is recorded, and says what is no longer true.
 */
#ifndef RUNNER_CLI_PINS_H
#define RUNNER_CLI_PINS_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/cli/desk.h"

enum { PINS_ROUNDS = 8 };	/* in which what is pasted must come to rest */

struct diag;
struct graph;
struct page;
struct performance;

/* Is there something to be rehearsed? */
bool pins_are_rehearsed(const struct performance *p, const struct load *l);

/*
 * Run the cells of a document that are pasted somewhere, as often as it takes; the
 * documents are then read again (its one may be gone by then).  Of what goes wrong nothing is said: it will in the
 * run.  False when a signal asked us to stop.
 */
bool pins_rehearse(struct performance *p, struct load *l, size_t number, enum desk_use use);

/* Does something paste what a cell of the page printed before, and not what it prints now? */
bool pins_are_stale(const struct page *page, const struct graph *g);

/*
 * Tell of each reference that pastes what its cell no longer prints: with `compares`
 * the document is out of date, else its cells print something else each time.
 */
void pins_report(const struct page *page, const struct graph *g, bool compares, struct diag *d);

#endif
