/*
 * The plain stretches of a document, without libcmark.
 *
 * Most documents are mostly paragraphs, headings, breaks, comments and fences
 * that begin at column 0 with nothing open around them.  What these are can be
 * told line by line:
 *
 *	- A blank line ends a paragraph.
 *	- Text that can begin nothing else begins a paragraph or continues it.
 *	- A line indented by four columns or more continues a paragraph; where none
 *	  is open it is code, and leaves nothing open that could change a later line.
 *	- A heading or a break is one line, and ends a paragraph.  A line of = or -
 *	  below a paragraph makes it a heading, unless it could be link definitions.
 *	- A fence ends a paragraph, and goes on to a line of at least as many of its
 *	  characters, indented by at most three blanks.
 *	- A comment <!-- ends a paragraph, and goes on to the line with -->.
 *
 * Everything else (lists, quotes, HTML, indented fences, ...) is libcmark's, from
 * the last place on at which nothing was open: the start of the line or, within
 * a paragraph, the start of that.  See chunk.h.
 */
#ifndef TANGLE_DOCUMENT_SCAN_H
#define TANGLE_DOCUMENT_SCAN_H

#include <stdbool.h>
#include <stddef.h>

struct diag;
struct document;

/* Find the parts from offset `from` on.  False if one of our limits was hit. */
bool scan_parts(struct document *d, size_t from, struct diag *diag);

#endif
