/*
 * What tcc does not know of C.
 */
#ifndef RUNNER_CELL_TCC_H
#define RUNNER_CELL_TCC_H

#include "runner/cell/interface.h"

/* The first word of the cell that tcc has no idea of; line 0: none. */
struct unit_note tcc_refused(const struct interface_cell *c, struct arena *a);

#endif
