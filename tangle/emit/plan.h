/*
 * What is to become of each target: decided for all before any is written.
 */
#ifndef TANGLE_EMIT_PLAN_H
#define TANGLE_EMIT_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/change.h"
#include "tangle/base/map.h"
#include "tangle/base/str.h"
#include "tangle/emit/manifest.h"

struct emit_counts;
struct emit_options;
struct target;

enum action {
	LEAVE,			/* equal, and known to be ours */
	ADOPT,			/* equal, but not known */
	CREATE, RECREATE,
	REPLACE,
	OVERWRITE,		/* edited, but --force */
	CHANGE_MODE,
	KEEP_FULL,		/* an empty block never replaces somebody's file */
	CONFLICT
};

struct plan {
	const struct target *target;
	struct str path, document;
	const struct entry *known;
	struct file_state old;
	struct digest now;
	bool is_empty;
	enum action action;
	struct change change;
};

/* One run of emit.h's calls. */
struct emission {
	const struct root *root;
	const struct emit_options *options;
	struct emit_counts *counts;
	struct diag *diag;
	struct arena arena;
	struct manifest manifest;
	struct map paths;		/* of targets: path -> struct target */
	struct map folded;		/* the same, paths folded (fold.h) */
	struct map documents;		/* of this run: path below the root -> itself */
	struct map inodes;		/* of documents, by device and inode */
	struct map names;		/* of documents: as the user names them -> path below the root */
	struct plan *plans;
	size_t n;
	struct buf text;		/* of the target at hand (target_text) */
};

/*
 * Fill in paths and documents; refuses what may not be a target, and targets
 * that cannot live beside each other.
 */
bool plan_names(struct emission *x, const struct target *targets, size_t n);

/*
 * Look at what is there and decide, a plan for each whole target.  Conflicts
 * (or, for a check, what is stale) are reported; false after an error or a
 * conflict.
 */
bool plan_all(struct emission *x);

/* Does the action write? */
bool plan_is_change(enum action a);

#endif
