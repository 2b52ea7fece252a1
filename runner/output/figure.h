/*
 * What a plot is to show, as <skein.h> describes it.
 *
 *     title Cooling of a cup
 *     x minutes
 *     y degrees
 *     ylog
 *     line model
 *     0 95
 *     1 92.5
 *     points measured
 *     0.5 94
 *
 * Lines of text: first what holds for all of it, in any order and each but once, then
 * series: "line", "points" or "bars" with a name, which may be empty, and its points, a
 * line each.  Of bars that is the height and the name of what is counted, "12 apples";
 * they do not mix with others.  Numbers are as strtod reads them in the C locale; where
 * one is infinite or none at all there is a gap.
 */
#ifndef RUNNER_OUTPUT_FIGURE_H
#define RUNNER_OUTPUT_FIGURE_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct arena;

enum { FIGURE_SERIES = 12 };

enum figure_kind { FIGURE_LINE, FIGURE_POINTS, FIGURE_BARS };

struct point {
	double x, y;			/* of a bar: x is its number, from 0 */
};

struct series {
	enum figure_kind kind;
	struct str name;
	const struct point *points;
	const struct str *labels;	/* of bars */
	size_t n;
	size_t rank;			/* how many of its kind come before it */
};

struct figure {
	struct str title, x, y;		/* as they were given: any bytes */
	bool xlog, ylog;
	struct series series[FIGURE_SERIES];
	size_t nseries;
};

/* Views of the text, and points in the arena; false if it is no such description. */
bool figure_read(struct figure *f, struct str text, struct arena *a);

#endif
