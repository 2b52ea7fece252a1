/*
 * Lua cells in the course of a run.
 *
 * They take turns with C cells in the same sessions (turn.h); where those have an
 * object, they have their text.
 */
#ifndef RUNNER_CLI_LUAS_H
#define RUNNER_CLI_LUAS_H

#include <stdbool.h>
#include <stddef.h>

struct job;
struct run;

/* What is run, for all of them. */
void luas_prepare(struct run *r);

/* It is a cell's turn: settled at once, or it runs.  False if it has to wait. */
bool luas_start(struct run *r, struct job *j);

/* The arguments of its run; returns how many. */
size_t luas_arguments(struct run *r, const struct job *j, const char *const **list);

#endif
