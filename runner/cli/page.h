/*
 * A document and what its cells gave: the new page.
 */
#ifndef RUNNER_CLI_PAGE_H
#define RUNNER_CLI_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/output/embed.h"

struct buf;
struct cell;
struct notebook;

struct page {
	struct arena *arena;
	const struct notebook *notebook;
	struct embed_cell *cells;	/* of cells that stand in blocks, in order */
	const struct cell **of;		/* which cell each is */
	size_t n;
};

/* Put what the wanted cells of a run gave beside what the document has recorded. */
void page_make(struct page *p, const struct notebook *n, struct arena *a);

/* Append the document with its outputs in place; does any byte differ? */
bool page_write(const struct page *p, struct buf *to);

#endif
