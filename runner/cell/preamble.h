/*
 * What stands before a cell's own text: the entries it reaches.
 */
#ifndef RUNNER_CELL_PREAMBLE_H
#define RUNNER_CELL_PREAMBLE_H

#include "runner/cell/writer.h"

void preamble_write(struct writer *w, const struct reach *r);

/*
 * To be called behind each declaration of a function or variable: says the
 * renaming again if gcc has not understood it.
 */
void preamble_rename_again(struct writer *w, struct str name);

#endif
