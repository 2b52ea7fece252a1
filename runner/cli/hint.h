/*
 * What helps a reader with a compiler's message, told behind it.
 */
#ifndef RUNNER_CLI_HINT_H
#define RUNNER_CLI_HINT_H

#include "tangle/base/source.h"

struct cell;
struct diag;
struct message;
struct whereabouts;

/* What the compiler would write, if its words do not name it. */
void hint_of_fix(struct whereabouts *w, const struct message *m, struct diag *d);

/*
 * What its words mean for a cell: which brace is not closed, and that a variable between
 * functions lasts.
 */
void hint_of_words(const struct cell *c, const struct message *m, struct place at, struct diag *d);

#endif
