/*
 * One output of several cells: each has its part below a line of its label.
 *
 *     n=3:
 *     what the first printed
 *     n=12:
 *     what the last printed
 *
 * One of them may have no label: its part stands in front.  What stands below a
 * line that is no label of these belongs to the part above it.
 */
#ifndef RUNNER_OUTPUT_SECTION_H
#define RUNNER_OUTPUT_SECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct arena;

struct section {
	struct str label;		/* each another; empty: it stands in front */
	struct str text;		/* lines, ended */
	bool present;
};

/*
 * Cut a text up; labels are given, texts are parts of it.  What belongs to none
 * of them comes back, or nothing.
 */
struct str sections_cut(struct str whole, struct section *list, size_t n);

/* The other way round. */
struct str sections_join(const struct section *list, size_t n, struct arena *a);

#endif
