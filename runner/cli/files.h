/*
 * What `sources` names: patterns and paths -> files.
 *
 * A file is a tangled target of the document, in the scratch tree, or else one
 * below the project's root, links followed.  A word with *, ? or [ is a pattern, as in a
 * shell: its files come sorted by name, and it must have some.
 */
#ifndef RUNNER_CLI_FILES_H
#define RUNNER_CLI_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/source.h"
#include "tangle/base/str.h"

struct arena;
struct diag;
struct word;

struct named_file {
	struct str name;		/* below the root */
	struct str path;		/* absolute */
	struct place at;
};

struct files {
	const struct named_file *list;	/* each once */
	size_t n;
};

/*
 * `root` and `scratch` (empty: there is none) are absolute.  False after an
 * error; then there are none.
 */
bool files_find(struct files *f, const struct word *words, size_t n, struct str root,
    struct str scratch, struct arena *a, struct diag *d);

#endif
