/*
 * A cell's turn: in which session it runs, with what, and what comes of it.
 *
 * A part of a run (course.h).  A cell whose result stands, or is recorded, is settled
 * at once; another one starts, and those behind it that will surely run as well are
 * sent ahead to the same process.
 */
#ifndef RUNNER_CLI_TURN_H
#define RUNNER_CLI_TURN_H

#include <stdbool.h>

struct cell;
struct job;
struct run;
struct strand;

/* The session that a cell runs in, made if nobody ran there; NULL after a message. */
struct strand *turn_strand(struct run *r, const struct cell *c);

/* False if it is not known yet whether it has to run. */
bool turn_start(struct run *r, struct job *j);

#endif
