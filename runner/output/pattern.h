/*
 * Patterns of documents: regular expressions as in Perl, under limits.
 *
 * A pattern comes from a document, and may be made to take for ever: a search
 * that goes on too long ends with an answer of its own.  What is too long is
 * counted in steps, so that it is the same on each machine.
 */
#ifndef RUNNER_OUTPUT_PATTERN_H
#define RUNNER_OUTPUT_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tangle/base/str.h"

struct arena;
struct buf;
struct pattern;
struct replacement;

/* NULL if it is none: *why says so in a phrase.  "^" and "$" are those of lines. */
struct pattern *pattern_new(struct str text, struct arena *a, struct str *why);
/*
 * The same of a person at the keyboard, which is not counted; capital letters as
 * small ones, or the text as it is: no letter means another.
 */
struct pattern *pattern_new_as(struct str text, bool ignores_case, bool is_fixed,
    struct arena *a, struct str *why);
/* One of our own, for lines of valid UTF-8, which is not counted. */
struct pattern *pattern_new_builtin(const char *text);
/* For pattern_replace: the bytes will be one line of valid UTF-8. */
struct pattern *pattern_new_line(struct str text, bool ignores_case, struct arena *a,
    struct str *why);
/*
 * For pattern_next: the bytes will be valid UTF-8, of any length.  Whoever asks says
 * how many steps it may take.
 */
struct pattern *pattern_new_text(struct str text, struct arena *a, struct str *why);
void pattern_free(struct pattern *p);

enum pattern_answer { PATTERN_ABSENT, PATTERN_FOUND, PATTERN_LIMIT };

/* Does it match somewhere in these bytes, which may be any? */
enum pattern_answer pattern_search(const struct pattern *p, struct str bytes);

/* Where it matches first from a place on: bytes from *start to before *end. */
enum pattern_answer pattern_find(const struct pattern *p, struct str bytes, size_t from,
    size_t *start, size_t *end);

/* ---- one place after another ---- */

struct pattern_walk {
	struct str text;	/* valid UTF-8 */
	size_t from;		/* where to look next, at a character */
	uint64_t steps;		/* that it may still take */
	bool is_behind;		/* something was found: nothing empty right behind it */
};

/* The next place where it matches, which pattern_group then tells. */
enum pattern_answer pattern_next(const struct pattern *p, struct pattern_walk *w);

/* Where a group matched, 0 is all of it; false if it took no part. */
bool pattern_group(const struct pattern *p, size_t group, size_t *start, size_t *end);
size_t pattern_ngroups(const struct pattern *p);	/* without 0 */

/* The n-th of the names that groups have, in some order; false if there are fewer. */
bool pattern_name(const struct pattern *p, size_t n, struct str *name, size_t *group);

/* Steps that all searches for it have taken. */
uint64_t pattern_steps(const struct pattern *p);

/*
 * A text for what is found: "$1", "${12}" and "${name}" are what a group has found,
 * "$0" is all of it, "$$" a dollar.  NULL if it is none.
 */
struct replacement *replacement_new(struct str text, const struct pattern *p, struct arena *a,
    struct str *why);

/*
 * The n-th part of it: a text, and behind that what a group found (SIZE_MAX: none).
 * False if there are fewer.
 */
bool replacement_part(const struct replacement *r, size_t n, struct str *text, size_t *group);

/*
 * Append the line with each place where the pattern matches replaced.  At the limit
 * nothing is appended.
 */
enum pattern_answer pattern_replace(const struct pattern *p, const struct replacement *r,
    struct str line, struct buf *to);

#endif
