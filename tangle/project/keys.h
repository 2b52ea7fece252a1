/*
 * Where in a text of Lua the keys of the table stand that it returns.
 *
 * Lua's values know nothing of lines, so the text is read once more, token by token:
 * the tables within tables behind `return`, or those of the name that is returned.  A
 * key that is computed is not found; what holds it is.
 */
#ifndef TANGLE_PROJECT_KEYS_H
#define TANGLE_PROJECT_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/map.h"
#include "tangle/base/source.h"
#include "tangle/base/str.h"

struct arena;

struct keys {
	const struct source *source;
	struct arena *arena;
	struct map all;		/* by the number of what holds it, and its name */
	size_t n;
	bool is_empty;		/* nothing but blanks and comments */
};

/* Of a text of that source. */
void keys_read(struct keys *k, const struct source *s, struct str text, struct arena *a);
void keys_release(struct keys *k);

/* Was the key found? */
bool keys_has(const struct keys *k, const struct str *path, size_t n);

/* The place of path[n - 1] in path[n - 2] ...; else of what holds it; else the file. */
struct place keys_find(const struct keys *k, const struct str *path, size_t n);

#endif
