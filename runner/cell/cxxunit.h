/*
 * A C++ cell's own text in its unit.
 */
#ifndef RUNNER_CELL_CXXUNIT_H
#define RUNNER_CELL_CXXUNIT_H

#include "runner/cell/writer.h"

/* The first thing in the cell that cannot stand at file level; line 0: none. */
struct unit_note cxxunit_refused(const struct interface_cell *c);

/* All that follows the preamble. */
void cxxunit_write(struct writer *w);

#endif
