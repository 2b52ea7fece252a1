/*
 * Patterns of paths, as gitignore(5) has them.
 *
 * Between slashes `*` is any bytes, `?` any byte, `[a-z]` and `[!a-z]` one of a set
 * (which may hold classes, `[[:digit:]]`), and `\` takes the next byte as it is.
 * None of them matches a slash.  A part that is nothing but two or more stars stands
 * for any number of folders, none included; as the last part, for whatever is in there.
 *
 * No pattern is slow: a match takes at most as many steps as its two lengths
 * multiplied.  One that is malformed (an open set, a lone `\` at the end) matches
 * nothing.
 */
#ifndef TANGLE_PROJECT_GLOB_H
#define TANGLE_PROJECT_GLOB_H

#include <stdbool.h>

#include "tangle/base/str.h"

/* Does the pattern match the whole of the path, both relative to the same folder? */
bool glob_match(struct str pattern, struct str path);

#endif
