/*
 * Files of another cache made part of this one.
 *
 * Each is verified as if it stood in the cache, and only then published: one that
 * the cache would take for damage never gets in, and what is here already and whole
 * stays.  Files come in the order of archive.h, so whoever is killed in between
 * leaves nothing that names what is not there.  Of a manifest only what leads to
 * results that are here becomes part of the one that is here.
 */
#ifndef RUNNER_CACHE_INTAKE_H
#define RUNNER_CACHE_INTAKE_H

#include <stdbool.h>

#include "runner/cache/folder.h"
#include "tangle/base/arena.h"
#include "tangle/base/map.h"

struct store;

/* Why the bytes are not what a file of that kind and name holds; NULL: they are. */
const char *intake_look(enum kind kind, const struct digest *name, struct str bytes);

struct intake {
	struct store *store;
	bool is_dry;			/* nothing is written */
	struct arena arena;
	struct map planned;		/* what would be there then */
};

void intake_begin(struct intake *t, struct store *s, bool is_dry);
void intake_end(struct intake *t);

enum intake_answer {
	INTAKE_NEW,
	INTAKE_THERE,			/* it was here, as good */
	INTAKE_REFUSED,			/* *why says so */
	INTAKE_UNWRITTEN		/* the cache cannot be written */
};

enum intake_answer intake_take(struct intake *t, enum kind kind, const struct digest *name,
    struct str bytes, const char **why);

#endif
