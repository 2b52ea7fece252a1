/*
 * What cells have shown: what stands between two comments of ours, each a line.
 *
 *	<!-- skein:begin -->
 *	![a plot](notes.skein/3f0c8e1a9b2d4c55.svg)
 *	<!-- skein:end -->
 *
 * However it is made up, it is one part of the document.  Fences and comments in it are
 * nobody's: what a cell has shown is never run, referred to or tangled.
 */
#ifndef TANGLE_DOCUMENT_SHOWN_H
#define TANGLE_DOCUMENT_SHOWN_H

struct document;

/*
 * Make one part of each pair, as brackets go, and of what stands between.  A begin
 * without an end in the same container becomes a part that is not closed, and holds
 * nothing; nor is one closed that has other pairs in it, which are none that we wrote.
 */
void shown_join(struct document *d);

#endif
