/*
 * What the machine has left, as the kernel and the control groups tell.
 */
#ifndef RUNNER_SESSION_MACHINE_H
#define RUNNER_SESSION_MACHINE_H

#include <stdint.h>

/*
 * Bytes of memory that can be used now: what is available of the machine's,
 * and at most what the groups that we are in may have.  0: nobody tells.
 */
uint64_t machine_memory(void);

/* The same, below another root than "". */
uint64_t machine_memory_below(const char *root);

/* How often the kernel has ended a process for want of memory; 0: it does not tell. */
uint64_t machine_oom_kills(void);

#endif
