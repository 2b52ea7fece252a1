/*
 * Declarations for others: what a definition looks like from outside.
 *
 * Given an item, writes the text that declares one of its names: 'extern',
 * the specifiers without storage, the declarator without its initialiser, and
 * the size that an initialiser would have given.
 */
#ifndef RUNNER_CELL_DECLARE_H
#define RUNNER_CELL_DECLARE_H

#include <stdbool.h>

#include "runner/cell/split.h"

struct buf;

/* The item's own type, if it gives a struct, union or enum a body: "struct P {...};" */
void declare_tag(struct buf *b, const struct item *it, struct str tag);

/*
 * "extern SPECIFIERS DECLARATOR;", or a prototype.  `is_constant` says that a
 * compiler may be shown the initialiser's own words for an array's size.  With
 * `label` it carries that asm label.
 */
void declare_name(struct buf *b, const struct item *it, const struct declarator *d,
    struct str tag, struct str label, bool is_constant);

/* How much of the specifiers is [[...]] in front, which goes before 'extern'. */
size_t declare_front(struct str spec);

/* Where in a declarator's text an asm label goes: before attributes. */
size_t declare_label_place(const struct declarator *d);
void declare_label(struct buf *b, struct str label);

/* After "extern T x[];" was said: "extern T x[N];" by the initialiser. */
void declare_size(struct buf *b, const struct item *it, const struct declarator *d,
    bool is_constant);

/* Does the item give its outermost struct, union or enum a body? */
bool declare_has_body(const struct item *it);

/* text with every run of blanks, comments and line ends as one blank. */
void declare_one_line(struct buf *b, struct str text);

#endif
