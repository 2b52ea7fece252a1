/*
 * What is said of a cell while a run goes on: a line of --explain, the line on
 * the terminal, and where its compiler's messages belong.
 */
#ifndef RUNNER_CLI_TELLING_H
#define RUNNER_CLI_TELLING_H

#include "runner/build/message.h"

struct job;
struct run;

/* The cell is settled: what was done with it, if --explain asks. */
void telling_explain(struct run *r, const struct job *j);

/* What is being waited for, on a terminal. */
void telling_progress(const struct run *r);

/* Messages about text of earlier cells, a macro's for example: at their places. */
struct messages telling_messages(const struct run *r, const struct job *j);

#endif
