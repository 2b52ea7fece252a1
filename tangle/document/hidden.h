/*
 * Cells that stand in an HTML comment, so that the page does not show them:
 * <!-- skein: cell name=setup  with its lines below, and then -->
 */
#ifndef TANGLE_DOCUMENT_HIDDEN_H
#define TANGLE_DOCUMENT_HIDDEN_H

#include <stdbool.h>

#include "tangle/base/str.h"

struct block;
struct diag;
struct part;

/* Is it one? *options is what stands behind the word. */
bool hidden_is_cell(const struct part *p, struct str *options);

/* Its language, which the first word may say; that one is taken off then.  Others are C. */
struct str hidden_language(const struct block *b, struct str *options, struct diag *d);

/*
 * HTML ends a comment at the first "-->", be it in code (x-->0), and browsers at
 * "--!>", too: the rest of the cell would be text on the page.
 */
void hidden_check_end(const struct block *b, struct diag *d);

#endif
