/*
 * Files: read whole, replaced whole.
 *
 * Every file that skein writes for a user goes through change.h; here are the
 * calls that do it in one go.  A path is looked up below a root (root.h), or,
 * with root == NULL, is the user's own: there a link is followed and what it
 * names is replaced.
 *
 * A run that is killed leaves temporary files, whose names tell whose they
 * are and what they should hold; file_sweep takes them away.
 *
 * SIGXFSZ is to be ignored by main, so that EFBIG can be reported.
 */
#ifndef TANGLE_BASE_FILE_H
#define TANGLE_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/change.h"

struct arena;

/*
 * A regular file's text.  What is no regular file is named and refused with
 * status 2 (never waited for), more than max bytes with status 7, all else
 * that fails is status 8.
 */
bool file_read(const struct root *root, struct str path, size_t max,
    struct arena *a, struct str *text, struct diag *d);

/* The same for who can do without: says nothing. A link is followed. */
bool file_peek(struct str path, size_t max, struct arena *a, struct str *text);

/* Status 6 when it is no regular file, 8 when it cannot be read. */
bool file_look(const struct root *root, struct str path, struct file_state *f,
    struct diag *d);

/* The same, and whether somebody has it open for writing, as far as can be known (busy). */
bool file_probe(const struct root *root, struct str path, struct file_state *f,
    struct diag *d);

/*
 * Whatever stands at a path, of any kind, by its device, inode, owner and
 * size, unopened.
 */
bool file_identify(const struct root *root, struct str path, struct file_state *f,
    struct diag *d);

/*
 * Could the file be replaced?  Says no, with the reason, to what is read-only,
 * stands in a read-only folder or has a second hard link: to be asked before
 * work is spent on new content.
 */
bool file_replaceable(const struct root *root, struct str path, struct diag *d);

/*
 * Replace the content of a file: expected == NULL means that there must be
 * none, else it must have that digest.  A change of mode alone counts as
 * written.
 */
enum file_result file_replace(const struct root *root, struct str path,
    const struct digest *expected, struct str text, const struct file_options *o,
    struct diag *d);

/* Remove the file if it has this digest; FILE_UNCHANGED: there is none. */
enum file_result file_remove(const struct root *root, struct str path,
    const struct digest *expected, struct diag *d);

/* The entries of the folder in which a path stands: to the disk. */
bool file_sync_folder(const struct root *root, struct str path, struct diag *d);

/*
 * Take away what killed runs left in the folder of `path`: only regular files
 * of ours, of a name that only we give, whose process is gone, and whose
 * content is what the name says.  An edit that was caught in the middle of a
 * commit is kept as NAME.skein-saved-N, with a warning.  A folder that cannot
 * be read is left alone.
 */
void file_sweep(const struct root *root, struct str path, struct diag *d);

#endif
