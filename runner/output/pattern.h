/*
 * Patterns of documents: regular expressions as in Perl, under limits.
 *
 * A pattern comes from a document, and may be made to take for ever: a search
 * that goes on too long ends with an answer of its own.
 */
#ifndef RUNNER_OUTPUT_PATTERN_H
#define RUNNER_OUTPUT_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct arena;
struct pattern;

/* NULL if it is none: *why says so in a phrase.  "^" and "$" are those of lines. */
struct pattern *pattern_new(struct str text, struct arena *a, struct str *why);
/* The same; capital letters as small ones, or the text as it is: no letter means another. */
struct pattern *pattern_new_as(struct str text, bool ignores_case, bool is_fixed,
    struct arena *a, struct str *why);
void pattern_free(struct pattern *p);

enum pattern_answer { PATTERN_ABSENT, PATTERN_FOUND, PATTERN_LIMIT };

/* Does it match somewhere in these bytes, which may be any? */
enum pattern_answer pattern_search(const struct pattern *p, struct str bytes);

/* Where it matches first from a place on: bytes from *start to before *end. */
enum pattern_answer pattern_find(const struct pattern *p, struct str bytes, size_t from,
    size_t *start, size_t *end);

#endif
