#include "tangle/base/map.h"

#include "tangle/base/mem.h"

#define uthash_malloc(size)	mem_alloc(1, (size))
#define uthash_free(p, size)	mem_free(p)
#include <uthash.h>

/* its hash function falls through cases on purpose, without saying so to clang */
#pragma GCC diagnostic ignored "-Wimplicit-fallthrough"

struct map_entry {
	struct str key;
	void *value;
	UT_hash_handle hh;
};

void
map_release(struct map *m)
{
	struct map_entry *e, *next;

	HASH_ITER(hh, m->first, e, next) {
		HASH_DELETE(hh, m->first, e);
		mem_free(e);
	}
}

static struct map_entry *
find(const struct map *m, struct str key)
{
	struct map_entry *e = NULL;

	if (m->first)
		HASH_FIND(hh, m->first, key.data ? key.data : "", key.len, e);
	return e;
}

void *
map_get(const struct map *m, struct str key)
{
	const struct map_entry *e = find(m, key);

	return e ? e->value : NULL;
}

void
map_put(struct map *m, struct str key, void *value)
{
	struct map_entry *e = find(m, key);

	if (!e) {
		e = mem_zalloc(1, sizeof *e);
		e->key = key.data ? key : STR("");
		HASH_ADD_KEYPTR(hh, m->first, e->key.data, e->key.len, e);
	}
	e->value = value;
}

void
map_remove(struct map *m, struct str key)
{
	struct map_entry *e = find(m, key);

	if (e) {
		HASH_DELETE(hh, m->first, e);
		mem_free(e);
	}
}

size_t
map_count(const struct map *m)
{
	return HASH_COUNT(m->first);
}

const struct map_entry *
map_first(const struct map *m)
{
	return m->first;
}

const struct map_entry *
map_next(const struct map_entry *e)
{
	return e->hh.next;
}

struct str
map_key(const struct map_entry *e)
{
	return e->key;
}

void *
map_value(const struct map_entry *e)
{
	return e->value;
}

struct str
map_nearest(const struct map *m, struct str name)
{
	unsigned limit = name.len <= 3 ? 1 : 2;
	struct str best = {0};

	for (const struct map_entry *e = m->first; e; e = e->hh.next) {
		size_t more = e->key.len > name.len ? e->key.len - name.len : name.len - e->key.len;
		unsigned far = more > limit ? limit + 1 : str_distance(name, e->key, limit);

		if (far <= limit) {
			best = e->key;
			if (far == 0)
				break;
			limit = far - 1;
		}
	}
	return best;
}
