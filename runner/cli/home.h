/*
 * The folder that is HOME and TMPDIR of a document's cells.
 *
 * It is nobody else's, new at the start of a run and gone after it.  It stands
 * in $TMPDIR/skein-UID by the document's name, so that its path, which cells may
 * print, is the same in each run; who comes while another run has it gets a
 * neighbour.  A lock on the folder itself says that somebody has it: what runs
 * that were killed have left is removed by the next one.
 */
#ifndef RUNNER_CLI_HOME_H
#define RUNNER_CLI_HOME_H

#include <stdbool.h>

#include "tangle/base/str.h"

struct arena;
struct diag;

struct home {
	struct str path;	/* absolute, links resolved; NUL-terminated */
	int fd;			/* locked; -1: there is none */
	int parent;		/* -1: it has none of our own, */
	const char *parent_path;	/* which is this one */
};

/* For a document of that real path.  False after a message. */
bool home_open(struct home *h, struct str document, struct arena *a, struct diag *d);
/* Has nobody left anything in it? */
bool home_is_empty(const struct home *h);
void home_close(struct home *h);

#endif
