/*
 * What a forked process gives up, for good, to run what nobody has read.
 *
 * It keeps its memory, but for the environment, and one descriptor.  It reads and
 * writes that one, takes and gives back memory, looks at a clock and ends: any other
 * system call ends it at once.  Where the kernel has no such filter, the limits on
 * processes, files and memory remain.
 */
#ifndef RUNNER_SCRIPT_CAGE_H
#define RUNNER_SCRIPT_CAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Enter it, as a child of `parent`, with whom it dies; the descriptor is kept as 0.
 * Memory may grow by that many bytes.  False: it must not go on.
 */
bool cage_enter(pid_t parent, int fd, size_t memory);

#endif
