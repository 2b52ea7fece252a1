/*
 * A project's root: paths below it, and never outside.
 *
 * A root is an open folder.  Paths below it are looked up component by
 * component by the kernel (openat2 with RESOLVE_BENEATH, NO_SYMLINKS and
 * NO_MAGICLINKS, or one openat with O_NOFOLLOW a component where that call is
 * missing), so that a link put in the way at any moment leads nowhere.
 */
#ifndef TANGLE_BASE_ROOT_H
#define TANGLE_BASE_ROOT_H

#include <stdbool.h>

#include "tangle/base/str.h"

struct arena;
struct diag;

struct root {
	int fd;
	struct str path;	/* as shown to people; the caller's */
};

/* Open the folder `path`, following links; says why on failure (status 8). */
bool root_open(struct root *r, struct str path, struct diag *d);
void root_close(struct root *r);

/*
 * The folder in which the last component of `path` stands, opened for reading;
 * -1 with errno on failure: ELOOP when a component is a symbolic link, EXDEV
 * when the path would leave.  With `make`, missing folders are made.  `path`
 * is relative and has no "." or empty components.
 */
int root_folder(const struct root *r, struct str path, bool make);

/*
 * Why root_folder refused a path: the shortest part of it that is no folder
 * (a link, or a file); empty when there is none.
 */
struct str root_obstacle(const struct root *r, struct str path);

/*
 * `.skein/`, our own folder below the root, made when missing together with
 * the .gitignore that hides it.  -1 on failure, which is said.
 */
int root_state(const struct root *r, struct diag *d);

/*
 * A path of the user's, as seen from the root, links resolved; absolute when
 * it stands outside.
 */
struct str root_relative(const struct root *r, struct str path, struct arena *a);

/* A path below the root as the user, who stands elsewhere, would name it. */
struct str root_shown(const struct root *r, struct str path, struct arena *a);

/* The part of a path before its last slash, and the part after it. */
struct str path_folder(struct str path);
struct str path_name(struct str path);

/*
 * The absolute path, links resolved.  What is not there has none of its own, but
 * its folder has; if that is not there either, the path as it is.
 */
struct str path_real(struct str path, struct arena *a);

#endif
