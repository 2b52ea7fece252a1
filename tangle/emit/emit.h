/*
 * Lines -> files.
 *
 * All targets of a run are planned first and every conflict is reported; then
 * all of them are written, or none.  A target is written only if its bytes or
 * its mode differ, so that make and editors see nothing when nothing changed.
 *
 * The manifest is on the disk before any target is seen, and each target before
 * it gets its name: a kill or a power cut at any moment leaves targets that are
 * old or new, all of them known.  (tests/faults: sweep, kills, powercut.)
 *
 * A target that someone edited since we wrote it, or that was there before
 * us with other content, is a conflict (status 9, [edited-target]).
 */
#ifndef TANGLE_EMIT_EMIT_H
#define TANGLE_EMIT_EMIT_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/source.h"
#include "tangle/base/str.h"

struct buf;
struct diag;
struct root;

struct target {
	struct str path;	/* as written, relative to the root */
	struct str text;
	void (*write)(const struct target *t, struct buf *to);	/* or: appends it, the same each time */
	const void *from;	/* for write */
	int mode;		/* -1: the old one's, or what the umask leaves */
	struct place at;	/* where file= stands; its source is the document */
	bool broken;		/* has no text (an error was reported): left alone, but no orphan */
};

/*
 * The text of a target, in *made if it has to be made: asked for one by one, so
 * that not all of them stand in memory.  Good until *made is used again.
 */
struct str target_text(const struct target *t, struct buf *made);

/* What became of a path; with check or dry, what would become of it. */
enum emit_fate {
	EMIT_SAME,		/* it is as it should be */
	EMIT_CREATED, EMIT_REPLACED, EMIT_MODE,
	EMIT_KEPT,		/* an empty block's, or an edited orphan */
	EMIT_CONFLICT,
	EMIT_LEFT,		/* nothing was written, since something else was wrong */
	EMIT_ORPHAN,		/* no document names it any more */
	EMIT_REMOVED
};

/* One word for each. */
const char *emit_word(enum emit_fate f);

/* Whom is told of a path; the target is NULL for what is none any more. */
typedef void emit_tell(void *whom, enum emit_fate f, struct str path, const struct target *t);

struct emit_options {
	const struct str *documents;	/* of this run, also those without a target */
	size_t ndocuments;
	bool check;		/* write nothing; status 1 [stale-target] where one differs or is missing */
	bool existing_only;	/* with check: a missing one is no difference */
	bool dry;		/* write nothing; only count */
	bool force;		/* replace edited targets too, the edited file kept beside */
	bool trusted;		/* the user allows targets that CI and shells obey */
	bool relaxed;		/* do not wait for the disk */
	int wait;		/* seconds for another run to end, LOCK_FOREVER */
	/* Told of each whole target, and of each orphan (whose target is NULL); or NULL. */
	emit_tell *tell;
	void *whom;
};

struct emit_counts {
	size_t written;		/* new content or mode */
	size_t unchanged;
	size_t adopted;		/* of those: not known to be ours, but equal */
	size_t conflicts, stale, orphans;
	size_t removed;		/* by emit_clean */
};

/*
 * False when anything was wrong.  Targets of these documents in the manifest
 * that are no longer among `targets` are named in a note.
 */
bool emit_files(const struct root *root, const struct target *targets, size_t ntargets,
    const struct emit_options *o, struct emit_counts *counts, struct diag *d);

/*
 * Remove what the manifest proves to be ours and unedited, came from these
 * documents (or from one that is gone), and is not among `targets`.  With no
 * targets: all that the documents ever made.  What was edited stays, with a
 * warning.  Uses documents, dry, trusted, relaxed and wait of the options.
 */
bool emit_clean(const struct root *root, const struct target *targets, size_t ntargets,
    const struct emit_options *o, struct emit_counts *counts, struct diag *d);

#endif
