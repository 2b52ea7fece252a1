/*
 * Parts of a line that are others each time: addresses, times, process ids.
 */
#ifndef RUNNER_OUTPUT_MARK_H
#define RUNNER_OUTPUT_MARK_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct pattern;

/* In the order in which they take parts of a line: a part is of one. */
enum mark {
	MARK_PICTURE = 1, MARK_UUID, MARK_DATE, MARK_TIME, MARK_DURATION, MARK_PTR, MARK_TMPDIR, MARK_TID, MARK_PID,
	MARK_FLOAT,		/* any number */
	NMARKS
};

/* "ptr", as `normalize` has it. */
const char *mark_name(enum mark m);

/* Is the same thing called the same each time?  Two equal addresses should stay equal, not two times. */
bool mark_has_identity(enum mark m);

/* Are blanks before it a matter of its width? */
bool mark_has_width(enum mark m);

/* What stands for a part of that mark: no printable text has these bytes. */
enum { MARK_BYTE = 0x10 };

struct marker {			/* all zero when new */
	struct pattern *of[NMARKS];
};
void marker_release(struct marker *m);

/*
 * Which mark each byte of a line (valid UTF-8) has: 0 for none, and START in the
 * first byte of each part.  `set` has a bit for each mark that is wanted.
 */
enum { MARK_START = 0x80 };
void marker_find(struct marker *m, unsigned set, struct str line, unsigned char *of);

/*
 * Are two numbers the same up to so many digits?  NaNs are; of integers all digits
 * count; the sign of zero does not.
 */
bool mark_agree(struct str a, struct str b, int digits);

#endif
