/*
 * Which compiler flags a document may give.
 *
 * A flag can run a program, write a file, or make objects that do not fit
 * together; so a document gets a table of full spellings and nothing else.
 * pkg-config's flags and the user's own settings do not pass through here.
 */
#ifndef RUNNER_BUILD_FLAGS_H
#define RUNNER_BUILD_FLAGS_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/source.h"

struct arena;
struct diag;

/*
 * Cut a text into words, as a shell would, but for quotes and backslashes
 * only: -DNAME="a b" is one word.  False after an error `unclosed-quote` (3).
 */
bool flags_split(struct str text, struct arena *a, const struct str **words,
    size_t *nwords, struct place at, struct diag *d);

/*
 * Check the flags of a document and bring them into one form: "-I dir" is
 * joined, a folder or file of -I, -iquote, -isystem and -include becomes an
 * absolute path, which must stand below the root (symbolic links followed).
 * False after one error `forbidden-flag` (6) for each refused flag.
 */
bool flags_accept(const struct str *words, size_t nwords, struct str root,
    struct arena *a, const struct str **flags, size_t *nflags,
    struct place at, struct diag *d);

/*
 * Why a document may not give this flag, as a phrase; NULL if it may.  Flags
 * that take a path are only looked at by their spelling.
 */
const char *flags_refusal(struct str flag);

/*
 * Does the flag mean something for that language?  A document's flags are for
 * all its cells, and a compiler complains of those of the other language.
 */
bool flags_suit(struct str flag, bool is_cxx);

/* A language standard: gnu17, c11, iso9899:1990, c++20. */
bool flags_is_standard(struct str s);
/* A library as in `libs=m`: a name for -l, no path and no flag. */
bool flags_is_library(struct str s);

#endif
