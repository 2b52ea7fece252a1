/*
 * Where a file stands: its folder, held open, and its name in there.
 *
 * All work on a file goes through its folder's descriptor, so that a folder
 * renamed or replaced meanwhile changes nothing.  A spot is found below a root
 * (root.h), or, with root == NULL, from the user's own path: there links are
 * followed, and the spot is that of the file that they name.  Meant for
 * change.c and file.c; others use file.h.
 */
#ifndef TANGLE_BASE_SPOT_H
#define TANGLE_BASE_SPOT_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "tangle/base/diag.h"
#include "tangle/base/hash.h"
#include "tangle/base/str.h"

struct root;

struct spot {
	int folder;
	char name[NAME_MAX + 1];
	struct str shown;	/* the path as it was given */
};

/* What stands at a spot: nothing, or a regular file. */
struct file_state {
	bool exists;
	bool busy;		/* somebody has it open for writing (if asked for) */
	mode_t mode;		/* permission bits and set-id bits */
	uid_t uid;
	gid_t gid;
	nlink_t links;
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec written;	/* by the clock of file times */
	struct digest digest;
};

enum file_result {
	FILE_WRITTEN,
	FILE_UNCHANGED,		/* it had that content already; not touched */
	FILE_CHANGED,		/* it does not hold what was expected; not touched, nothing said */
	FILE_FAILED		/* said, status 8 (6: a path refused); old content in place */
};

/* With `make`, missing folders are made.  False with errno. */
bool spot_find(struct spot *s, const struct root *root, struct str path, bool make);
/* Says why spot_find failed just now (errno). */
void spot_say(const struct root *root, struct str path, struct diag *d);
/* Both. */
bool spot_open(struct spot *s, const struct root *root, struct str path, bool make,
    struct diag *d);
void spot_close(struct spot *s);

/* Says, with that status, what a mode is when it is no regular file's. */
bool spot_is_regular(mode_t mode, enum status status, struct str path, struct diag *d);

/* A descriptor for reading, -1 with errno; never waits, follows no link. */
int spot_open_file(int folder, const char *name);
/* read(2), and again when a signal came. */
ssize_t spot_read(int fd, char *to, size_t n);

/* What fstat says; no digest. */
struct stat;
void spot_state(struct file_state *f, const struct stat *st);

/*
 * Look at one name in a folder; `probe`: also whether it is being written.
 * Fails, with words, on what is no regular file (status 6) or unreadable (8).
 */
bool spot_look(int folder, const char *name, bool probe, struct file_state *f,
    struct str shown, struct diag *d);

/* Says why the file there may not be replaced: links, permissions. */
bool spot_replaceable(const struct spot *s, const struct file_state *f, struct diag *d);

/* Does this errno say that a file system or kernel lacks a call? */
bool spot_is_unsupported(int error);

/* Rename to a name that nobody has; -1 with EEXIST if somebody has it. */
int spot_rename_new(int folder, const char *from, const char *to);

/* Rename `temp` to NAME.skein-saved-N, which a person can find. */
bool spot_save_aside(int folder, const char *temp, struct str name,
    char saved[NAME_MAX + 1]);
/* The same for an edit that has no way back to its name, with a warning. */
void spot_rescue(const struct spot *s, const char *temp, struct diag *d);

/* Remove the file if it has that digest. */
enum file_result spot_remove(const struct spot *s, struct digest expected,
    struct diag *d);

#endif
