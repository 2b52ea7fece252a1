/*
 * Lua cells in the course of a run.
 */
#ifndef RUNNER_CLI_LUAS_H
#define RUNNER_CLI_LUAS_H

struct job;
struct run;

/* It is a cell's turn: settled at once, or it runs. */
void luas_start(struct run *r, struct job *j);

#endif
