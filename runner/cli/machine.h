/*
 * What the system under a notebook can do, and lets us do: each thing is tried, in a
 * child where it could hurt; nothing is told by the kernel's version.
 */
#ifndef RUNNER_CLI_MACHINE_H
#define RUNNER_CLI_MACHINE_H

struct findings;

/* Calls of the kernel that sessions, checkpoints, values and confinement rest on. */
void machine_kernel(struct findings *f);

/* Limits of this user and shell, and how memory is given out. */
void machine_limits(struct findings *f);

#endif
