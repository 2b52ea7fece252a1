/*
 * Names to things, in the order they were put.
 *
 * Keys are views and are not copied: they must outlive the map.  The map owns
 * its entries, not the values.  Iteration follows insertion, so that output
 * made from a map never changes from run to run.
 */
#ifndef TANGLE_BASE_MAP_H
#define TANGLE_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct map_entry;
struct map_slab;

struct map {			/* all zero when new */
	struct map_entry *first, *last;
	struct map_slab *slabs;		/* entries live here, and never move */
	struct map_entry **table;	/* open addressing; as many as mask + 1 */
	size_t mask, filled;		/* removed entries count as filled */
	size_t n;
};

void map_release(struct map *m);

/* NULL if there is no such key. */
void *map_get(const struct map *m, struct str key);

/* Add or replace; a replaced key keeps its place in the order. */
void map_put(struct map *m, struct str key, void *value);

void map_remove(struct map *m, struct str key);
size_t map_count(const struct map *m);

/*	for (e = map_first(m); e; e = map_next(e)) ...	*/
const struct map_entry *map_first(const struct map *m);
const struct map_entry *map_next(const struct map_entry *e);
struct str map_key(const struct map_entry *e);
void *map_value(const struct map_entry *e);

/*
 * The key nearest to a name that was not found, for "did you mean": at most
 * two edits away (one for short names).  Empty if there is none.
 */
struct str map_nearest(const struct map *m, struct str name);

#endif
