/*
 * A leaf of the structure -> a part: fence or comment of ours, its text cut
 * from the raw lines.
 */
#ifndef TANGLE_DOCUMENT_PART_H
#define TANGLE_DOCUMENT_PART_H

#include <stdbool.h>
#include <stddef.h>

struct document;
struct leaf;
struct part;

/*
 * False if it is an indented code block, or HTML that is no comment of ours.
 * The leaf's lines count from the one behind the first `above` lines.
 */
bool part_of_leaf(struct part *p, struct document *d, const struct leaf *leaf, size_t above);

#endif
