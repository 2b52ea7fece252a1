/*
 * A document and what its cells gave: the new page.
 *
 * Outputs stand below blocks, and a block may be several cells (runner/output/section.h).
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
struct cells;
struct console_result;
struct gallery;
struct notebook;

/* A cell that stands in a block, and its part of what is recorded below that. */
struct page_cell {
	const struct cell *of;
	size_t place;
	struct fences recorded;
	const struct fences *made;	/* NULL: what is recorded stays */
	const struct gallery *gallery;	/* what it has shown, if that can stand there; or NULL */
	struct str lost;		/* a picture that the text links, from the document's folder, and
					 * whose file is not there; or empty */
	bool is_lost_edited;		/* it is there, with another content */
	enum comparison kind[NFENCES], all;	/* of a kind that is not there: none */
	const struct str *texts;	/* of a console block, as console_compare gives them */
	const struct embed_edit *edits;
	size_t nedits;
};

/* A block, and the outputs of its cells: mostly of the one that it is. */
struct page_place {
	struct embed_cell embed;	/* what is to be written is page_write's to say */
	size_t first, n;		/* its cells */
	bool stays[NFENCES];		/* what is recorded of all of them together */
	bool is_out_of_order[NFENCES];	/* each part is right, and the whole is not */
};

struct page {
	struct arena *arena;
	const struct notebook *notebook;
	const struct cells *cells_of;	/* the notebook's; or of the document as it was edited since */
	struct page_cell *cells;	/* in order */
	size_t n;
	struct page_place *places;
	size_t nplaces;
};

/* How outputs of that cell are compared. */
struct comparing page_comparing(const struct notebook *n, const struct cell *c, struct arena *a);

/* What a console block gave, as it is to stand in the document; NULL: nothing. */
const struct console_result *page_console(const struct notebook *n, const struct cell *c);

/* What a cell has shown; NULL: nothing that is to be seen. */
const struct gallery *page_gallery(const struct notebook *n, const struct cell *c, bool tight,
    struct arena *a);

/* Say what of it could not stand in the document as what it is. */
void page_report_shown(const struct page *p, struct diag *d);

/* Put what the wanted cells of a run gave beside what the document has recorded. */
void page_make(struct page *p, const struct notebook *n, struct arena *a);

/*
 * The same in an edited document: for each of its cells the one that ran, or NULL.
 */
void page_make_edited(struct page *p, const struct notebook *n, const struct cells *now,
    const struct cell *const *ran, struct arena *a);

/* What is to stand below a block: the parts of its cells in one. */
struct str page_text(const struct page *p, const struct page_place *l, enum fence kind);

/* Append the document with its outputs in place; does any byte differ? */
bool page_write(const struct page *p, struct buf *to);

/* Would the i-th of its cells alone change a byte? */
bool page_changes(const struct page *p, size_t i);

#endif
