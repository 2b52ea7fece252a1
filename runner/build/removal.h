/*
 * Removing whatever a cell has left in a folder of ours.
 *
 * Any number of files, folders as deep as they come, or that nobody may enter.
 * Links are removed, never followed; what is mounted there stays.
 */
#ifndef RUNNER_BUILD_REMOVAL_H
#define RUNNER_BUILD_REMOVAL_H

#include <stdbool.h>

/* All below an open folder of ours; false if something is left. */
bool removal_clear(int folder);

#endif
