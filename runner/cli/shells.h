/*
 * Console blocks in the course of a run: which stand, and what starts.
 */
#ifndef RUNNER_CLI_SHELLS_H
#define RUNNER_CLI_SHELLS_H

struct job;
struct run;

/* It is a block's turn: settled at once, or it runs. */
void shells_start(struct run *r, struct job *j);

#endif
