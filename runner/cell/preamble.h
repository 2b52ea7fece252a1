/*
 * What stands before a cell's own text: the entries it reaches.
 */
#ifndef RUNNER_CELL_PREAMBLE_H
#define RUNNER_CELL_PREAMBLE_H

#include "runner/cell/writer.h"

/* What a compiler says that does not know the pragma, and where; see unit_can_retry(). */
#define PREAMBLE_WANTS_LABELS "skein: no redefine_extname here"
#define PREAMBLE_LABELS_LINE 2147483647

void preamble_write(struct writer *w, const struct reach *r);

/*
 * To be called behind each declaration of a function or variable: says the
 * renaming again if gcc has not understood it.
 */
void preamble_rename_again(struct writer *w, struct str name);

#endif
