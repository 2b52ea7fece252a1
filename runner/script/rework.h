/*
 * A cell's text, changed before it is compiled: which of its lines are which.
 *
 * The compiler and the debugger speak of the new text's lines, people of those in
 * the document.  As many lines as there were: each stands where the old one did.
 * Else equal lines are found again, and what stands between them goes by the line
 * above it and is known as made, so that no message says more than it knows.
 */
#ifndef RUNNER_SCRIPT_REWORK_H
#define RUNNER_SCRIPT_REWORK_H

#include <stddef.h>

#include "tangle/base/source.h"
#include "tangle/base/str.h"

struct arena;
struct cell;

/* Lines of a cell's text above its own: of earlier blocks of its name, and options. */
size_t rework_first(const struct cell *c);

/* The cell's text from its line `first` on. */
struct str rework_text(const struct cell *c, size_t first);

/*
 * The text takes the place of the cell's, from its line `first` (from 0) on; what
 * stands above stays.  `by` is where that was asked for.  Texts go into the arena.
 */
void rework_cell(struct cell *c, size_t first, struct str text, struct place by, struct arena *a);

#endif
