/*
 * Which folder is the project's root, and which documents it has.
 */
#ifndef TANGLE_PROJECT_PROJECT_H
#define TANGLE_PROJECT_PROJECT_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct arena;
struct diag;

/*
 * The root of a document: the nearest folder upwards with a skein.lua, else
 * with a .git, else the document's own folder.  A path as short as the way it
 * was named allows ("." for a document of the working folder).
 */
struct str project_root(struct arena *a, struct str document);

/* What the arguments of a command stand for. */
struct project_list {
	struct str *documents;
	size_t ndocuments;
	struct str *folders;		/* that were searched for documents */
	size_t nfolders;
};

/*
 * The documents that the arguments of a command name: files as they are, below
 * folders every Markdown file (.md .markdown .qmd .Rmd), sorted, hidden
 * folders left out.  Reports what does not exist; false if anything was wrong.
 */
bool project_documents(struct arena *a, char *const *arguments, size_t n,
    struct project_list *list, struct diag *d);

#endif
