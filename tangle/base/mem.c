#define _GNU_SOURCE	/* MAP_ANONYMOUS, madvise */
#include "tangle/base/mem.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

enum {
	STATUS_OUT_OF_MEMORY = 8,	/* diag.h, which stands above us */
	HUGE_PAGE = 2 << 20
};

void
mem_leave(size_t n, size_t size)
{
	fprintf(stderr,
	    "skein: error: out of memory (%zu times %zu bytes wanted) [memory]\n",
	    n, size);
	exit(STATUS_OUT_OF_MEMORY);
}

/* Is this an allocation that a test asked to fail? */
static bool
is_chosen(void)
{
	static _Thread_local unsigned long count, chosen;
	static _Thread_local bool for_ever;

	if (count++ == 0) {
		const char *wish = getenv("SKEIN_MEM_FAIL");
		char *end = NULL;

		chosen = wish ? strtoul(wish, &end, 10) : 0;
		for_ever = end && *end == '+';
	}
	return chosen > 0 && (count == chosen || (for_ever && count > chosen));
}

void *
mem_resize(void *p, size_t n, size_t size)
{
	size_t bytes;

	if (size != 0 && n > SIZE_MAX / size)
		mem_leave(n, size);
	bytes = n * size;
	p = is_chosen() ? NULL : realloc(p, bytes ? bytes : 1);
	if (!p)
		mem_leave(n, size);
	return p;
}

void *
mem_alloc(size_t n, size_t size)
{
	return mem_resize(NULL, n, size);
}

void *
mem_zalloc(size_t n, size_t size)
{
	void *p = is_chosen() ? NULL : calloc(n ? n : 1, size ? size : 1);

	if (!p)
		mem_leave(n, size);
	return p;
}

/* Of a huge page more than that size the part that is aligned is kept. */
void *
mem_map(size_t size)
{
	char *p, *start;
	size_t before;

	if (is_chosen())
		mem_leave(1, size);
	p = mmap(NULL, size + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	before = (HUGE_PAGE - (uintptr_t)p % HUGE_PAGE) % HUGE_PAGE;
	start = p + before;
	if (before > 0)
		(void)munmap(p, before);
	(void)munmap(start + size, HUGE_PAGE - before);
#ifdef MADV_HUGEPAGE
	(void)madvise(start, size, MADV_HUGEPAGE);
#endif
	return start;
}

void
mem_unmap(void *p, size_t size)
{
	(void)munmap(p, size);
}

void
mem_free(void *p)
{
	free(p);
}

void *
mem_grow(void *array, size_t *cap, size_t need, size_t size)
{
	size_t n = *cap ? *cap : 8;

	if (need <= *cap)
		return array;
	while (n < need) {
		if (n > SIZE_MAX / 2)
			mem_leave(need, size);
		n *= 2;
	}
	*cap = n;
	return mem_resize(array, n, size);
}
