/*
 * New output within a block: a transcript's, between its commands.
 *
 * Only the lines of outputs that changed are written; they stand in the block's
 * container and end as its lines end.  If one of them could close the fence,
 * that is made longer.
 */
#ifndef RUNNER_OUTPUT_INPLACE_H
#define RUNNER_OUTPUT_INPLACE_H

#include <stddef.h>

#include "runner/output/embed.h"

struct arena;
struct block;
struct transcript;

/*
 * The edits that put the texts of a transcript's steps into the document (data
 * NULL: as recorded), in document order.
 */
const struct embed_edit *inplace_edits(const struct block *b, const struct transcript *t,
    const struct str *texts, struct arena *a, size_t *n);

/*
 * Those that take all outputs out again, and what the fence is longer for them: the
 * same whatever is recorded.
 */
const struct embed_edit *inplace_bare(const struct block *b, const struct transcript *t,
    struct arena *a, size_t *n);

#endif
