/*
 * What the documents of a run want written: expanded targets, by root.
 */
#ifndef RUNNER_CLI_TARGETS_H
#define RUNNER_CLI_TARGETS_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/cli/load.h"
#include "tangle/emit/emit.h"
#include "tangle/expand/expand.h"

struct targets {
	struct str root;
	struct target *list;
	struct node **nodes;	/* of each */
	size_t n;
	struct str *documents;	/* of this root */
	size_t ndocuments;
};

/*
 * The targets of all loaded documents, grouped by the root they belong to, or,
 * where nothing is tangled, by document.
 * One that cannot be expanded is reported and marked broken.  With `only`, the
 * others are marked broken as well: they are left alone.
 */
struct targets *targets_make(struct load *l, bool allow_missing, const struct node *only,
    size_t *ngroups, struct diag *d);

/* A node's text, also of one that is no target; false after an error. */
bool targets_text(struct load *l, struct node *n, bool allow_missing, struct str *text,
    struct diag *d);

/* How the text of a target is made: what its document and the command line say. */
struct expand_style targets_style(struct load *l, const struct node *n, struct diag *d);

#endif
