/*
 * Where two lines of a text may be parted.
 *
 * A line put between two others must not become part of a string, a comment or
 * a macro.  This is a lexer that knows just what may run over the end of a line
 * in each language (language.h's traits), fed line by line, in linear time.
 *
 * What it cannot know it takes for text that runs on, so that a seam is missed
 * rather than invented: a word in capitals (or assert) before a parenthesis is
 * a macro, and a line that the preprocessor skips is read like any other.
 */
#ifndef TANGLE_EXPAND_SEAM_H
#define TANGLE_EXPAND_SEAM_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/buf.h"
#include "tangle/base/str.h"

struct language;

enum seam_state {
	SEAM_OPEN,
	SEAM_COMMENT,
	SEAM_STRING,		/* up to `quote` */
	SEAM_VERBATIM,		/* the same, but a quote in it is written twice */
	SEAM_RAW,		/* up to `end` */
	SEAM_NESTED,		/* up to the bracket that matches */
	SEAM_DOCUMENT,		/* up to a line that is `end` */
	SEAM_LOST		/* nobody knows: no seam any more */
};

struct seam {			/* all zero but for the language when new */
	const struct language *language;
	enum seam_state state;
	struct buf joined;		/* lines so far that a backslash joins to the next */
	bool is_joined;
	char quote;
	char open, close;		/* of what nests */
	const char *opens, *closes;	/* of the comment */
	size_t depth;
	char end[40];			/* of what has an end of its own */
	unsigned char nend;
	char waiting[40];		/* the end of a document that begins on the next line */
	unsigned char nwaiting;
	bool indented_end, waiting_indented;
	bool gap;			/* within the gap of a string */
	size_t parentheses, macro;	/* how deep; where the outermost macro call opened, or 0 */
	size_t conditions;		/* #if that are open */
	size_t condition;		/* the last line was #else, #elif or #endif: of which of them */
};

/* Read the next line of the text. */
void seam_read(struct seam *s, struct str line);

/* May a line be put in here? */
bool seam_parts(const struct seam *s);
/* Would blanks in front of the next line be part of a text? */
bool seam_is_text(const struct seam *s);

void seam_release(struct seam *s);

#endif
