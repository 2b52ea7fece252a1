/*
 * Which cells a run is about (--only, --from), and which others it needs.
 *
 * A wanted cell starts in the state that those before it in its session left, so
 * they run, too: but for programs, which change nothing, what is only compiled,
 * and what is expected to fail, unless a cell that runs uses their definitions.
 * A console block needs the console blocks before it, whose tree it works in.
 * All else is left out: neither compiled nor run.
 */
#ifndef RUNNER_CLI_SELECTION_H
#define RUNNER_CLI_SELECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct blocks;
struct diag;
struct objects;

struct selection {		/* all zero: every cell is wanted */
	const struct str *only;	/* --only, as often as it was given */
	size_t nonly;
	struct str from;	/* --from; or empty */
};

bool selection_is_all(const struct selection *s);

/* Is there, in one of these documents, a cell for each that is asked for?  Says which not (usage). */
bool selection_check(const struct selection *s, const struct blocks *b, size_t n, struct diag *d);

/* Is some cell of this document wanted? */
bool selection_touches(const struct selection *s, const struct blocks *b);

enum selection_part { PART_LEFT_OUT, PART_STATE, PART_WANTED };

/* Sets the part of each cell, whose units are made. */
void selection_parts(const struct selection *s, const struct objects *o, enum selection_part *parts);

#endif
