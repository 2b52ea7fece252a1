/*
 * What of an output does not count when it is compared: words of `normalize`.
 *
 * Those that are built in mark parts of a line (mark.h).  A marked part is one byte
 * of the normalised line, and stands beside it in a slot.  Others are substitutions
 * that a document brings along (`normalizers`); these come first, in the order of
 * the words.
 *
 * What a document brings may take for ever: its patterns are counted (pattern.h).  A
 * line that is too long, or takes too long, is compared as it is; the latter is told.
 */
#ifndef RUNNER_OUTPUT_NORMALIZER_H
#define RUNNER_OUTPUT_NORMALIZER_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/output/mark.h"
#include "tangle/base/str.h"

struct arena;
struct diag;
struct place;
struct rule;
struct word;

/* Those of one document. */
struct normalizers;

/* The substitutions that it brings along: NAME=s/PATTERN/TEXT/.  What is wrong with one is reported. */
struct normalizers *normalizers_new(const struct word *rules, size_t n, struct arena *a,
    struct diag *d);
void normalizers_free(struct normalizers *all);

/*
 * A text with what s/PATTERN/TEXT/ (or several of these) replace in each of its lines,
 * which stay as many.  False after an error.
 */
bool normalizer_rewrite(const struct word *rules, struct str text, struct arena *a,
    struct str *made, struct diag *d);

/* What the words of one cell choose; all zero: nothing. */
struct normalizing {
	struct normalizers *all;
	unsigned marks;			/* a bit for each */
	int digits;			/* of numbers */
	bool is_unordered;		/* the order of lines does not count */
	bool names_folder;		/* the working folder is called $PWD */
	struct str folder;		/* its path; for the caller to set */
	const struct rule **rules;
	size_t nrules;
};

/* False after an error. */
bool normalizers_choose(struct normalizers *all, const struct word *words, size_t n,
    struct normalizing *to, struct arena *a, struct diag *d);

/* The working folder by its name, if that is chosen; the text itself if it is not there. */
struct str normalize_folder(const struct normalizing *how, struct str text, struct arena *a);

/* Does anything change a line? */
bool normalizing_lines(const struct normalizing *how);

struct slot {
	size_t at;		/* in the normalised line, where MARK_BYTE + mark stands */
	enum mark mark;
	struct str said;
};

/* The normalised form of a line without control characters, and its slots in order. */
struct str normalize_line(const struct normalizing *how, struct str line, struct arena *a,
    const struct slot **slots, size_t *nslots);

/* What is compared from now on is the output of this cell, for messages. */
void normalizers_begin(struct normalizers *all, const struct place *cell);
/* Report what took too long, once, and begin to count anew. */
void normalizers_report(struct normalizers *all, struct diag *d);

#endif
