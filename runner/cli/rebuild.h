/*
 * A script that makes an entry of the cache again, byte for byte.
 *
 * It stands in a folder beside what the compiler read: `unit.c`, the parts, and
 * in `tree/BASE/` the files that lay below the project's folders.  It runs the
 * very commands in the very environment, in a temporary folder, with the places
 * of those folders put in for the ones of then, and compares what comes out.
 */
#ifndef RUNNER_CLI_REBUILD_H
#define RUNNER_CLI_REBUILD_H

#include <stdbool.h>

#include "tangle/base/str.h"

struct about;
struct arena;
struct buf;

void rebuild_script(const struct about *x, struct arena *a, struct buf *to);

/* "unit.c", "unit.cc"; empty: the commands read no standard input. */
const char *rebuild_unit(const struct about *x);

#endif
