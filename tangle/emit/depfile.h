/*
 * Which files are made of which, in make's syntax.
 *
 * One rule says that all `made` need all `needs`; then each of the needs gets
 * an empty rule, so that make goes on when one of them is gone (as gcc -MP has
 * it).  make, ninja and CMake read a name in different ways only where it holds
 * one of | % = & or ends in a backslash; there make's way is taken.
 */
#ifndef TANGLE_EMIT_DEPFILE_H
#define TANGLE_EMIT_DEPFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct buf;
struct diag;

/* False, with an error (6), when a name cannot be written in such a file. */
bool depfile_add(struct buf *to, const struct str *made, size_t nmade,
    const struct str *needs, size_t nneeds, struct diag *d);

#endif
