/*
 * What the cell that runs shows: pictures, tables, Markdown.
 *
 * It is read out of the memory of the process that shows it, which waits; so what
 * has been taken is there whatever becomes of the process.  Everything about it is
 * the word of a program that may be anything: kind, sizes and number are checked,
 * and bytes stay bytes (runner/output/gallery.h makes a document's of them).
 */
#ifndef RUNNER_SESSION_DISPLAYED_H
#define RUNNER_SESSION_DISPLAYED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tangle/base/buf.h"

struct arena;
struct display;
struct outcome;
struct report;

struct displayed {		/* all zero when new */
	struct display *list;	/* the texts are in the arenas of those who asked for the run */
	size_t n, cap;
	uint64_t bytes, left_out;
	struct buf read;	/* what was read last */
};

/* Forget what was shown. */
void displayed_begin(struct displayed *d);
void displayed_release(struct displayed *d);

/*
 * Take what the report says out of the process, *one is what it was.  With `ignore`,
 * and of progress, nothing is kept, and *one is good until the next.  False: there is no
 * such kind, or it cannot be read.
 */
bool displayed_take(struct displayed *d, const struct report *r, pid_t from, struct arena *a,
    bool ignore, struct display *one);

void displayed_give(const struct displayed *d, struct arena *a, struct outcome *o);

#endif
