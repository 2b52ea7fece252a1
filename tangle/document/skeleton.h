/*
 * A skeleton: lines of a document without what cannot change its structure.
 *
 * libcmark is asked for the structure of blocks only, and some of what it does
 * with text takes quadratic time.  So of each line it gets, byte for byte, the
 * indentation and the marks of lists and quotes, so that columns stay as they
 * are; and for the text behind them the shortest that has the same effect:
 *
 *	text			x		what can open nothing; see line_shape
 *	# heading		# x
 *	```c #name		```x		at most 255 and a few; info stays info
 *	---  ***  ===		as it is	breaks, and lines under headings
 *	<div class="c">		<div <x		see html.h
 *
 * and behind it the marks that could end an HTML block that is open above, if
 * the text holds them: --> ?> ]]> </pre> or >.  Lines end in LF; the last has
 * its ending.
 *
 * Link definitions are the one place where text acts on blocks: a paragraph that
 * is definitions and nothing else vanishes, and then the line of = below it is no
 * heading, and a list item with nothing else in it ends at the second blank line.
 * So from a text that begins with [ on, if there is a "]:" before the next blank
 * line, text stays, but for * _ ` ! & (made x), which mean nothing in a definition
 * and are what makes inline text slow.
 *
 * Of equal lines of blanks or text, with quote marks at most before it, the third
 * and later ones are left out.  The first may close what is open, open a quote or
 * a paragraph, or continue one; the second continues what the first has left, or
 * as a blank line ends an item that definitions left empty; from there on such a
 * line changes nothing.  The table of lines says which raw lines each stands for.
 *
 * Nesting: a line can be in at most as many containers as it has marks, plus as
 * many open items as its blanks could indent (two columns each), or, where it
 * could continue a paragraph lazily, as were open before.  That bound is kept
 * here, before libcmark sees the line.
 */
#ifndef TANGLE_DOCUMENT_SKELETON_H
#define TANGLE_DOCUMENT_SKELETON_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/buf.h"
#include "tangle/base/str.h"
#include "tangle/document/line.h"

struct skeleton_line {
	size_t raw;		/* offset of the first raw line that it stands for */
	size_t at;		/* offset in the skeleton */
};

struct skeleton {
	struct buf text;
	struct skeleton_line *lines;	/* one more than n, which says where the last ends */
	size_t n, cap;
	size_t nesting;		/* at most so many containers are open */
	size_t work;		/* their sum over all lines ever added, where they are many */
	size_t equal;		/* how many lines before are like the last */
	bool after_blank;	/* the last line was blank, behind its marks */
	bool keeps_text;	/* may be in link definitions */
	struct {		/* what a search for "]:" found from here to there */
		size_t from, to;
		bool defines;
	} search;
};

void skeleton_clear(struct skeleton *s);	/* keeps the memory */
void skeleton_release(struct skeleton *s);

/*
 * Add the raw line that c has at hand.  False if lists and quotes are nested too
 * deep there: by more than SKELETON_DEEPEST, or by hundreds on so many lines that
 * to look at them all, which libcmark does for each line, would take seconds.
 */
enum { SKELETON_DEEPEST = 1000 };
bool skeleton_add(struct skeleton *s, struct line_cursor *c);

/* The n-th line (from 1), without its ending; empty if there is none. */
struct str skeleton_line(const struct skeleton *s, size_t n);

/* Where the n-th line begins in the raw text; behind the last: where that ends. */
size_t skeleton_raw(const struct skeleton *s, size_t n);

#endif
