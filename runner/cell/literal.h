/*
 * Compound literals, (T){ ... }, in initialisers.
 *
 * At file level they live as long as the program; in the block that fills a
 * variable they would end with it.
 */
#ifndef RUNNER_CELL_LITERAL_H
#define RUNNER_CELL_LITERAL_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct declarator;

/* Braces within braces: deeper ones are left alone. */
enum { LITERAL_DEEPEST = 8 };

/* The first, outermost one in a text; data NULL if there is none.  *body: behind its '{'. */
struct str literal_next(struct str text, size_t *body);

/* Does the declarator's initialiser keep the address of one? */
bool literal_is_kept(const struct declarator *d);

/* Can each one in the initialiser be given room of its own? */
bool literal_is_plain(struct str initialiser);

#endif
