#include "tangle/base/arena.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tangle/base/mem.h"
#include "tangle/base/str.h"

/*
 * Arenas blunt AddressSanitizer unless they help it: free room is poisoned,
 * and a gap is left between objects so that an overrun by one byte is seen.
 */
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif
#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
enum { GAP = 16, MAPS = 0, MAPPED = 2 << 20 };	/* leak checkers do not look into mappings */
#define poison(p, n)	__asan_poison_memory_region((p), (n))
#define unpoison(p, n)	__asan_unpoison_memory_region((p), (n))
#else
enum { GAP = 0, MAPS = 1, MAPPED = 2 << 20 };
#define poison(p, n)	((void)(p), (void)(n))
#define unpoison(p, n)	((void)(p), (void)(n))
#endif

#ifndef ARENA_CHUNK
#define ARENA_CHUNK	(64 * 1024 - 64)
#endif
enum { ALIGN = _Alignof(max_align_t) };

/*
 * What outgrows its first chunk goes on in mappings of a huge page's size: one
 * fault instead of hundreds, each of which takes longer than filling the page.
 */
struct arena_chunk {
	struct arena_chunk *older;
	size_t size;
	bool is_mapped;
	_Alignas(max_align_t) char bytes[];
};

void
arena_init(struct arena *a)
{
	*a = (struct arena){0};
}

void
arena_release(struct arena *a)
{
	while (a->chunk) {
		struct arena_chunk *c = a->chunk;

		a->chunk = c->older;
		unpoison(c->bytes, c->size);
		if (c->is_mapped)
			mem_unmap(c, sizeof *c + c->size);
		else
			mem_free(c);
	}
	arena_init(a);
}

/* A larger object gets a chunk of its own. */
static bool
is_large(const struct arena *a, size_t size)
{
	return size > (a->chunk && MAPS ? MAPPED : ARENA_CHUNK) / 4;
}

/* The size of a new mapping; 0 where a piece of the heap does. */
static size_t
mapping(const struct arena *a, size_t least)
{
	if (!MAPS || (least < MAPPED && (!a->chunk || is_large(a, least))))
		return 0;
	return (least + sizeof *a->chunk + MAPPED - 1) / (size_t)MAPPED * MAPPED;
}

static struct arena_chunk *
new_chunk(const struct arena *a, size_t least)
{
	bool large = is_large(a, least);
	size_t size = large ? least : ARENA_CHUNK, mapped = mapping(a, least);
	struct arena_chunk *c = mapped ? mem_map(mapped) : NULL;

	if (c) {
		c->is_mapped = true;
		c->size = mapped - sizeof *c;
		return c;
	}
	size = size < least ? least : size;
	c = mem_zalloc(1, sizeof *c + size);
	c->size = size;
	return c;
}

static void
add_chunk(struct arena *a, size_t least)
{
	struct arena_chunk *c = new_chunk(a, least);

	c->older = a->chunk;
	a->chunk = c;
	a->next = c->bytes;
	a->end = c->bytes + c->size;
	poison(c->bytes, c->size);
}

void *
arena_alloc(struct arena *a, size_t n, size_t size)
{
	size_t bytes, whole;
	char *p;

	if (size != 0 && n > (SIZE_MAX / 4) / size)
		return mem_zalloc(n, size);	/* leaves, with the figures */
	bytes = n * size;
	whole = (bytes + GAP + ALIGN - 1) / ALIGN * ALIGN;
	if (!a->chunk || whole > (size_t)(a->end - a->next)) {
		if (a->chunk && is_large(a, whole)) {
			/* A large object gets a chunk of its own, behind the
			 * newest, whose room stays in use. */
			struct arena_chunk *newest = a->chunk;
			char *next = a->next, *end = a->end;

			a->chunk = newest->older;
			add_chunk(a, whole);
			p = a->next;
			newest->older = a->chunk;
			a->chunk = newest;
			a->next = next;
			a->end = end;
			unpoison(p, bytes);
			return p;
		}
		add_chunk(a, whole);
	}
	p = a->next;
	a->next += whole;
	unpoison(p, bytes);
	return p;
}

void *
arena_copy(struct arena *a, const void *array, size_t n, size_t size)
{
	void *p = arena_alloc(a, n, size);

	if (n * size > 0)
		memcpy(p, array, n * size);
	return p;
}

char *
arena_cstr(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.len + 1, 1);

	if (s.len > 0)
		memcpy(p, s.data, s.len);
	return p;
}

struct str
arena_str(struct arena *a, struct str s)
{
	return (struct str){ arena_cstr(a, s), s.len };
}

struct str
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list args, again;
	char *p, most[256];
	int n;

	va_start(args, fmt);
	va_copy(again, args);
	n = vsnprintf(most, sizeof most, fmt, args);
	va_end(args);
	if (n < 0)
		most[n = 0] = '\0';
	p = arena_alloc(a, (size_t)n + 1, 1);
	if ((size_t)n < sizeof most)
		memcpy(p, most, (size_t)n + 1);
	else if (vsnprintf(p, (size_t)n + 1, fmt, again) != n)
		n = 0;
	va_end(again);
	return (struct str){ p, (size_t)n };
}
