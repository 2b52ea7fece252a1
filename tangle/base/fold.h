/*
 * Names as the least careful file system compares them.
 *
 * Some do not tell upper from lower case, some keep an accent apart from its
 * letter, some pass over characters without shape.  Two names whose folded
 * forms are the same are one file somewhere.
 */
#ifndef TANGLE_BASE_FOLD_H
#define TANGLE_BASE_FOLD_H

#include "tangle/base/str.h"

struct arena;

/*
 * Case folded and normalised (NFC), default ignorable characters left out.
 * What is no valid UTF-8 comes back with its ASCII letters in lower case.
 */
struct str fold_name(struct str name, struct arena *a);

#endif
