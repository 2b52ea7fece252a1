/*
 * Markdown -> ordered fences and comments of ours, each with its place.
 *
 * libcmark says what the blocks of a document are; the text of a fence is
 * always a view of the document's own bytes: whole lines, of each the raw end
 * behind its container's marks (body.h).  Everything lives in the document's
 * arena; document_release ends it all.
 */
#ifndef TANGLE_DOCUMENT_DOCUMENT_H
#define TANGLE_DOCUMENT_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/arena.h"
#include "tangle/base/body.h"
#include "tangle/base/source.h"
#include "tangle/document/attributes.h"

struct config;
struct diag;
struct interpreters;

enum part_kind {
	PART_FENCE,
	PART_COMMENT,		/* <!-- skein: ... --> */
	PART_SHOWN,		/* what a cell has shown: see shown.h */
	PART_SHOWN_BEGIN,	/* <!-- skein:begin -->, until it is part of that */
	PART_SHOWN_END		/* <!-- skein:end -->; that of nothing stays */
};

/* Where a fence stands that CommonMark does not see (aside.h). */
enum part_aside { PART_NOT_ASIDE, PART_IN_COMMENT, PART_IN_BOX };

struct part {
	enum part_kind kind;
	enum part_aside aside;
	struct str head;	/* the opening fence line from its first fence character, or "<!--" */
	struct str info;	/* raw info string; for a comment the text behind "skein:" on its line */
	struct body body;	/* a comment's ends before "-->" */
	struct str prefix;	/* what stands before the closing (else opening) fence on its line */
	size_t start;		/* offset of the first line's first byte */
	size_t end;		/* offset behind the last line and its newline */
	bool closed;		/* its last line is a closing fence, or "-->" */
	bool in_container;	/* in a list item or block quote */
	bool touches_next;	/* the next part follows in the same container, with blank lines at most between */
	bool touches_above;	/* same, seen from the next part */
};

struct document {
	struct arena arena;
	struct source source;
	struct str path;		/* as the user named it; NUL-terminated */
	struct str below, absolute;	/* its path from the root, and from "/"; empty: nobody asked */
	struct options options;		/* front matter, then the document's comment */
	const struct config *config;	/* of its project; NULL: nobody asked */
	struct part *parts;		/* from the heap; all else from the arena */
	size_t nparts;
	size_t body;			/* offset behind the front matter */
	const struct interpreters *interpreters;	/* that its project has of its own; or NULL */
};

/*
 * Parse text, which must live as long as the document (allocate it in
 * d->arena, after document_init).  Structural errors are reported and the
 * parse goes on; false only when nothing can be made of it (UTF-16, too deep).
 */
void document_init(struct document *d);
bool document_parse(struct document *d, struct str path, struct str text, struct diag *diag);
void document_release(struct document *d);

#endif
