#define _GNU_SOURCE	/* process_vm_readv */
#include "runner/session/library.h"

#include <sys/uio.h>
#include <unistd.h>

#include "runner/session/dwarf.h"
#include "runner/session/image.h"
#include "tangle/base/mem.h"

struct str
session_object_bytes(const struct session_object *o)
{
	return o->bytes.len == 0 && o->fetch ? o->fetch(o->arg, o->slot) : o->bytes;
}

void
library_open(struct library *l, const struct loaded *objects, size_t n)
{
	*l = (struct library){ objects, n, mem_zalloc(n, sizeof *l->opened), 0 };
}

void
library_close(struct library *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		dwarf_close(l->opened[i]);
	mem_free(l->opened);
	*l = (struct library){0};
}

const struct loaded *
library_object(const struct library *l, uint64_t address)
{
	struct image image;
	size_t i;

	for (i = l->n; i-- > 0; ) {
		const struct loaded *o = &l->objects[i];

		if (o->base && address >= o->base && image_open(&image, session_object_bytes(&o->object)) &&
		    address - o->base < image_extent(&image))
			return o;
	}
	return NULL;
}

struct dwarf *
library_dwarf(struct library *l, const struct loaded *o)
{
	size_t i = (size_t)(o - l->objects);

	if (!l->opened[i])
		l->opened[i] = dwarf_open(session_object_bytes(&o->object));
	return l->opened[i];
}

/* Page by page: what is readable before an unreadable page counts. */
size_t
library_read(const struct library *l, uint64_t address, void *to, size_t n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), done = 0;

	while (done < n) {
		uint64_t at = address + done;
		size_t left = page - (size_t)(at % page);
		struct iovec here = { (char *)to + done, left < n - done ? left : n - done };
		struct iovec there = { (void *)(uintptr_t)at, here.iov_len };

		if (process_vm_readv(l->pid, &here, 1, &there, 1, 0) != (ssize_t)here.iov_len)
			break;
		done += here.iov_len;
	}
	return done;
}

struct str
library_plain(struct str symbol)
{
	size_t end = symbol.len;

	if (!str_starts(symbol, STR("skein_")))
		return symbol;
	while (end > 0 && symbol.data[end - 1] >= '0' && symbol.data[end - 1] <= '9')
		end--;
	if (end < symbol.len && str_ends(str_slice(symbol, 0, end), STR("__")))
		symbol.len = end - 2;
	return str_slice(symbol, 6, symbol.len);
}

struct answer {
	struct str name;
	bool is_sure, is_torn;
};

/*
 * What an object asked the loader for, and got this address.  Its own variables
 * may have been changed since (`f = sin; f = cos;`): they count if no two of
 * them disagree.
 */
static void
look_in(const struct library *l, const struct loaded *o, uint64_t address, struct answer *a)
{
	struct image image;
	struct reference r;
	uint64_t there;
	size_t i;

	if (!o->base || !image_open(&image, session_object_bytes(&o->object)))
		return;
	for (i = 0; !a->is_sure && image_reference(&image, i, &r); i++) {
		if (r.symbol.len == 0 ||
		    library_read(l, o->base + r.at, &there, sizeof there) != sizeof there ||
		    there != address)
			continue;
		a->is_sure = r.is_fixed;
		a->is_torn = a->is_torn || (a->name.len > 0 && !str_eq(a->name, r.symbol));
		a->name = r.symbol;
	}
}

struct str
library_function(struct library *l, uint64_t address)
{
	const struct loaded *o = library_object(l, address);
	struct dwarf *d = o ? library_dwarf(l, o) : NULL;
	struct answer a = { d ? dwarf_function(d, address - o->base) : (struct str){0}, false, false };
	size_t i;

	if (a.name.len > 0)
		return a.name;
	for (i = l->n; i-- > 0; )
		look_in(l, &l->objects[i], address, &a);
	if (a.is_torn && !a.is_sure)
		return (struct str){0};
	return library_plain(a.name);
}
