/*
 * What comparing a document's outputs with those of a run came to, cell by cell.
 */
#ifndef RUNNER_CLI_VERDICT_H
#define RUNNER_CLI_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/output/compare.h"
#include "runner/output/output.h"
#include "tangle/base/str.h"

struct arena;
struct cell;
struct page;

struct verdict {
	const struct cell *cell;
	enum comparison comparison;
	struct str diff;		/* unified, of each output that differs; or empty */
	struct str lost;		/* a picture that is not there, or (is_lost_edited) not as it was; */
	bool is_lost_edited;		/* or empty */
};

struct verdicts {			/* one a cell of the page, in order */
	struct verdict *list;
	size_t n;
};

/* "same", "by-pattern", "differs"; NULL for none. */
const char *verdict_word(enum comparison c);

/* All texts go into the arena. */
void verdicts_make(struct verdicts *v, const struct page *p, struct arena *a);

/* Of that cell; NULL if its outputs have no place in the document. */
const struct verdict *verdicts_find(const struct verdicts *v, const struct cell *c);

/* The document's line on which a text of the i-th cell of a page stands, or would. */
size_t verdict_line(const struct page *p, size_t i, enum fence kind);

#endif
