#include "tangle/base/arena.h"

#include <stdarg.h>
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
enum { GAP = 16 };
#define poison(p, n)	__asan_poison_memory_region((p), (n))
#define unpoison(p, n)	__asan_unpoison_memory_region((p), (n))
#else
enum { GAP = 0 };
#define poison(p, n)	((void)(p), (void)(n))
#define unpoison(p, n)	((void)(p), (void)(n))
#endif

#ifndef ARENA_CHUNK
#define ARENA_CHUNK	(64 * 1024 - 64)
#endif
enum { ALIGN = _Alignof(max_align_t) };

struct arena_chunk {
	struct arena_chunk *older;
	size_t size;
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
		mem_free(c);
	}
	arena_init(a);
}

static void
add_chunk(struct arena *a, size_t least)
{
	size_t size = least > ARENA_CHUNK / 4 ? least : ARENA_CHUNK;
	struct arena_chunk *c = mem_zalloc(1, sizeof *c + size);

	c->older = a->chunk;
	c->size = size;
	a->chunk = c;
	a->next = c->bytes;
	a->end = c->bytes + size;
	poison(c->bytes, size);
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
		if (whole > ARENA_CHUNK / 4 && a->chunk) {
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
	char *p;
	int n;

	va_start(args, fmt);
	va_copy(again, args);
	n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (n < 0)
		n = 0;
	p = arena_alloc(a, (size_t)n + 1, 1);
	if (vsnprintf(p, (size_t)n + 1, fmt, again) != n)
		n = 0;
	va_end(again);
	return (struct str){ p, (size_t)n };
}
