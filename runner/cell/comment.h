/*
 * Comments, blanked.
 *
 * What a compiler is given has no comments, so that an edit of one compiles
 * nothing anew.  All tokens keep their lines and columns, by which messages,
 * debuggers and __LINE__ know them.  A comment stays when a compiler might
 * mind it: "fall through", a comment begun in a comment, characters that turn
 * the direction of writing; and where blanking it could change the meaning:
 * one that holds the end of a # line's line.
 */
#ifndef RUNNER_CELL_COMMENT_H
#define RUNNER_CELL_COMMENT_H

#include "tangle/base/str.h"

struct arena;

/* The text without comments, and without blanks at line ends or lines at its end. */
struct str comment_blank(struct str text, struct arena *a);

#endif
