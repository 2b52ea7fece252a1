/*
 * Paths of targets: what a document may name.
 *
 * A path stands below the project's root.  Whatever the file system holds,
 * some names are refused: what leads out, what cannot be shown, and files
 * that other programs obey (version control, continuous integration, shell
 * start-up, our own state).
 */
#ifndef TANGLE_EMIT_PATH_H
#define TANGLE_EMIT_PATH_H

#include <stdbool.h>

#include "tangle/base/source.h"
#include "tangle/base/str.h"

struct arena;
struct diag;

/*
 * The path without "." and empty components and with ".." resolved, as far as
 * that stays below the root.  Refusals have status 6, names that are too long
 * status 3.  `trusted`: the user, not the document, allows files of CI and of
 * shells.
 */
bool target_path(struct str *clean, struct str path, bool trusted, struct arena *a,
    struct place at, struct diag *d);

#endif
