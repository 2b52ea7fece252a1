/*
 * CELL, as people write it on the command line.
 *
 * A number is the cell's ordinal in its document, :LINE the cell on or above
 * that line, notes.md:LINE the same of one document among several (as messages
 * print it), and all else a name.  Behind any of these [n=3] leaves, of several
 * cells of a block, those with that in their label, and ! the one that the
 * block generates.
 */
#ifndef RUNNER_CELL_CHOICE_H
#define RUNNER_CELL_CHOICE_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct blocks;
struct cell;
struct cells;
struct diag;

/* Is there such a cell in one of these documents? */
bool choice_is_in(struct str which, const struct blocks *b, size_t n);

/* Set the marks, one a cell, of those that are meant: several may have one name.  How many? */
size_t choice_mark(struct str which, const struct cells *c, bool *marks);

/* No document of the run has it: usage. */
void choice_complain(struct str which, const struct blocks *b, struct diag *d);

/* The first of them; NULL after an error (status usage). */
const struct cell *choice_cell(const struct cells *c, struct str which, struct diag *d);

#endif
