/*
 * A line of a document, by itself: where it ends, which marks stand before its
 * text, and what the text could begin.
 *
 * What a line is depends on what is open above it.  What is here can be told
 * from the line alone, by rules that CommonMark has had since 0.29; the skeleton
 * and the scan rest on them.  Lines end at LF, CR LF or a lone CR.
 */
#ifndef TANGLE_DOCUMENT_LINE_H
#define TANGLE_DOCUMENT_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

/* libcmark counts the length of a fence in one byte. */
enum { LINE_FENCE_CAP = 255 };

enum line_shape {
	LINE_BLANK,
	LINE_TEXT,		/* text of a paragraph, or of what is open */
	LINE_BRACKET,		/* the same, and may begin a link definition */
	LINE_HEADING,		/* # and blank */
	LINE_FENCE,		/* opens a fence, or closes one */
	LINE_RULE,		/* one of - _ * = and blanks only */
	LINE_HTML,		/* may begin an HTML block */
	LINE_MARK		/* a mark of a list item or quote, and more behind it */
};

/* Reads lines one by one; may be set forward. */
struct line_cursor {
	struct str text;
	size_t at;		/* offset of the next line */
};

/* The next line, with its ending; false at the end. */
bool line_next(struct line_cursor *c, struct str *raw);

/* How many lines there are. */
size_t line_count(struct str text);

/* How many bytes end the line: 0, 1 (LF, CR) or 2 (CR LF). */
size_t line_ending(struct str raw);
/* The line without them. */
struct str line_text(struct str raw);

/* The marks of quotes, and the blanks, at the front. */
struct str line_marks(struct str raw);

/* The length of a list mark or > at the front; 0 if there is none. */
size_t line_mark(struct str text);

/* What a text that does not begin with a blank, and has no ending, could begin. */
enum line_shape line_shape(struct str text);

/* Only one of - _ * = and blanks? */
bool line_is_rule(struct str text);

/* How many equal fence characters, ` or ~, stand at the front. */
size_t line_fence_run(struct str s);

/*
 * Could this line, behind its marks, close the fence that head opens?  Sets
 * *prefix to the marks.
 */
bool line_closes(struct str raw, struct str head, struct str *prefix);

/* Only blank lines, or lines of container marks? */
bool line_all_marks(struct str text);

#endif
