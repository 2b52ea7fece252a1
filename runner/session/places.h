/*
 * Where in a cell's text a program of another language is.
 *
 * What keeps a session gets each cell's text under a name of its own, by which
 * functions of earlier cells are told apart: "/skein/7/plot" is the text of cell 7,
 * which is called plot.  Readers see "plot".
 */
#ifndef RUNNER_SESSION_PLACES_H
#define RUNNER_SESSION_PLACES_H

#include <stddef.h>

#include "tangle/base/str.h"

struct arena;
struct buf;
struct frame;

/* Calls as a report tells them (REPORT_PLACES), in the arena; what is none is left out. */
const struct frame *places_read(struct str told, struct arena *a, size_t *n);

/* Append the text with such names as readers see them. */
void places_plain(struct buf *to, struct str text);

#endif
