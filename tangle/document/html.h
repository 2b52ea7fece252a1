/*
 * The skeleton of a line that may begin or end an HTML block.
 *
 * Of such a line only its front counts (which tag, or which of <!-- <? <!X
 * <![CDATA[), whether it is one whole tag and nothing else, and which of the
 * marks that end a block it holds.
 */
#ifndef TANGLE_DOCUMENT_HTML_H
#define TANGLE_DOCUMENT_HTML_H

#include "tangle/base/str.h"

struct buf;

/* Append the marks in text that could end an HTML block. */
void html_add_ends(struct buf *b, struct str text);

/* Append what counts of a text of the shape LINE_HTML. */
void html_add_skeleton(struct buf *b, struct str text);

#endif
