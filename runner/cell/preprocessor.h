/*
 * What a cell's # lines leave for later cells.
 */
#ifndef RUNNER_CELL_PREPROCESSOR_H
#define RUNNER_CELL_PREPROCESSOR_H

#include "runner/cell/entries.h"

/* Enter or leave an #if branch. */
void preprocessor_group(struct adding *add, const struct item *it);

/* The entry of a # line; `at_head`: only # lines stand before it in the cell. */
void preprocessor_leave(struct adding *add, struct part *p, bool at_head);

/* An #include is repeated in later cells. */
void preprocessor_include(struct adding *add, struct str directive, size_t line);

/* Does it include a header that looks at no macro but those of the system? */
bool preprocessor_is_standard(struct str directive);

/* _GNU_SOURCE and its kin, which headers look at: hoisted from a cell's head. */
bool preprocessor_is_feature(struct str name);

#endif
