/*
 * An object in our own process: loaded from a sealed copy of its bytes.
 */
#ifndef RUNNER_JIT_LOADED_H
#define RUNNER_JIT_LOADED_H

#include <stdbool.h>

#include "tangle/base/str.h"

struct arena;

struct loaded {
	void *handle;		/* NULL: it is not */
	int fd;			/* its file, whose name is taken as long as it is loaded */
};

/* False, with *why in the arena, if it cannot be loaded. */
bool loaded_open(struct loaded *l, struct str object, bool is_global, struct arena *a, struct str *why);
void loaded_close(struct loaded *l);

/* NULL if it does not define the name itself. */
void *loaded_symbol(const struct loaded *l, const char *name);

#endif
