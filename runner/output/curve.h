/*
 * Lines, points and bars, drawn between two axes.
 *
 * Of very many points only those are drawn that can be seen: of a line the first, the
 * lowest, the highest and the last in each half of a pixel, of points one a pixel.
 */
#ifndef RUNNER_OUTPUT_CURVE_H
#define RUNNER_OUTPUT_CURVE_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct axis;
struct buf;
struct figure;
struct point;
struct series;

/* Where on the picture the axes span. */
struct area {
	const struct axis *x, *y;
	double left, top, width, height;
};

double area_x(const struct area *a, double value);
double area_y(const struct area *a, double value);
/* Can it stand there? */
bool area_takes(const struct area *a, const struct point *p);

void curve_line(struct buf *to, const struct area *a, const struct series *s, size_t number);
void curve_points(struct buf *to, const struct area *a, const struct series *s, size_t number,
    struct arena *arena);

/*
 * The bars of all series, in groups; lying ones go along x, from the top down.
 * `slots` is how many groups there are.
 */
void curve_bars(struct buf *to, const struct area *a, const struct figure *f, size_t slots,
    bool are_lying);

#endif
