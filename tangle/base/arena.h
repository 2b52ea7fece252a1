/*
 * An arena: memory with one lifetime, given back in one call.
 *
 * A loaded document has one arena; everything made from it (blocks, graph,
 * lines) lives there and dies with it.  Nothing is freed singly.  Memory never
 * moves, so views into it stay good.
 */
#ifndef TANGLE_BASE_ARENA_H
#define TANGLE_BASE_ARENA_H

#include <stddef.h>

struct str;
struct arena_chunk;

struct arena {
	struct arena_chunk *chunk;	/* newest first */
	char *next, *end;		/* free room of the newest */
};

void arena_init(struct arena *a);
void arena_release(struct arena *a);

/* n * size bytes, zeroed, aligned for any type. */
void *arena_alloc(struct arena *a, size_t n, size_t size);

/* A copy of s; the bytes are followed by a NUL that does not count. */
struct str arena_str(struct arena *a, struct str s);

/* A NUL-terminated copy of s, for the edge to the system. */
char *arena_cstr(struct arena *a, struct str s);

/* What printf would have written, as a view into the arena. */
struct str arena_printf(struct arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* A copy of n elements of an array. */
void *arena_copy(struct arena *a, const void *array, size_t n, size_t size);

#endif
