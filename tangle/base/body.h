/*
 * A text in whole lines, as it stands in a source: a block's body.
 *
 * In a list item or a quote the container's marks stand in front of each line;
 * they are no part of the body.  It is a view, as a str is: it keeps nothing of
 * its own, and is good as long as the source's text.  Passed by value, it is
 * also the way to read it:
 *
 *	for (struct body rest = body; body_line(&rest, &line);) ...
 */
#ifndef TANGLE_BASE_BODY_H
#define TANGLE_BASE_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tangle/base/str.h"

struct arena;

struct body {
	struct str text;	/* from the first line to the end of the last, all bytes between */
	const uint32_t *skips;	/* bytes in front of each line that are not its own; NULL: none */
	size_t nlines;
};

/* Take the next line off *rest, with its ending if it has one; false at the end. */
bool body_line(struct body *rest, struct str *line);

/* The first line, empty if there is none. */
struct str body_first(struct body b);

/* What follows the first n lines. */
struct body body_after(struct body b, size_t n);

/* All lines at once, for who goes back and forth between them. */
const struct str *body_lines(struct body b, struct arena *a);

#endif
