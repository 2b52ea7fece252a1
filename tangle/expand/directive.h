/*
 * Line directives: what tells a compiler which line of which document it reads.
 *
 * One is written only where the sequence of lines breaks: at the start, where a
 * block begins, and where the outer one goes on.  The lines between are counted
 * by the compiler.  So it does not matter what else stands in a target (marks,
 * option lines that fell away, references that vanished): each line is compared
 * with the one that the compiler expects.
 *
 * Where no line may be put in (seam.h) the directive waits for the next place
 * where one may.  The lines until then have the numbers that follow the last
 * directive, and nothing can be done about it: a directive in front of the whole
 * macro, comment or string would number all of it, and the outer lines are the
 * ones where compilers look: a macro is reported where it begins and where it is
 * used, a string where its statement does, a comment never.
 *
 * Behind a directive the blanks in front of a line are those that stand before it
 * in the document (marks of lists and quotes become blanks), and not those of the
 * reference: compilers show the document's line and put the caret under a column
 * of it.  Where blanks mean something they stay as they are.
 *
 * After #else and #endif one is written again if there was any between them and
 * their #if, since the compiler may have skipped it.
 */
#ifndef TANGLE_EXPAND_DIRECTIVE_H
#define TANGLE_EXPAND_DIRECTIVE_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/source.h"
#include "tangle/expand/seam.h"

struct buf;
struct document;
struct language;
struct node;

/* Whether they are written, and how they name documents (document.h). */
enum directives { DIRECTIVES_NONE, DIRECTIVES_BELOW, DIRECTIVES_ABSOLUTE };

struct director {
	const struct language *language;	/* NULL: none are written */
	enum directives names;
	size_t up;			/* folders between the target and the root, where names begin there */
	struct seam seam;
	const struct document *document;	/* what the compiler takes the next line for; NULL: unknown */
	size_t line;
	size_t skippable;		/* how many #if the last directive stood in */
	size_t read;			/* bytes of the text that the seam has read */
};

/* For the text of a node; all stays NULL for a language without directives. */
void director_begin(struct director *d, const struct node *n, enum directives names);
void director_end(struct director *d);

/*
 * Before a line of a document is appended to the text: put a directive in front
 * of it if one is needed and may stand there.  True if it was written.
 */
bool director_before(struct director *d, const struct document *doc, struct place at,
    struct str ending, struct buf *text);

/* How many blanks belong in front of the line; false: the reference's. */
bool director_pads(const struct director *d, struct place at, size_t *blanks);

/* After whole lines were appended, from a document or not. */
void director_after(struct director *d, const struct buf *text);

/* The language in which a node's text is taken to be; NULL: not known. */
const struct language *director_language(const struct node *n);

#endif
