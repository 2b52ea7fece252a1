/*
 * Lines of tangled targets and lines of documents: which comes from which.
 */
#ifndef RUNNER_CLI_ORIGIN_H
#define RUNNER_CLI_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/cli/load.h"
#include "tangle/expand/expand.h"

struct buf;
struct invocation;

/*
 * "FILE:LINE" or "FILE:LINE:COLUMN" (else column 0), as compilers write it; false
 * if the text does not end in ':' and a number.
 */
bool origin_split(struct str text, struct str *file, size_t *line, size_t *column);

/*
 * The document that wrote a target, by the project's manifest, as the user
 * would name it; empty if no manifest upwards of the file knows it.
 */
struct str origin_document(struct str file, struct arena *a, struct diag *d);

/* The target of a loaded document that a file's name stands for; NULL: none. */
struct node *origin_target(struct load *l, struct str file, struct diag *d);

/* Print where a line of a target comes from; an error if there is no such line. */
void origin_print(struct load *l, struct node *target, size_t line, size_t column,
    const struct invocation *i, struct buf *out);

/*
 * Print which lines of targets a line of the first document becomes; false if
 * there are none.
 */
bool origin_print_uses(struct load *l, size_t line, const struct invocation *i, struct buf *out);

#endif
