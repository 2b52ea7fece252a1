#include "tangle/base/map.h"

#include <stdint.h>
#include <string.h>

#include "tangle/base/mem.h"

enum { FEWEST = 16, LARGEST_SLAB = 4096 };

struct map_entry {
	struct str key;		/* data NULL: removed */
	void *value;
	struct map_entry *next;	/* in the order they were put */
	uint64_t hash;
};

/* Small maps are many and large ones are few: each slab is twice the one before. */
struct map_slab {
	struct map_slab *older;
	size_t used, cap;
	struct map_entry entries[];
};

void
map_release(struct map *m)
{
	while (m->slabs) {
		struct map_slab *older = m->slabs->older;

		mem_free(m->slabs);
		m->slabs = older;
	}
	mem_free(m->table);
	*m = (struct map){0};
}

/*
 * Eight bytes at a time.  It begins with an address, which differs from run to
 * run, so that nobody can write a document whose names all meet.
 */
static uint64_t
hash_of(const struct map *m, struct str key)
{
	static const uint64_t factor = 0x9E3779B97F4A7C15;
	uint64_t h = ((uint64_t)(uintptr_t)m->table ^ key.len) * factor, word;

	for (; key.len > 0; key = str_slice(key, sizeof word, key.len)) {
		word = 0;
		memcpy(&word, key.data, key.len < sizeof word ? key.len : sizeof word);
		h = (h ^ word) * factor;
		h ^= h >> 32;
	}
	return h * factor >> 16;
}

/* Where the key is, or where it would be put. */
static struct map_entry **
slot_of(const struct map *m, struct str key, uint64_t hash)
{
	for (size_t at = (size_t)hash;; at++) {
		struct map_entry **slot = &m->table[at & m->mask];

		if (!*slot || ((*slot)->hash == hash && (*slot)->key.data && str_eq((*slot)->key, key)))
			return slot;
	}
}

/* The table grows before it is three quarters full; what was removed is left behind. */
static void
make_room(struct map *m)
{
	size_t size = m->table ? m->mask + 1 : 0;

	if (4 * (m->filled + 1) <= 3 * size)
		return;
	size = size == 0 ? FEWEST : 2 * m->n >= size / 2 ? 2 * size : size;
	mem_free(m->table);
	m->table = mem_zalloc(size, sizeof *m->table);
	m->mask = size - 1;
	m->filled = m->n;
	for (struct map_entry *e = m->first; e; e = e->next) {
		if (!e->key.data)
			continue;
		e->hash = hash_of(m, e->key);
		*slot_of(m, e->key, e->hash) = e;
	}
}

static struct map_entry *
new_entry(struct map *m)
{
	struct map_slab *s = m->slabs;

	if (!s || s->used == s->cap) {
		size_t cap = !s ? FEWEST / 2 : s->cap < LARGEST_SLAB ? 2 * s->cap : LARGEST_SLAB;

		s = mem_zalloc(1, sizeof *s + cap * sizeof *s->entries);
		s->cap = cap;
		s->older = m->slabs;
		m->slabs = s;
	}
	return &s->entries[s->used++];
}

static struct map_entry *
find(const struct map *m, struct str key)
{
	if (m->n == 0)
		return NULL;
	return *slot_of(m, key, hash_of(m, key));
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
		make_room(m);
		e = new_entry(m);
		e->key = key.data ? key : STR("");
		e->hash = hash_of(m, key);
		*slot_of(m, key, e->hash) = e;
		if (m->last)
			m->last->next = e;
		else
			m->first = e;
		m->last = e;
		m->filled++;
		m->n++;
	}
	e->value = value;
}

void
map_remove(struct map *m, struct str key)
{
	struct map_entry *e = find(m, key);

	if (e) {
		e->key = (struct str){0};
		m->n--;
	}
}

size_t
map_count(const struct map *m)
{
	return m->n;
}

/* The first from e on that was not removed. */
static const struct map_entry *
living(const struct map_entry *e)
{
	while (e && !e->key.data)
		e = e->next;
	return e;
}

const struct map_entry *
map_first(const struct map *m)
{
	return living(m->first);
}

const struct map_entry *
map_next(const struct map_entry *e)
{
	return living(e->next);
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

	for (const struct map_entry *e = map_first(m); e; e = map_next(e)) {
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
