#include "runner/session/displayed.h"

#include "runner/session/library.h"
#include "runner/session/outcome.h"
#include "runner/session/protocol.h"
#include "tangle/base/arena.h"
#include "tangle/base/mem.h"
#include "tangle/base/trace.h"

enum { LABEL = 1024 };		/* bytes of what progress has to say */

void
displayed_begin(struct displayed *d)
{
	d->n = 0;
	d->bytes = d->left_out = 0;
}

void
displayed_release(struct displayed *d)
{
	mem_free(d->list);
	*d = (struct displayed){0};
}

/* All of it, or nothing. */
static bool
take(const struct library *l, uint64_t address, uint64_t size, struct arena *a, struct str *text)
{
	char *bytes;

	*text = (struct str){0};
	if (size == 0)
		return true;
	bytes = arena_alloc(a, (size_t)size, 1);
	*text = (struct str){ bytes, (size_t)size };
	return library_read(l, address, bytes, (size_t)size) == size;
}

/* Is there room? */
static bool
fits(const struct displayed *d, const struct report *r)
{
	uint64_t most = PROTOCOL_DISPLAYED - d->bytes < PROTOCOL_DISPLAY ?
	    PROTOCOL_DISPLAYED - d->bytes : PROTOCOL_DISPLAY;

	if (r->code == DISPLAY_PROGRESS)
		most = LABEL;
	else if (d->n == PROTOCOL_DISPLAYS)
		return false;
	return r->value_size <= most && r->member <= most - r->value_size;
}

bool
displayed_take(struct displayed *d, const struct report *r, pid_t from, struct arena *a,
    bool ignore, struct display *one)
{
	const struct library l = { .pid = from };

	*one = (struct display){ .kind = r->code };
	if (r->code < DISPLAY_MARKDOWN || r->code > DISPLAY_PROGRESS)
		return false;
	if (ignore)
		return true;
	if (!fits(d, r)) {
		d->left_out += r->code != DISPLAY_PROGRESS;
		trace("session", "display: no room for %llu bytes", (unsigned long long)r->value_size);
		return true;
	}
	if (!take(&l, r->marker, r->member, a, &one->text) || !take(&l, r->value, r->value_size, a, &one->data))
		return false;
	if (r->code == DISPLAY_PROGRESS)
		return true;
	d->list = mem_grow(d->list, &d->cap, d->n + 1, sizeof *d->list);
	d->list[d->n++] = *one;
	d->bytes += r->value_size + r->member;
	return true;
}

void
displayed_give(const struct displayed *d, struct arena *a, struct outcome *o)
{
	o->displays = arena_copy(a, d->list, d->n, sizeof *d->list);
	o->ndisplays = d->n;
	o->displays_left_out = d->left_out;
}
