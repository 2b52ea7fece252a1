/*
 * Files that are watched, there or not: told when one changes.
 *
 * It is the folder of a file that is watched (inotify), since editors save by
 * giving a new file the old one's name.  Of a link the folders of all that it
 * leads through are.  A folder that cannot be watched (it is not there, the
 * system has no watches left, its file system is another machine's) is looked
 * at twice a second.
 *
 * A change is told when the file is complete: closed by who wrote it, or
 * renamed.  It may have been touched only: who wants to know looks.
 */
#ifndef RUNNER_BUILD_NOTIFY_H
#define RUNNER_BUILD_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct loop;
struct notify;

enum notify_kind {
	NOTIFY_BEGUN,		/* it has been made, and may still be empty */
	NOTIFY_WRITTEN,
	NOTIFY_GONE
};

/* `tag` is that of notify_add.  Called from the loop; to name other files is for later. */
typedef void notify_fn(void *arg, size_t tag, enum notify_kind kind);

/* With `looks` nothing is asked of the system: all files are looked at. */
struct notify *notify_new(struct loop *l, bool looks, notify_fn *fn, void *arg);
void notify_free(struct notify *n);		/* NULL is fine */

/*
 * Between these two all files are named that are to be watched from now on.  A
 * file that was watched before under that tag is watched without a gap.
 */
void notify_begin(struct notify *n);
void notify_end(struct notify *n);

/*
 * A path that ends in a slash is a folder, of which it is told when a file
 * comes or goes.
 */
void notify_add(struct notify *n, struct str path, size_t tag);

#endif
