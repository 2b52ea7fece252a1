/*
 * Where a compiler's messages about a cell stand in the document.
 *
 * A line of the cell, of text repeated from an earlier cell, and of a tangled
 * header all have their place in the document; other files have it where
 * they stand.
 */
#ifndef RUNNER_CLI_WHEREABOUTS_H
#define RUNNER_CLI_WHEREABOUTS_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/source.h"
#include "tangle/base/str.h"

struct cell;
struct cells;
struct graph;
struct message;
struct span;
struct whereabouts;

/* Of messages about `own`; `root` is what paths of files are below.  Places last until it is freed. */
struct whereabouts *whereabouts_new(const struct cells *all, const struct cell *own,
    const struct graph *g, struct str root);
void whereabouts_free(struct whereabouts *w);

/* Does a message stand in the text that we put around a cell?  It is about its end. */
bool whereabouts_is_glue(const struct message *m);

/* A line and column (0: unknown) of the text that a message is about. */
struct place whereabouts_at(struct whereabouts *w, const struct message *m, size_t line, size_t column);

/* The bytes between two columns of a message's line; false if they are not there. */
bool whereabouts_stretch(struct whereabouts *w, const struct message *m, const struct span *s,
    struct place *from, size_t *to);

/* The cell, or the target seen as if it were one, that a message stands in; NULL: in none. */
const struct cell *whereabouts_cell(struct whereabouts *w, const struct message *m);

#endif
