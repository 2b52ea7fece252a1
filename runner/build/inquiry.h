/*
 * What is found out about a compiler by asking it: its version, the folders
 * where it looks, the programs and libraries that take part in compiling.
 *
 * The result is a text, one "key value" a line, which toolchain.c reads:
 * kind, major, version, include, link (both repeated), lists, identity.
 */
#ifndef RUNNER_BUILD_INQUIRY_H
#define RUNNER_BUILD_INQUIRY_H

#include <stdbool.h>

#include "tangle/base/str.h"

struct arena;
struct memo;

/* Ask the driver at that path, and let the memo keep what it says under the name. */
struct str inquiry_learn(struct memo *m, struct str name, const char *driver, bool is_cxx,
    struct arena *a);

#endif
