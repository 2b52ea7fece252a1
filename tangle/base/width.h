/*
 * How many cells of a terminal a text takes.
 *
 * For carets that stand under what they mean: Chinese, Japanese and Korean
 * characters and most pictures take two, combining marks none.
 */
#ifndef TANGLE_BASE_WIDTH_H
#define TANGLE_BASE_WIDTH_H

#include <stddef.h>

#include "tangle/base/str.h"

/* Of a text without control characters; a byte that is no UTF-8 counts as one. */
size_t width_of(struct str s);

#endif
