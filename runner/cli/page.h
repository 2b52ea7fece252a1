/*
 * A document and what its cells gave: the new page.
 */
#ifndef RUNNER_CLI_PAGE_H
#define RUNNER_CLI_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/output/compare.h"
#include "runner/output/embed.h"

struct arena;
struct buf;
struct cell;
struct notebook;

struct page {
	struct arena *arena;
	const struct notebook *notebook;
	struct embed_cell *cells;	/* of cells that stand in blocks, in order */
	const struct cell **of;		/* which cell each is */
	struct page_compared {
		enum comparison kind[NFENCES], all;	/* of a kind that is not there: none */
		const struct str *texts;	/* of a console block, as console_compare gives them */
	} *compared;
	size_t n;
};

/* How outputs of that cell are compared. */
struct comparing page_comparing(const struct notebook *n, const struct cell *c, struct arena *a);

/* Put what the wanted cells of a run gave beside what the document has recorded. */
void page_make(struct page *p, const struct notebook *n, struct arena *a);

/*
 * The same of one cell that `ran`, beside what is recorded for `now`: that cell, or
 * what it is in an edited document.  False if nothing of it is to be recorded.
 */
bool page_put(struct embed_cell *e, const struct cell *now, const struct notebook *n,
    const struct cell *ran, struct page_compared *found, struct arena *a);

/* Append the document with its outputs in place; does any byte differ? */
bool page_write(const struct page *p, struct buf *to);

#endif
