/*
 * Parts of a document as they are found, in order.
 *
 * Whoever finds one gives its lines first, and then the part itself, with start,
 * end, prefix and in_container set; what follows from its text is done here.
 */
#ifndef TANGLE_DOCUMENT_COLLECT_H
#define TANGLE_DOCUMENT_COLLECT_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/body.h"

struct document;
struct part;

struct collect {
	struct document *d;
	size_t cap;		/* of d->parts */
	struct body lines;	/* of the part at hand; its skips are these: */
	uint32_t *skips;
	size_t skips_cap;
};

void collect_release(struct collect *c);

/* The next line; the first `skip` bytes are its container's. */
void collect_line(struct collect *c, struct str raw, size_t skip);
/* All lines at once, with nothing in front of them. */
void collect_lines(struct collect *c, struct str text);

/*
 * Add a fence whose body are the lines.  In a container, `follows` says that the
 * part before it is its sibling there.
 */
void collect_fence(struct collect *c, struct part *p, struct str head, bool follows);

/*
 * Add the comment that the lines are, from its first to its end or to where
 * they give out.  If it is none of ours, false; fences in it are added.
 */
bool collect_comment(struct collect *c, struct part *p, bool follows);

#endif
