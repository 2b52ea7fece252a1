/*
 * Fences that CommonMark does not see, and others do.
 *
 * Some tools hide code in HTML comments (lmt, mdcode); MkDocs has boxes, headed
 * by a line of !!!, ??? or ===, whose lines are indented by four.  Such fences
 * become parts, too, marked with where they stand; whether they are blocks is a
 * document's option (`fences`), and block.c decides.  Here no list or quote is
 * seen inside: a fence is a line of its own, and goes on to one that closes it.
 */
#ifndef TANGLE_DOCUMENT_ASIDE_H
#define TANGLE_DOCUMENT_ASIDE_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/body.h"

struct collect;

/* Collect the fences in a comment, given its lines. */
void aside_comment(struct collect *c, struct body lines);

/* Is text, which stands at column 0, the head of a box? */
bool aside_is_box(struct str text);

/*
 * Collect the fence in a box, if the raw line there begins one.  `follows` says
 * that the part before it is in the same box.  Returns where it ends, or `at`.
 */
size_t aside_box(struct collect *c, size_t at, bool follows);

#endif
