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
	buf_release(&d->read);
}

void
displayed_release(struct displayed *d)
{
	mem_free(d->list);
	buf_release(&d->read);
	*d = (struct displayed){0};
}

/*
 * All of both, or nothing.  What cannot be read takes no room for good, however often it
 * is tried.
 */
static bool
read_both(struct buf *to, const struct report *r, pid_t from, struct display *one)
{
	const struct library l = { .pid = from };
	size_t text = (size_t)r->member, data = (size_t)r->value_size;
	char *bytes;

	buf_clear(to);
	bytes = buf_room(to, text + data + 1);
	if (library_read(&l, r->marker, bytes, text) != text ||
	    library_read(&l, r->value, bytes + text, data) != data)
		return false;
	one->text = (struct str){ bytes, text };
	one->data = (struct str){ bytes + text, data };
	return true;
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
	if (!read_both(&d->read, r, from, one))
		return false;
	if (r->code == DISPLAY_PROGRESS)
		return true;
	one->text = arena_str(a, one->text);
	one->data = arena_str(a, one->data);
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
