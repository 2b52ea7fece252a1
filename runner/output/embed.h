/*
 * Outputs into the document; every other byte as it was.
 *
 * The region of a cell follows its closing fence, in the same container, and
 * holds its output fences with the blank lines before and between them.  What
 * stands after the last of them belongs to the document again, so taking a
 * region away restores the bytes of before; so does a missing final newline,
 * which stays missing.
 *
 * Where the regions are is the document's to say (by position, from the
 * parser).  What is written here parses again to the same cells, and to fences
 * with the same texts.  Embedding the same texts again changes nothing.
 */
#ifndef RUNNER_OUTPUT_EMBED_H
#define RUNNER_OUTPUT_EMBED_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/output/output.h"
#include "tangle/base/str.h"

struct buf;

struct embed_region {
	size_t after;		/* offset behind the cell's closing fence line, with its newline */
	size_t end;		/* behind the region; the same if there is none */
	struct str prefix;	/* of each line in the container: "> ", "  "; or empty */
	bool in_container;	/* then no blank lines, unless some are there: they make a tight list loose */
};

/* Bytes of the document that others take the place of, before the region. */
struct embed_edit {
	size_t at, end;
	struct str text;
};

struct embed_cell {
	struct embed_region region;
	struct fences recorded;		/* bodies of the region's fences, without prefix */
	bool is_odd;			/* a kind stands there twice: write the region anew */
	const struct fences *made;	/* NULL: leave the region, and the rest, as it is */
	const struct embed_edit *edits;	/* in document order */
	size_t nedits;
};

/*
 * Append the document with the new texts in the regions of its cells, which
 * come in document order.  If all texts of a region are the recorded ones to the
 * letter (compare.h gives those back), it keeps its bytes.  Returns whether any byte
 * differs from the document.
 */
bool embed(struct buf *to, struct str document, const struct embed_cell *cells,
    size_t ncells);

/*
 * Append what a line begins with so that it stands in the same container as one
 * that begins with `prefix`, however that is written.
 */
void embed_prefix(struct buf *to, struct str prefix);

#endif
