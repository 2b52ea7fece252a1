/*
 * Files and folders that are of use only while somebody works on them.
 *
 * Whoever makes one holds a lock on it (flock), which the kernel gives back
 * however the process ends.  So what nobody holds is litter, and the next run
 * takes it away at once: no process number has to be believed, which may be
 * another's by now, or count in another container only.  Where locks mean
 * nothing (a network's file system), litter is what is a day old.
 */
#ifndef RUNNER_BUILD_LITTER_H
#define RUNNER_BUILD_LITTER_H

#include <stdbool.h>

#include "tangle/base/str.h"

enum { LITTER_NAME = 64 };

/* Names that begin so are held by who works on them. */
#define LITTER_HELD	"held-"

/* A new file, open for writing and held until it is closed; -1 with errno. */
int litter_file(int folder, char name[LITTER_NAME]);

/*
 * A whole new file of that name, for its owner to read and write, in the place of
 * what was there (but not of a folder that holds something).  It is made in `temps`,
 * of which -1 means there is none; false with errno.
 */
bool litter_replace(int temps, int folder, const char *name, struct str text);

/* Hold an open file or folder. False: it was swept away before it was held. */
bool litter_hold(int fd);

/* Take away what is litter in a folder, and in its folders, which are flat. */
void litter_sweep(int folder, bool has_locks);

#endif
