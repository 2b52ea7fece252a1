/*
 * Is a new output the recorded one, and what is to be recorded from now on?
 *
 * Blanks at line ends and the final newline do not count.  A recorded text may
 * hold patterns (line.h).  What matches stays byte for byte; where only some
 * lines differ, the others stay as someone wrote them.  A text that is written
 * here matches the output that it was made of, and is no pattern for others.
 */
#ifndef RUNNER_OUTPUT_COMPARE_H
#define RUNNER_OUTPUT_COMPARE_H

#include <stdbool.h>

#include "runner/output/normalizer.h"
#include "runner/output/output.h"
#include "tangle/base/str.h"

struct arena;

enum comparison {
	COMPARISON_NONE,	/* it did not run, or nothing is to be compared */
	COMPARISON_SAME,
	COMPARISON_BY_PATTERN,	/* same, as its patterns or normalisers have it */
	COMPARISON_DIFFERS
};

/*
 * Somebody else's idea of what counts in a text, on either side ("stdout" and so on);
 * false: that cannot be known, and what is recorded stays.
 */
typedef bool compare_normalize(void *arg, const char *stream, struct str text, struct str *normal,
    struct arena *a);

struct comparing {
	bool literally;		/* nothing in a recorded text is a pattern */
	struct normalizing normalizing;
	compare_normalize *normalize;	/* asked where the texts differ otherwise; may be NULL */
	void *arg;
	const char *stream;
};

/*
 * Compare two texts.  *text is what should stand in the document: `recorded`
 * itself, unless it differs; else a text in the arena.
 */
enum comparison compare_texts(const struct comparing *how, struct str recorded, struct str made,
    struct arena *a, struct str *text);

/*
 * The same of an error, of which only the kind and the cell's line count, since
 * compilers and systems word things differently.
 */
enum comparison compare_error(struct str recorded, struct str made, struct str *text);

/*
 * All that stands below a cell, kind by kind (NONE: it is on neither side).  What is
 * to stand there takes the place of what was made.
 */
enum comparison compare_fences(const struct comparing *how, const struct fences *recorded,
    struct fences *made, struct arena *a, enum comparison found[NFENCES]);

/* A new output as it is recorded where none was. */
struct str compare_written(const struct comparing *how, struct str made, struct arena *a);

#endif
