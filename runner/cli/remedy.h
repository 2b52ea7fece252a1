/*
 * What might make a failing cell run, or settles that it does not.
 *
 * These are guesses, made from what the compiler said, how a cell ended and what
 * the text around it says; whoever asks tries them.
 */
#ifndef RUNNER_CLI_REMEDY_H
#define RUNNER_CLI_REMEDY_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct cell;
struct notebook;
struct wish;
struct wishes;

/* Add options of the document to try. */
void remedies_of_document(struct wishes *w, const struct notebook *n, struct arena *a);

/* What was tried for a cell already; all zero when new. */
struct remedies {
	bool alone, standard, compiler;
	bool is_settled;		/* nothing made it run; it is said what it is */
};

/*
 * What to try next with a cell that was not as expected.  In the end an option
 * that says what it is: an expected failure if the text around says so, else
 * to be compiled only, or only shown.  False: it has to wait, or nothing can be done.
 */
bool remedy_of_cell(struct remedies *r, const struct notebook *n, const struct cell *c,
    struct wish *w, struct arena *a);

#endif
