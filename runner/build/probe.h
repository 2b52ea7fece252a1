/*
 * What a text asks of its surroundings beside the files that it includes: whether
 * a file is there (__has_include), bytes of one (.incbin), what time it is.
 *
 * Found by the words alone, in comments and inactive branches as well: what is
 * found and is not so only makes a result be kept less often, or guarded more.
 */
#ifndef RUNNER_BUILD_PROBE_H
#define RUNNER_BUILD_PROBE_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

enum probe_kind {
	PROBE_HEADER,		/* __has_include, __has_include_next */
	PROBE_EMBED,		/* __has_embed */
	PROBE_BINARY,		/* .incbin, and .include of an assembler */
	PROBE_DATE,		/* __DATE__, __TIME__ */
	PROBE_TIMESTAMP		/* __TIMESTAMP__ */
};

struct probe {
	enum probe_kind kind;
	bool is_quoted;		/* "name", not <name> */
	struct str name;	/* of the file; empty: it cannot be told from the text */
};

/* A quick look: might there be any? */
bool probe_may_be_in(struct str text);

/* The next one from *at on, which moves behind it; false if there is none. */
bool probe_next(struct str text, size_t *at, struct probe *p);

#endif
