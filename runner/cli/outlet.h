/*
 * A file for a user that is written piece by piece, and is there whole or not at all.
 *
 * For what is too large for memory; all else goes through file.h.  What a killed run
 * leaves beside it has a name of temp.h's and is taken away by the next.
 */
#ifndef RUNNER_CLI_OUTLET_H
#define RUNNER_CLI_OUTLET_H

#include <stdbool.h>

#include "tangle/base/spot.h"

struct outlet {
	int fd;			/* to be written to */
	bool is_standard;	/* "-": standard output */
	struct spot spot;
	char temp[NAME_MAX + 1];
	struct str path;
	struct diag *diag;
};

/*
 * False after an error: standard output is a terminal (2), what stands there is no
 * regular file (6) or may not be replaced.
 */
bool outlet_open(struct outlet *o, struct str path, struct diag *d);

/* Give it its name, readable by its owner only, or, if !ok, leave no trace. False: it is not there. */
bool outlet_close(struct outlet *o, bool ok);

#endif
