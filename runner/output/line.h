/*
 * Lines of outputs, as they are compared.
 *
 * A recorded line may be a pattern: "..." alone in it stands for any lines, and
 * "[..]" for any text in it.  A backslash before one of them takes its meaning
 * away, and another one stands before each backslash there; so what a program
 * printed is written in a form that never means more than it says
 * (line_written).
 *
 * Texts are views; a struct lines owns its list.
 */
#ifndef RUNNER_OUTPUT_LINE_H
#define RUNNER_OUTPUT_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct arena;
struct buf;

struct line {
	struct str raw;		/* as it stands, without its ending */
	struct str text;	/* what it says: without blanks at its end, escapes resolved */
	bool is_gap;		/* "..." */
	bool is_wild;		/* text has LINE_ANY where "[..]" stood */
};

struct lines {
	struct line *list;
	size_t n, cap;
};

/* No printable text has it. */
enum { LINE_ANY = 0x1f };

/* The lines of a text; with `patterns` a recorded one, as above.  Resolved texts go to the arena. */
void lines_read(struct lines *l, struct str text, bool patterns, struct arena *a);
void lines_release(struct lines *l);

/* Does the recorded line say what the made one does?  A gap is for the caller. */
bool line_matches(const struct line *recorded, const struct line *made);

/* Append a made line so that it is no pattern. */
void line_written(struct buf *to, struct str made);

#endif
