/*
 * The documents that the arguments of a command name.
 *
 * A file is taken as it is.  A folder stands for every Markdown file below it, sorted
 * by bytes, but for those that are left out: by --exclude; by a .skeinignore; because
 * they are hidden; by a .gitignore.  Of these the first that has something to say about
 * a file or folder decides, and among ignore files the one in the nearest folder; all
 * from the top of the repository (else from the working folder) down are heeded.  Links to folders are not followed
 * (they could lead in circles), and a folder with a .git of its own is another project.
 *
 * Each document is there once, whatever it is named by.
 */
#ifndef TANGLE_PROJECT_SEARCH_H
#define TANGLE_PROJECT_SEARCH_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct arena;
struct diag;

struct search {
	char *const *arguments;
	size_t narguments;
	char *const *excludes;		/* rules as in an ignore file of the working folder */
	size_t nexcludes;
};

struct search_list {
	struct str *documents;
	size_t ndocuments;
	struct str *folders;		/* that were searched for documents */
	size_t nfolders;
	struct str *rules;		/* ignore files that were read */
	size_t nrules;
};

/*
 * Reports what does not exist, and a folder in which no document is found or left;
 * false if anything was wrong.
 */
bool search_documents(const struct search *s, struct search_list *list, struct arena *a,
    struct diag *d);

#endif
