/*
 * The statement of a cell, or of any C text, that a line belongs to.
 */
#ifndef RUNNER_CELL_OUTERMOST_H
#define RUNNER_CELL_OUTERMOST_H

#include <stddef.h>

#include "tangle/base/str.h"

/* Its first line: of that outside of all brackets; the line itself if there is none. */
size_t outermost_line(struct str text, size_t line);

#endif
