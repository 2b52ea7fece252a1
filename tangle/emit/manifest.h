/*
 * What we wrote: the proof that a target is ours.
 *
 * `.skein/manifest` has for each target the document that it came from and
 * the digests of the content that it got last and of the one before.  It is
 * written before the targets are: a run that is killed in between leaves each
 * target with one of the two, and both are ours.
 *
 *	skein manifest 1
 *	target BEFORE NOW DOCUMENT PATH
 *
 * Digests are hex or "-"; in names, bytes up to the blank, '%' and DEL are
 * written %XX.  A manifest of a newer skein is refused and left alone.
 */
#ifndef TANGLE_EMIT_MANIFEST_H
#define TANGLE_EMIT_MANIFEST_H

#include <stdbool.h>

#include "tangle/base/hash.h"
#include "tangle/base/map.h"
#include "tangle/base/str.h"

struct arena;
struct diag;
struct root;

struct entry {
	struct str path, document;
	bool has_before;
	struct digest before, now;
};

struct manifest {
	struct arena *arena;
	struct map entries;		/* path -> struct entry */
	struct str file;		/* from the root */
	bool exists;
	struct digest digest;		/* of the file as it was read */
};

/* No manifest is an empty one. */
bool manifest_read(struct manifest *m, const struct root *root, struct arena *a,
    struct diag *d);
/* The same of another file than .skein/manifest: of what is no target. */
bool manifest_read_from(struct manifest *m, const struct root *root, struct str file, struct arena *a,
    struct diag *d);
void manifest_release(struct manifest *m);

/* NULL if we never wrote that path. */
struct entry *manifest_find(const struct manifest *m, struct str path);

/* Did we write this content? */
bool entry_is_ours(const struct entry *e, struct digest content);

/*
 * A target is about to get `now` where it has `before` (NULL: nothing that
 * counts).
 */
void manifest_put(struct manifest *m, struct str path, struct str document,
    const struct digest *before, struct digest now);
void manifest_forget(struct manifest *m, struct str path);

/* Replace the file, if anything is new. */
bool manifest_write(struct manifest *m, const struct root *root, bool durable,
    struct diag *d);

#endif
