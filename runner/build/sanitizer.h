/*
 * Sanitizers: which a document may ask for, and the flags that mean them.
 *
 * `sanitize=address` and -fsanitize=address of cflags are the same thing.  A
 * set of them is a number, made of enum sanitizer.
 */
#ifndef RUNNER_BUILD_SANITIZER_H
#define RUNNER_BUILD_SANITIZER_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct arena;

enum sanitizer {
	SANITIZER_ADDRESS = 1,
	SANITIZER_THREAD = 2,
	SANITIZER_LEAK = 4,
	SANITIZER_UNDEFINED = 8
};

/* The one of that name; 0: a document cannot have it. */
unsigned sanitizer_named(struct str name);

/* Why it cannot, and what can be done instead, as a phrase; NULL: nobody knows the name. */
const char *sanitizer_refusal(struct str name);

/* The set once a compiler has read this flag too, which may be any. */
unsigned sanitizer_after(unsigned set, struct str flag);

/* The first name in a flag that sanitizer_refusal has a word about; or empty. */
struct str sanitizer_refused_in(struct str flag);

/* Are there two of it that no process can have at once? */
bool sanitizer_clash(unsigned set);

/* "address,undefined" */
struct str sanitizer_names(unsigned set, struct arena *a);

enum { SANITIZER_FLAGS = 3 };
/* The flags that mean a set which is not empty; returns how many. */
size_t sanitizer_flags(unsigned set, struct str to[SANITIZER_FLAGS], struct arena *a);

#endif
