/*
 * The loader's memory, kept apart from the cells'.
 *
 * For each object the loader takes memory from malloc; so what addresses a cell gets
 * would depend on how many objects were loaded before it ran.  What the loader asks
 * for, as the return address tells, comes from here and is never given back, since
 * no object is unloaded.  Others get what they would have got.
 *
 * No part of host.o: in a host with a sanitizer malloc is the sanitizer's.
 */
#define _GNU_SOURCE	/* the loader's headers */
#include <elf.h>
#include <link.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#ifdef __GLIBC__

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void __libc_free(void *old);

enum { ROOM = 16 << 20, UNIT = 16 };

static _Alignas(UNIT) unsigned char room[ROOM];
static atomic_size_t taken;
static uintptr_t loader, loader_size;

/* Asked before it is known, the answer is no. */
static __attribute__((constructor)) void
find_loader(void)
{
	uintptr_t base = (uintptr_t)getauxval(AT_BASE), end = 0;
	const ElfW(Ehdr) *head = (const void *)base;
	const ElfW(Phdr) *part;
	size_t i;

	if (!base)
		return;
	part = (const void *)(base + head->e_phoff);
	for (i = 0; i < head->e_phnum; i++)
		if (part[i].p_type == PT_LOAD && part[i].p_vaddr + part[i].p_memsz > end)
			end = part[i].p_vaddr + part[i].p_memsz;
	loader = base;
	loader_size = end;
}

static int
is_loader(const void *caller)
{
	return __builtin_expect((uintptr_t)caller - loader < loader_size, 0) != 0;
}

static int
is_here(const void *p)
{
	return __builtin_expect((uintptr_t)p - (uintptr_t)room < ROOM, 0) != 0;
}

/* All zero, with its size in front; for any thread.  NULL: no more room. */
static void *
take(size_t size)
{
	size_t whole = (size + 2 * UNIT - 1) / UNIT * UNIT, at = atomic_load(&taken);

	do {
		if (size > ROOM || ROOM - at < whole)
			return NULL;
	} while (!atomic_compare_exchange_weak(&taken, &at, at + whole));
	memcpy(room + at, &size, sizeof size);
	return room + at + UNIT;
}

void *
malloc(size_t size)
{
	void *p = is_loader(__builtin_return_address(0)) ? take(size) : NULL;

	return p ? p : __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
	void *p = is_loader(__builtin_return_address(0)) && (size == 0 || n <= ROOM / size)
	    ? take(n * size) : NULL;

	return p ? p : __libc_calloc(n, size);
}

void *
realloc(void *old, size_t size)
{
	void *p;
	size_t before;

	if (!is_here(old) && (old || !is_loader(__builtin_return_address(0))))
		return __libc_realloc(old, size);
	p = take(size);
	if (!p)
		p = __libc_malloc(size);
	if (!p || !old)
		return p;
	memcpy(&before, (unsigned char *)old - UNIT, sizeof before);
	return memcpy(p, old, before < size ? before : size);
}

void
free(void *old)
{
	if (!is_here(old))
		__libc_free(old);
}

#endif
