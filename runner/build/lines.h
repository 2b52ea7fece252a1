/*
 * Where the lines of a unit come from.
 *
 * A unit says it in line markers (# 12 "cell" 3).  clang counts the ranges of
 * its messages by the unit's own lines, and gcc shows what it underlines only
 * where it can read the file that a marker names: both need the way back.
 */
#ifndef RUNNER_BUILD_LINES_H
#define RUNNER_BUILD_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct arena;
struct buf;

struct line {
	struct str marker;	/* empty before the first marker */
	size_t line;		/* 0: a marker's own line */
	struct str text;
};

struct lines {
	const struct line *list;	/* one a line of the unit */
	size_t n;
};

struct lines lines_of(struct str unit, struct arena *a);

/* The line of the unit, counted from 1; NULL if there is none. */
const struct line *lines_at(const struct lines *o, size_t line);

/* What stands at a line of a marker; empty if nothing does. */
struct str lines_text(const struct lines *o, struct str marker, size_t line);

/*
 * The text of a marker, to be looked at by a compiler that underlines: one
 * character for each byte, so that its columns are bytes.  False if there is
 * no file that could safely have this name: it must not be found by an
 * #include of the unit.
 */
bool lines_file(const struct lines *o, struct str marker, struct buf *to);

#endif
