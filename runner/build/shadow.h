/*
 * Files that are not there, and would be read if they were.
 *
 * A header is looked for in one folder after another.  A result rests on the
 * header that was found, and as much on those that were not: this noun names
 * them.  Where a whole folder is missing it stands for all that is below it.
 */
#ifndef RUNNER_BUILD_SHADOW_H
#define RUNNER_BUILD_SHADOW_H

#include <stddef.h>

#include "tangle/base/str.h"

struct arena;
struct compile_options;
struct compile_result;
struct memo;

/*
 * The absent paths that a result rests on: for each header and library that
 * was read those that would have come first, and for one that was missed every
 * place where it was looked for.
 */
const struct str *shadow_paths(const struct compile_options *o,
    const struct compile_result *r, struct memo *m, struct arena *a, size_t *n);

#endif
