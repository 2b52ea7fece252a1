/*
 * The lines in which a recorded output and a new one differ.
 *
 * For `skein check`: a unified diff of two short texts.  Starting diff(1)
 * would cost more than the whole of a small check.
 */
#ifndef RUNNER_OUTPUT_DIFF_H
#define RUNNER_OUTPUT_DIFF_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct buf;

/*
 * Append the hunks (three lines of context) that lead from `recorded` to
 * `made`, without file names.  `line` is the document's line on which the
 * recorded text starts, or would start.  Blanks at line ends and the final
 * newline do not count; what is not printable is escaped.  Returns false, and
 * appends nothing, if no line differs.
 *
 * The hunks are the shortest possible up to some thousand lines; over that the
 * whole differing part is replaced.
 */
bool diff_hunks(struct buf *to, struct str recorded, struct str made, size_t line);

#endif
