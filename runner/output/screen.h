/*
 * What a program printed, as a reader of a terminal would have it.
 *
 * Bytes become text: colours, titles and other terminal sequences are taken
 * off, lines that the program went back to have their last state, and what is
 * not printable is escaped.  The screen is as wide and high as the text.
 */
#ifndef RUNNER_OUTPUT_SCREEN_H
#define RUNNER_OUTPUT_SCREEN_H

#include "tangle/base/str.h"

struct buf;

/* Append the text of some bytes: valid UTF-8, LF and TAB the only controls. */
void screen_text(struct buf *to, struct str bytes);

#endif
