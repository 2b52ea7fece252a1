/*
 * What a cell has shown, as Markdown, and the pictures that it links.
 *
 * Markdown stands as it is, a table becomes one, a picture a link to a file whose name
 * is made of its content.  Whatever was shown, the text can stand in a document: it
 * parses again to one part (tangle/document/shown.h), and what follows it is as before.
 * Where that is not so of what somebody gave as Markdown, it stands in a fence, and so
 * does the text form of what is no picture or table.
 */
#ifndef RUNNER_OUTPUT_GALLERY_H
#define RUNNER_OUTPUT_GALLERY_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct arena;
struct outcome;

enum { GALLERY_BYTES = 64 * 1024 };	/* of Markdown, if the cell has no other limit */

struct gallery_item {
	const char *kind;	/* "markdown", "html", "svg", "image", "table", "plot" */
	const char *type;	/* "image/png" */
	struct str text;	/* its text form: lines, or empty */
	struct str file;	/* of a picture: its name, "3f0c8e1a9b2d4c55.png"; else empty */
	struct str bytes;	/* of that file */
	const char *why;	/* it stands in a fence: why; else NULL */
};

struct gallery {
	struct str body;	/* lines; empty: nothing is to be seen */
	struct gallery_item *items;
	size_t n;
};

struct gallery_options {
	struct str folder;	/* where the pictures are to be, from the document on */
	bool tight;		/* blank lines would make a list loose: none where they can be avoided */
	size_t bytes;		/* of Markdown; 0: GALLERY_BYTES */
};

void gallery_make(struct gallery *g, const struct outcome *o, const struct gallery_options *how,
    struct arena *a);

/* Can that text stand in a document, as one part, whatever stands there? */
bool gallery_is_safe(struct str body);

/*
 * The next picture in such a text whose file is in that folder: its name.  *rest goes on
 * behind it.  False: there is none.
 */
bool gallery_next_link(struct str *rest, struct str folder, struct str *name, struct arena *a);

/* Is that the content which a name like those above stands for? */
bool gallery_is_named(struct str name, const char *hex);

#endif
