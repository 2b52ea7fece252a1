/*
 * Is an initialiser constant?
 *
 * Judged by its words alone.  "Yes" may be wrong: the compiler then says that
 * the initialiser is not constant, and the declaration is made dynamic.  "No"
 * is always safe.
 */
#ifndef RUNNER_CELL_CONSTANT_H
#define RUNNER_CELL_CONSTANT_H

#include <stdbool.h>

#include "tangle/base/str.h"

/* What is known of a name. */
enum meaning {
	MEANS_UNKNOWN, MEANS_VARIABLE, MEANS_ARRAY, MEANS_FUNCTION, MEANS_ENUMERATOR,
	MEANS_TYPE, MEANS_MACRO
};

/* Tells a name's meaning; of a macro also its body. */
typedef enum meaning meaning_fn(void *arg, struct str name, struct str *body);

bool constant_is(struct str initialiser, meaning_fn *means, void *arg);

#endif
