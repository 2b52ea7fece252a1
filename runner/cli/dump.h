/*
 * All that the tangler knows, as one JSON object: `skein tangle --dump`.
 *
 * docs/list.md has the schema.  Same input, same bytes: documents in the order
 * in which they were named, blocks in theirs, targets in that of the blocks which
 * name them.  Every document and every target is a line.
 */
#ifndef RUNNER_CLI_DUMP_H
#define RUNNER_CLI_DUMP_H

#include <stdbool.h>
#include <stddef.h>

struct diag;
struct load;
struct targets;

/* trusted: as emit_options has it. */
void dump_print(struct load *l, const struct targets *groups, size_t ngroups, bool trusted,
    struct diag *d);

#endif
