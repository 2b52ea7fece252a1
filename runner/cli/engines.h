/*
 * Cells of other languages in the course of a run.
 */
#ifndef RUNNER_CLI_ENGINES_H
#define RUNNER_CLI_ENGINES_H

struct job;
struct run;

/* It is a cell's turn: settled at once, or it runs. */
void engines_start(struct run *r, struct job *j);

#endif
