/*
 * YAML on top of a document.
 *
 * Only the mapping `skein:` is ours; the rest belongs to Quarto, Jekyll,
 * jupytext and so on, and is not looked at.
 */
#ifndef TANGLE_DOCUMENT_FRONTMATTER_H
#define TANGLE_DOCUMENT_FRONTMATTER_H

#include <stddef.h>

struct diag;
struct options;
struct source;

/* Bytes from the start of the text (a BOM included) that are front matter, 0 if none. */
size_t frontmatter_size(const struct source *s);

/* Add what stands under `skein:` to the options of the document. */
void frontmatter_read(struct options *to, const struct source *s, size_t size,
    struct diag *d);

#endif
