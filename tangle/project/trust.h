/*
 * Whose settings count.
 *
 * A skein.lua says how a project's documents are compiled and run, and what is done with
 * their outputs.  One that another user of the machine could have put there, into a folder
 * that everybody can write for example, is left alone as if it were not there: it must
 * belong to the user or to root, like the folder in which it stands, and nobody else may
 * be free to write it.  Who works as root for somebody (sudo) has that user's, too.
 *
 * The user can name folders in which that does not matter.
 */
#ifndef TANGLE_PROJECT_TRUST_H
#define TANGLE_PROJECT_TRUST_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct arena;
struct stat;

struct trust {
	const struct str *folders;	/* patterns (glob.h) of real paths; "*": all */
	size_t n;
};

/* Does what is so owned count, in that folder?  If not, why not, and what to do. */
bool trust_allows(const struct trust *t, struct str folder, const struct stat *file,
    struct str *why, struct arena *a);

#endif
