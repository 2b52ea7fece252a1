/*
 * All files of the cache, one kind at a time.
 *
 * Only what is provably ours is visited: a regular file of our user whose
 * place and name are those that folder.h gives a kind and a digest.  Anything
 * else in the folder is somebody's, and no command touches it.
 */
#ifndef RUNNER_CACHE_WALK_H
#define RUNNER_CACHE_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/cache/folder.h"

struct entry {
	enum kind kind;
	struct digest name;
	uint64_t size;			/* bytes */
	int64_t used;			/* when it was last of use, within an hour: Unix time, ns */
};

/* False ends the walk. The file may be removed within. */
typedef bool walk_fn(void *arg, const struct entry *e);

/* Visit the files of a kind, in no order. False if fn ended it. */
bool walk(struct folder *f, enum kind kind, walk_fn *fn, void *arg);

/*
 * What stands among the files of a kind and is not provably ours, by its path
 * below the cache.  False if fn ended it.
 */
typedef bool walk_foreign_fn(void *arg, struct str path);
bool walk_foreign(struct folder *f, enum kind kind, walk_foreign_fn *fn, void *arg);

/*
 * The same for those whose name in hex begins with a prefix, of at least 4 digits: less
 * visits nothing.  Looks only into the one folder they can be in.
 */
bool walk_prefix(struct folder *f, enum kind kind, struct str prefix, walk_fn *fn, void *arg);

/* How often walk_find's prefix was met: never, once, more than once. */
enum walk_found { WALK_NONE, WALK_ONE, WALK_MANY };

/* The file of a kind whose name begins with a prefix, as above. */
enum walk_found walk_find(struct folder *f, enum kind kind, struct str prefix, struct digest *name);

#endif
