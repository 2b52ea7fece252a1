/*
 * A C++ cell's own text in its unit.
 */
#ifndef RUNNER_CELL_CXXUNIT_H
#define RUNNER_CELL_CXXUNIT_H

#include "runner/cell/writer.h"

/* All that follows the preamble. */
void cxxunit_write(struct writer *w);

#endif
