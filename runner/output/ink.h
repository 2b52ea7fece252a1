/*
 * Pieces of SVG: numbers, texts, marks and colours.
 *
 * No font is asked how wide a text is, since each reader has others: widths are
 * guessed, rather too large than too small.
 */
#ifndef RUNNER_OUTPUT_INK_H
#define RUNNER_OUTPUT_INK_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct arena;
struct buf;

enum { INK_COLOURS = 6 };

/* Of texts and lines: legible on white and on black. */
#define INK_GREY	"#6e7b88"

/* A coordinate, rounded to a tenth. */
void ink_number(struct buf *to, double value);
/* "X,Y" */
void ink_point(struct buf *to, double x, double y);

/* As content of an element or value of an attribute; what no reader may see is made visible. */
void ink_escape(struct buf *to, struct str text);

/* How wide the first line of a text is, in pixels, in letters of that size. */
double ink_width(struct str text, double size);
/* As much of the first line as there is room for; cut, it ends with "...", as one character. */
struct str ink_fit(struct str text, double size, double room, struct arena *a);
/* Take words off the front of *rest, as many as there is room for, and one at least. */
struct str ink_words(struct str *rest, double size, double room);

/* <text ATTRIBUTES>, at a place; ended with its line. */
void ink_text(struct buf *to, double x, double y, const char *attributes, struct str text);

/* The colour of the n-th series, and the pattern of dashes of the n-th line. */
const char *ink_colour(size_t n);
const char *ink_dashes(size_t n);

/*
 * Begin, and go on with, a path of marks of the n-th shape: `size` is the radius of a
 * circle that looks as large.  Where they are many, they let each other shine through.
 */
void ink_marks_begin(struct buf *to, size_t colour, size_t n, double size, bool are_many);
void ink_mark(struct buf *to, size_t n, double x, double y, double size);

#endif
