/*
 * Lines of outputs, as they are compared.
 *
 * A recorded line may be a pattern: "..." alone in it stands for any lines, and
 * "[..]" for any text in it.  A backslash before one of them takes its meaning
 * away, and another one stands before each backslash there; so what a program
 * printed is written in a form that never means more than it says
 * (line_written).
 *
 * Two lines match as they are, or as they are when normalised.  Texts are views;
 * a struct lines owns its list.
 */
#ifndef RUNNER_OUTPUT_LINE_H
#define RUNNER_OUTPUT_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct arena;
struct buf;
struct normalizing;
struct slot;

struct line {
	struct str raw;		/* as it stands, without its ending */
	struct str text;	/* what it says: without blanks at its end, escapes resolved */
	struct str normal;	/* the same, normalised */
	const struct slot *slots;
	size_t nslots;
	bool is_gap;		/* "..." */
	bool is_wild;		/* text has LINE_ANY where "[..]" stood */
	int digits;		/* of its numbers that count */
};

struct lines {
	struct line *list;
	size_t n, cap;
};

/* No printable text has it. */
enum { LINE_ANY = 0x1f };

/*
 * The lines of a text; with `patterns` a recorded one, as above.  `how` may be NULL.
 * What is made here goes to the arena.
 */
void lines_read(struct lines *l, struct str text, bool patterns, const struct normalizing *how,
    struct arena *a);
void lines_release(struct lines *l);

/* Does the recorded line say what the made one does?  A gap is for the caller. */
bool line_matches(const struct line *recorded, const struct line *made);

/* Is it the same to the letter, but for blanks at its end? */
bool line_equals(const struct line *recorded, const struct line *made);

/*
 * Which slot of a made line stands where each of the recorded line's does, if they
 * match as normalised lines; else false.
 */
bool line_slots(const struct line *recorded, const struct line *made, const struct slot **partners);

/* Append a made line so that it is no pattern. */
void line_written(struct buf *to, struct str made);

#endif
