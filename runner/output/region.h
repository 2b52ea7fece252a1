/*
 * What a document has recorded of its cells, and the document without it.
 */
#ifndef RUNNER_OUTPUT_REGION_H
#define RUNNER_OUTPUT_REGION_H

#include "runner/output/embed.h"

struct arena;
struct block;
struct blocks;
struct cells;

/* Where the outputs of a cell's block stand, and what they are. */
void region_take(struct embed_cell *e, const struct blocks *blocks, const struct block *cell,
    struct arena *a);

/*
 * The document as if nothing in it had ever been run: what its own commands may
 * read without changing what they will print the next time.
 */
struct str region_bare(const struct cells *cells, struct arena *a);

#endif
