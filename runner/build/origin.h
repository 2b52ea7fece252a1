/*
 * Where the lines of a unit come from.
 *
 * A unit says it in line markers (# 12 "cell" 3).  clang counts the ranges of
 * its messages by the unit's own lines, and gcc shows what it underlines only
 * where it can read the file that a marker names: both need the way back.
 */
#ifndef RUNNER_BUILD_ORIGIN_H
#define RUNNER_BUILD_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct arena;
struct buf;

struct origin {
	struct str marker;	/* empty before the first marker */
	size_t line;		/* 0: a marker's own line */
	struct str text;
};

struct origins {
	const struct origin *list;	/* one a line of the unit */
	size_t n;
};

struct origins origins_of(struct str unit, struct arena *a);

/* The line of the unit, counted from 1; NULL if there is none. */
const struct origin *origin_at(const struct origins *o, size_t line);

/* What stands at a line of a marker; empty if nothing does. */
struct str origin_text(const struct origins *o, struct str marker, size_t line);

/*
 * The text of a marker, to be looked at by a compiler that underlines: one
 * character for each byte, so that its columns are bytes.  False if there is
 * no file that could safely have this name: it must not be found by an
 * #include of the unit.
 */
bool origin_file(const struct origins *o, struct str marker, struct buf *to);

#endif
