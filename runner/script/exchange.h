/*
 * Plain tables for hooks, and what comes back of them.
 *
 * A table holds what can be changed and what helps to decide; what comes back
 * takes its place.  What cannot be changed may be left out, or be as it was.
 */
#ifndef RUNNER_SCRIPT_EXCHANGE_H
#define RUNNER_SCRIPT_EXCHANGE_H

#include <stdbool.h>

#include "tangle/base/source.h"
#include "tangle/base/str.h"

struct arena;
struct block;
struct blocks;
struct cell;
struct diag;
struct json;
struct options;

/* New tables, for the caller to end.  Of a block all, its text and kind among it. */
struct json *exchange_block(const struct block *b);
/* Its path, options, and blocks that are no outputs. */
struct json *exchange_document(const struct blocks *b);
/* Where a cell stands and what it is called; its text or outputs are for the caller to add. */
struct json *exchange_cell(const struct cell *c);

/* What a cell is written in: of a generated one that is not its block's. */
struct str exchange_language(const struct cell *c);

/* Is that block one that hooks see? */
bool exchange_has_block(const struct block *b);

/*
 * Has only what may be changed ("text|options") become another?  Else *why says
 * what is wrong, in words that follow "in hook 'x': ".
 */
bool exchange_check(const struct json *given, const struct json *back, const char *changeable,
    struct arena *a, struct str *why);

/*
 * The options as they come back, those that are new or others at that place.  False
 * for what no option can be, or must not be changed here: *why says it, unless the
 * diag was told.
 */
bool exchange_options(const struct json *given, const struct json *back, const struct options *was,
    struct place at, struct options *now, struct str *why, struct diag *d);

#endif
