/*
 * Where objects are loaded: in slots of addresses, one a cell.
 *
 * The loader lets the system choose an address.  So all that is free above a
 * stretch of slots is filled, and nothing of it can be used: then a hole that is
 * made in it is the highest one, and the system takes that first.
 */
#define _GNU_SOURCE	/* MAP_ANONYMOUS, MAP_FIXED_NOREPLACE */
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "runner/host/host.h"

enum { FILLINGS = 256 };

static char *first;			/* NULL: there are none */
static unsigned char used[PROTOCOL_SLOTS / 8];

static char *
map(char *address, size_t size, int more)
{
	void *at = mmap(address, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | more, -1, 0);

	return at == MAP_FAILED ? NULL : at;
}

/* Holes above, from large ones to those of one page. False: there are too many. */
static bool
fill(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), size = (size_t)2 << 20;
	int most = FILLINGS;
	char *at;

	for (; size >= page; size /= 2) {
		while ((at = map(NULL, size, 0)) && at > first)
			if (most-- == 0)
				return false;
		if (at)
			munmap(at, size);
	}
	return true;
}

/* With a limit on addresses there is none to spare. */
void
slots_reserve(void)
{
	struct rlimit limit;

	if (sanitizer_takes_space() || getrlimit(RLIMIT_AS, &limit) == -1 ||
	    limit.rlim_cur != RLIM_INFINITY)
		return;
	first = map(NULL, PROTOCOL_SLOTS * PROTOCOL_SLOT, 0);
	if (first && !fill()) {
		munmap(first, PROTOCOL_SLOTS * PROTOCOL_SLOT);
		first = NULL;
	}
}

static size_t
size_of(const struct order *o)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return ((size_t)o->extent + page - 1) & ~(page - 1);
}

static size_t
slots_of(const struct order *o)
{
	return (size_t)((o->extent + PROTOCOL_SLOT - 1) / PROTOCOL_SLOT);
}

static bool
is_used(size_t slot)
{
	return used[slot / 8] & 1 << slot % 8;
}

/* An object that needs more than a slot lies elsewhere. */
static bool
has_slots(const struct order *o)
{
	size_t i, n = slots_of(o);

	if (!first || n == 0 || o->slot >= PROTOCOL_SLOTS || n > PROTOCOL_SLOTS - o->slot ||
	    (n > 1 && !o->piece))
		return false;
	for (i = 0; i < n; i++)
		if (is_used(o->slot + i))
			return false;
	return true;
}

void
slot_open(const struct order *o)
{
	if (has_slots(o))
		munmap(first + o->slot * PROTOCOL_SLOT, size_of(o));
}

void
slot_close(const struct order *o, const void *loaded)
{
	char *slot = first + o->slot * PROTOCOL_SLOT, *at;
	size_t i;

	if (!has_slots(o))
		return;
	if (loaded == slot) {
		for (i = 0; i < slots_of(o); i++)
			used[(o->slot + i) / 8] |= (unsigned char)(1 << (o->slot + i) % 8);
		return;
	}
	at = map(slot, size_of(o), MAP_FIXED_NOREPLACE);
	if (at && at != slot)
		munmap(at, size_of(o));
}
