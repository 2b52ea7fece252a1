/*
 * Folders whose place does not count: the scratch tree, the project's root.
 *
 * What lies below them is known by a name and the path from there
 * ("scratch:src/list.h"), so that objects and keys are the same in every
 * checkout; people and DWARF see the path alone ("src/list.h").
 */
#ifndef RUNNER_BUILD_BASE_H
#define RUNNER_BUILD_BASE_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct arena;

struct base {
	struct str path;	/* absolute, links resolved, no slash at its end */
	struct str name;	/* one word: letters */
};

struct bases {
	const struct base *list;	/* the first that holds a path wins */
	size_t n;
};

/* "/tmp/s/src/list.h" -> "scratch:src/list.h"; other paths as they are. */
struct str base_portable(const struct bases *b, struct str path, struct arena *a);

/* The way back. */
struct str base_absolute(const struct bases *b, struct str portable, struct arena *a);

/* "/tmp/s/src/list.h" -> "src/list.h"; other paths as they are. */
struct str base_shown(const struct bases *b, struct str path);

/* Every such folder within a flag ("-I/tmp/s/src") replaced by its name. */
struct str base_portable_flag(const struct bases *b, struct str flag, struct arena *a);

#endif
