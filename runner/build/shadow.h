/*
 * Files that a result rests on beside those that the compiler lists.
 *
 * A header is looked for in one folder after another.  A result rests on the
 * header that was found, and as much on those that were not: this noun names
 * them.  Where a whole folder is missing it stands for all that is below it.  So
 * it is with what a text asks for (probe.h): what is there is an input, what is not
 * must stay away.
 */
#ifndef RUNNER_BUILD_SHADOW_H
#define RUNNER_BUILD_SHADOW_H

#include <stddef.h>

#include "tangle/base/str.h"

struct arena;
struct compile_request;
struct compile_result;
struct memo;

struct shadow {
	/*
	 * For each header and library that was read those that would have come first,
	 * and for one that was missed or asked for every place where it was looked for.
	 */
	const struct str *absent;
	size_t nabsent;
	const struct str *present;	/* files that were asked for and are there */
	size_t npresent;
	struct str problem;		/* it rests on more than files: "it asks for the date"; or empty */
};

/* After the compiler is done. */
void shadow_find(const struct compile_request *r, const struct compile_result *result,
    struct memo *m, struct arena *a, struct shadow *s);

#endif
