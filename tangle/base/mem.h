/*
 * Memory: allocate or leave.
 *
 * The only door to malloc.  Nothing here returns NULL: when memory is out, the
 * process says so and exits with status 8, which is safe at any point because
 * files are only ever replaced whole (file.h).  Libraries that accept an
 * allocator get these functions.
 *
 * For tests, the environment variable SKEIN_MEM_FAIL=N makes the N-th
 * allocation of the process fail, N+ also all behind it.
 */
#ifndef TANGLE_BASE_MEM_H
#define TANGLE_BASE_MEM_H

#include <stddef.h>

/* n * size bytes, not cleared; free with mem_free. */
void *mem_alloc(size_t n, size_t size);

/* n * size bytes, all zero. */
void *mem_zalloc(size_t n, size_t size);

/* Resize p (or NULL) to n * size bytes. */
void *mem_resize(void *p, size_t n, size_t size);

/* For a library that ran out of n * size bytes on its own: leave as above. */
_Noreturn void mem_leave(size_t n, size_t size);

/* NULL is fine. */
void mem_free(void *p);

/*
 * A mapping of that size, a multiple of 2 MiB, all zero and aligned to that, in
 * huge pages where the system has them; NULL if there is none to be had.
 */
void *mem_map(size_t size);
void mem_unmap(void *p, size_t size);

/*
 * Make room for `need` elements of `size` bytes in a growing array: returns
 * the array, doubled as often as it takes, and updates *cap.
 */
void *mem_grow(void *array, size_t *cap, size_t need, size_t size);

#endif
