/*
 * A plot, as an SVG document.
 *
 * Made of the description in figure.h, and the same bytes on every machine: no fonts
 * are asked how wide they are, and coordinates are rounded to a tenth of a pixel.  Its
 * colours can be told apart by the colour-blind, and are legible on white and on the
 * dark ground of a page; where a reader says which of the two it is, they follow.
 * However many points there are, what cannot be seen is left out.
 */
#ifndef RUNNER_OUTPUT_PLOT_H
#define RUNNER_OUTPUT_PLOT_H

#include <stdbool.h>

#include "tangle/base/str.h"

struct buf;

/* Append it, its last line ended; false if that is no description of a plot. */
bool plot_svg(struct buf *to, struct str description);

#endif
