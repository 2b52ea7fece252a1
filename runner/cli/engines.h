/*
 * Cells of other languages in the course of a run.
 *
 * Such a cell takes its turn as cells of C do (turn.h): what is in place of an
 * object is a text, a program that runs it, and the digest of both.
 */
#ifndef RUNNER_CLI_ENGINES_H
#define RUNNER_CLI_ENGINES_H

#include <stdbool.h>

#include "runner/cli/home.h"

struct cell;
struct job;
struct lived;
struct outcome;
struct run;
struct session_options;
struct session_run;

struct engines {
	const char *path;	/* where programs are looked for: the caller's PATH */
	const char **programs;	/* one a cell: the file of its program; NULL: there is none */
	bool has_home;
	struct home home;	/* files that hold texts of cells */
};

/* Find the programs of all cells, and what each cell is known by (built.digest). */
void engines_open(struct run *r);
void engines_close(struct run *r);

/* It is a cell's turn: settled at once, or it runs. */
void engines_start(struct run *r, struct job *j);

/* How it is run. */
void engines_plan(struct run *r, const struct job *j, struct session_run *run);

/* What its process starts with, but for what cells say. */
void engines_surround(struct run *r, const struct cell *c, struct session_options *o);

/* What it gave, as a reader is to see it: names and places are the cell's. */
void engines_ran(const struct run *r, const struct cell *c, const struct lived *lived,
    struct outcome *o);

#endif
