/*
 * One step of the preprocessor: a macro of the document, its call, and what
 * that stands for.  Arguments are put in as they are written; what the result
 * holds is not expanded again.
 */
#ifndef RUNNER_CELL_MACRO_H
#define RUNNER_CELL_MACRO_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct buf;

enum { MACRO_PARAMETERS = 64, MACRO_LONGEST = 64 * 1024 };

/*
 * Append what NAME or NAME(args) becomes; `rest` is what follows the word
 * define.  False if the call does not fit the macro, or the text would be longer
 * than MACRO_LONGEST.
 */
bool macro_expand(struct str rest, const struct str *args, size_t nargs, struct buf *out);

#endif
