/*
 * What each item of a cell leaves for later ones: a definition its declaration, a
 * type itself, a call of a header's macro as it stands.
 */
#ifndef RUNNER_CELL_LEAVE_H
#define RUNNER_CELL_LEAVE_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct adding;
struct part;

/* Add the entries of one part; `at_head`: only # lines stand before it. */
void leave_part(struct adding *add, struct part *p, bool at_head);

/* The first two arguments of a macro's call; returns how many there are. */
size_t leave_arguments(struct str call, struct str list[2]);

#endif
