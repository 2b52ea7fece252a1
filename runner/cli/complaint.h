/*
 * What a compiler said about a cell, for people: what is worth telling
 * (relevance.h), at places of the document (whereabouts.h), with what helps (hint.h).
 */
#ifndef RUNNER_CLI_COMPLAINT_H
#define RUNNER_CLI_COMPLAINT_H

#include <stdbool.h>

struct cell;
struct cell_result;
struct diag;
struct notebook;

/* With excerpts; without the errors if only warnings are wanted. */
void complaints_report(const struct notebook *n, const struct cell *c,
    const struct cell_result *r, bool warnings_only, struct diag *d);

/*
 * Does a cell not compile for its own text?  Not if all that it lacks is a header
 * or the definition of a name.
 */
bool complaints_are_own(const struct cell_result *r);

#endif
