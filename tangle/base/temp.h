/*
 * Names of temporary files, which prove that they are ours.
 *
 * A name tells for which file it stands, which process made it, and the start
 * of the digests of the old and the new content; a check over all of it makes
 * sure that nobody else's file bears such a name by chance:
 *
 *	.notes.md.skein-4711-0a1b2c3d4e5f6071-9f8e7d6c5b4a3928-1c2d3e4f.new
 */
#ifndef TANGLE_BASE_TEMP_H
#define TANGLE_BASE_TEMP_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "tangle/base/hash.h"
#include "tangle/base/str.h"

enum temp_kind {
	TEMP_PART,		/* being written: worth nothing */
	TEMP_NEW,		/* complete; after an exchange what stood there before */
	TEMP_OLD		/* what stood there, set aside */
};

struct temp {
	enum temp_kind kind;
	struct str name;	/* of the file it stands for, cut when very long */
	pid_t pid;
	struct str before, after;	/* the first digits of the digests */
};

/* Write the name of a temporary file of this process. */
void temp_name(char to[NAME_MAX + 1], enum temp_kind kind, struct str name,
    struct digest before, struct digest after);

/* False when the name is not one of ours; *t views into it. */
bool temp_parse(struct temp *t, struct str name);

/* Is this the content that stood there before, or the one that was to come? */
bool temp_holds(const struct temp *t, struct digest d);

/* Is the process that made it gone?  (It is when it was us, in a life before.) */
bool temp_is_dead(const struct temp *t);

#endif
