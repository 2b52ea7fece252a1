/*
 * The pictures that a document links: files in NAME.skein/ beside it.
 *
 *	pictures_open(&x, page, path, root)
 *	pictures_put(&x, page)		before the document has its new text
 *	pictures_sweep(&x, text)	once it has it
 *	pictures_close(&x)
 *
 * So whenever a run is killed, what the document links is there.  A file is named by its
 * content, and `.skein/pictures`, which is a manifest (manifest.h), has those that we
 * wrote.  What is not in there, or has another content by now, is never touched.
 */
#ifndef RUNNER_CLI_PICTURES_H
#define RUNNER_CLI_PICTURES_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/root.h"
#include "tangle/base/str.h"
#include "tangle/emit/emit.h"

struct arena;
struct diag;
struct page;

struct pictures {
	struct arena *arena;
	struct diag *diag;
	struct root folder;		/* the document's; fd -1: not open */
	const struct root *root;	/* the project's; NULL: the document is not in there */
	struct str name;		/* "notes.skein" */
	struct str below;		/* from the root: "docs/notes.skein" */
	struct str document;		/* "docs/notes.md" */
};

/* "notes.skein", for a document of that path. */
struct str pictures_folder(struct str path, struct arena *a);

/* The path as the user has it.  False after a message. */
bool pictures_open(struct pictures *x, struct str path, const struct root *root, struct arena *a,
    struct diag *d);
void pictures_close(struct pictures *x);

/*
 * Write what the new outputs link; was there anything to write?  Of a cell whose picture
 * cannot be written (said) what is recorded stays.
 */
bool pictures_put(const struct pictures *x, struct page *p);

/* Remove those of ours that the document, which has that text, does not link any more. */
void pictures_sweep(const struct pictures *x, struct str text);

/* Below a root: remove all of ours that no document links any more.  How many, or would be. */
size_t pictures_clean(const struct root *root, bool dry, emit_tell *tell, void *whom, struct diag *d);

#endif
