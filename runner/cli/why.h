/*
 * What is known about cells without running anything.
 */
#ifndef RUNNER_CLI_WHY_H
#define RUNNER_CLI_WHY_H

#include <stdbool.h>

#include "tangle/base/str.h"

struct arena;
struct buf;
struct cell;
struct cells;
struct diag;
struct graph;
struct store;
struct why;

/*
 * Make everything as for a run, up to where compilers would be started.
 * `root` and `document` are real paths; all lives in the arena.  NULL after an error.
 * Where hooks may change cells (is_hooked) it is not known whether one has changed.
 */
struct why *why_open(const struct cells *c, bool is_hooked, struct graph *g, struct str root,
    struct str document, struct store *s, struct arena *a, struct diag *d);
void why_close(struct why *w);

/* Everything about a cell. */
void why_show(struct why *w, const struct cell *c, struct buf *out);

/* A line or two for each cell. */
void why_show_all(struct why *w, struct buf *out);

/* The same as one JSON object a line, all of them or (not NULL) one. */
void why_json(struct why *w, const struct cell *only, struct buf *out);

#endif
