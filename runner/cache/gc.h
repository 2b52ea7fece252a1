/*
 * Garbage: what goes out of the cache, and in which order.
 *
 * What was used longest ago goes first.  The clock is the time of a file, which
 * who reads it renews when it is older than an hour (folder_read with `touch`):
 * results, their objects and sets of inputs, runs, and a document's ledger.  The
 * results that a ledger names count as used when the ledger was, so a run that is
 * served from its ledger need only renew that.  A time in the future is taken for
 * now, and set to it.
 *
 * Things go whole: a result with its place in the manifest, what is kept for
 * people, and the object and inputs that only it names.  They are removed in the
 * order of reading, so who is killed or read beside at any point leaves a miss
 * at worst, and what nobody names any more, which goes when it is an hour old:
 * by then no run is about to name it.  While others run, nothing that was used
 * within the hour goes at all, whatever the budget says.
 */
#ifndef RUNNER_CACHE_GC_H
#define RUNNER_CACHE_GC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/cache/survey.h"

struct budget;

struct gc {
	struct survey survey;
	int64_t now;			/* Unix time, ns */
	uint64_t total;			/* bytes of whole blocks, before */
	uint64_t freed;			/* of these, by the plan; then, in fact */
	size_t nfreed;			/* files, likewise */
	bool others_run;
};

void gc_begin(struct gc *g, struct folder *f);
void gc_end(struct gc *g);

/* Whatever is planned, this file stays; SURVEY_NONE is fine. */
void gc_pin(struct gc *g, uint32_t file);

/* Plan that a file goes, with all that only it needs; not if it is pinned. */
void gc_doom(struct gc *g, uint32_t file);

/* Plan what a budget wants gone. */
void gc_plan(struct gc *g, const struct budget *b);

/* How old a folder that runs work in (trees.h) may be: it is made anew in no time. */
int64_t gc_tree_age(const struct budget *b);

/* Do it. Files that were used since gc_begin stay. */
void gc_carry_out(struct gc *g);

/*
 * If it is time to (budget_is_due), collect in a process of its own, which
 * nobody waits for; only one at a time does.
 */
void gc_in_background(struct folder *f, const struct budget *b);

#endif
