/*
 * A change of one file's content, in steps that can be undone.
 *
 * Prepared: a temporary file in the same folder is complete.  Settled: it is
 * on the disk.  Committed: it has the file's name.  Finished: the old content
 * is gone.  Until it is finished a change can be undone, so that several
 * become one: prepare and settle all, commit all, finish all, or undo all.
 *
 * A commit exchanges the two files and then looks at what came out.  If that
 * is not the content the caller had read, an editor saved meanwhile: its
 * version is put back and the answer is FILE_CHANGED.  No order of events
 * loses a save, not even one that is being written while we look (but on file
 * systems that cannot exchange, where an instant is left).
 *
 * The old mode, owner, group, access list and user attributes are kept where
 * the system lets us; set-id bits and capabilities never are.
 */
#ifndef TANGLE_BASE_CHANGE_H
#define TANGLE_BASE_CHANGE_H

#include "tangle/base/spot.h"

struct file_options {
	int mode;		/* permission bits; -1: the old ones, or 0666 & ~umask */
	bool durable;		/* on the disk before it is seen */
	bool make_folders;
	bool keep;		/* the old file stays beside it as NAME.skein-saved-N */
};

enum change_step { CHANGE_IDLE, CHANGE_PREPARED, CHANGE_SETTLED, CHANGE_COMMITTED };

struct change {
	const struct root *root;
	struct str path;
	const struct spot *spot;
	struct file_options options;
	enum change_step step;
	bool mode_only;
	bool traceless;		/* the file system could not keep the old one: no undo */
	int fd;			/* from prepared to settled */
	struct file_state old, ours;
	char temp[NAME_MAX + 1];	/* "": what it held is an edit, and no longer ours */
	char saved[NAME_MAX + 1];	/* finished: the name given to the old file, if kept */
};

/*
 * expected == NULL: there must be no such file; else it must have that
 * digest.  FILE_WRITTEN: prepared, and settle or undo must follow; any other
 * answer leaves nothing behind.  A change of mode alone counts.
 *
 * root, path and spot must live as long as the change.  With spot == NULL the
 * path is looked up for each step, so that many changes hold few descriptors.
 */
enum file_result change_prepare(struct change *c, const struct root *root,
    struct str path, const struct spot *spot, const struct digest *expected,
    struct str text, const struct file_options *o, struct diag *d);

/* False: the new content is not on the disk; to be undone. */
bool change_settle(struct change *c, struct diag *d);

/* FILE_CHANGED, FILE_FAILED: over, the old content (or newer) in place. */
enum file_result change_commit(struct change *c, struct diag *d);

/* False: the old content is still there under the temporary name (file_sweep). */
bool change_finish(struct change *c, struct diag *d);

/* From any step back to the old state; what is over stays. */
void change_undo(struct change *c, struct diag *d);

#endif
