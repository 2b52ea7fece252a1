/*
 * Which libraries the linker need not read.
 *
 * A linker reads all libraries that it is told of; most cells want libc and
 * nothing else, and reading libm and the compiler's own is half of all its work.
 * So after the first link of a kind the memo knows which files were read.  An
 * object that wants no symbol of those but libc's (and libm's) links to the same
 * bytes without them; they count as its inputs all the same, since a symbol may
 * come to be there.
 */
#ifndef RUNNER_BUILD_LIBRARIES_H
#define RUNNER_BUILD_LIBRARIES_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct arena;
struct expansion;
struct memo;
struct token;

struct libraries {
	const struct str *paths;	/* all that a link reads, in its order, absolute */
	size_t n;
};

/* False if nothing is known yet, or a file changed since. */
bool libraries_recall(struct memo *m, const struct expansion *e, struct arena *a, struct libraries *l);
void libraries_learn(struct memo *m, const struct expansion *e, const struct libraries *l, struct arena *a);

/*
 * The linking step's command for these bytes of an object, with fewer
 * libraries; NULL: it has to see them all.
 */
const char *const *libraries_argv(const struct libraries *l, const struct expansion *e,
    const struct token *tokens, size_t ntokens, struct str object, struct arena *a);

#endif
