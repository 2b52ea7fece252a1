/*
 * The packages that a document asks for (`pkg=`): what pkg-config says of them.
 * Answers are remembered in the memo: a warm run does not ask again.
 */
#ifndef RUNNER_BUILD_PACKAGES_H
#define RUNNER_BUILD_PACKAGES_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/source.h"
#include "tangle/base/str.h"

struct arena;
struct diag;
struct memo;

struct package_flags {
	const struct str *cflags, *libs;
	size_t ncflags, nlibs;
};

/*
 * The flags for all of them together.  False after an error:
 * `forbidden-package` (6, no name of a package), `no-package` (8); or if the memo
 * is frozen and does not know.
 */
bool packages_find(struct memo *m, const struct str *names, size_t nnames,
    struct arena *a, struct package_flags *flags, struct place at, struct diag *d);

#endif
