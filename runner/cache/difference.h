/*
 * What differs between two runs of a document, in words.
 */
#ifndef RUNNER_CACHE_DIFFERENCE_H
#define RUNNER_CACHE_DIFFERENCE_H

#include <stddef.h>

#include "tangle/base/str.h"

struct arena;
struct buf;
struct key_group;
struct ledger;
struct ledger_line;

/*
 * Which line of the last time is each of now's: by name, else by its text, else
 * by its place between the others.  was[i] is NULL for what was not there.
 */
void difference_match(const struct ledger *old, const struct ledger_line *now, size_t n,
    struct arena *a, const struct ledger_line **was);

struct difference {
	const struct key_group *was, *is;	/* of one name; one of them may be NULL */
};

/*
 * What differs, the weightiest first.  What a cell uses is compared where it is the
 * same cell still: not where its own text changed, unless both use it.
 */
const struct difference *difference_find(const struct ledger_line *was,
    const struct ledger_line *is, struct arena *a, size_t *n);

/* "its text changed", "flags: -O2 was -O1", "it uses twice, whose interface changed". */
void difference_say(const struct difference *d, struct buf *to);

#endif
