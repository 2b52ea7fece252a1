/*
 * The folder in which a compiler works, empty at first and gone afterwards.
 *
 * What stands in it comes from programs, so files are opened as nothing but files,
 * and read up to a size.  Others who sweep the same parent leave it alone (litter.h).
 */
#ifndef RUNNER_BUILD_WORKSHOP_H
#define RUNNER_BUILD_WORKSHOP_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct arena;

struct workshop {
	char *path;		/* resolved, as the prefix map has it; NULL: none */
	int held;		/* the open folder; -1: nobody sweeps there */
};

#define WORKSHOP_NONE	((struct workshop){ .held = -1 })

/* A new one in `temp`, or in TMPDIR if that is NULL; false with errno, and then there is none. */
bool workshop_open(struct workshop *w, const char *temp, struct arena *a);

/* A file of it, whole; false if it is not there, or too large. */
bool workshop_read(const struct workshop *w, const char *name, size_t max, struct arena *a,
    struct str *text);

/* A new file in it. */
bool workshop_write(const struct workshop *w, struct str name, struct str text, struct arena *a);

/* Remove it with its files; none is fine. */
void workshop_close(struct workshop *w);

#endif
