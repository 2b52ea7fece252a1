/*
 * A raw line of a document: its ending, the marks of containers before its
 * text, runs of fence characters.
 *
 * What a line is depends on what stands above it, which only libcmark knows;
 * what is here can be told from the line alone.
 */
#ifndef TANGLE_DOCUMENT_LINE_H
#define TANGLE_DOCUMENT_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

/* libcmark counts the length of a fence in one byte. */
enum { LINE_FENCE_CAP = 255 };

/* How many bytes end the line: 0, 1 (LF, CR) or 2 (CR LF). */
size_t line_ending(struct str raw);

/* The marks of quotes, and the blanks, at the front. */
struct str line_marks(struct str raw);

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
