#include "runner/output/curve.h"

#include <math.h>

#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "runner/output/axis.h"
#include "runner/output/figure.h"
#include "runner/output/ink.h"

static const double WIDEST = 84;	/* a bar, in pixels */

enum {
	MANY = 2000,			/* points of a line, from which on columns are looked at */
	BARS = 1200,			/* of a series: two a pixel */
	RUNS = 20000			/* of points in one column; with more, not each point is drawn */
};

double
area_x(const struct area *a, double value)
{
	return a->left + axis_place(a->x, value) * a->width;
}

double
area_y(const struct area *a, double value)
{
	return a->top + (1 - axis_place(a->y, value)) * a->height;
}

bool
area_takes(const struct area *a, const struct point *p)
{
	return axis_takes(p->x, a->x->is_log) && axis_takes(p->y, a->y->is_log);
}

/* ---- lines ---- */

struct pen {
	struct buf *to;
	long x, y;			/* in tenths */
	size_t drawn;			/* points since it was put down */
};

static void
pen_to(struct pen *p, double x, double y)
{
	long tx = (long)floor(x * 10 + 0.5), ty = (long)floor(y * 10 + 0.5);

	if (p->drawn > 0 && tx == p->x && ty == p->y)
		return;
	buf_byte(p->to, p->drawn++ > 0 ? ' ' : 'M');
	ink_point(p->to, x, y);
	p->x = tx;
	p->y = ty;
}

/* A point between two gaps is no line: a small ring, which its stroke fills. */
static void
pen_up(struct pen *p)
{
	if (p->drawn == 1)
		buf_add(p->to, STR("m-1,0a1,1 0 1 0 2,0a1,1 0 1 0 -2,0"));
	p->drawn = 0;
}

/* The points that follow one another in half a pixel. */
struct column {
	size_t n;
	long at;
	double first[2], low[2], high[2], last[2];
	bool low_is_first;
};

static void
flush_column(struct column *c, struct pen *p)
{
	const double *one = c->low_is_first ? c->low : c->high;
	const double *other = c->low_is_first ? c->high : c->low;

	if (c->n > 0) {
		pen_to(p, c->first[0], c->first[1]);
		pen_to(p, one[0], one[1]);
		pen_to(p, other[0], other[1]);
		pen_to(p, c->last[0], c->last[1]);
	}
	c->n = 0;
}

static void
copy(double *to, double x, double y)
{
	to[0] = x;
	to[1] = y;
}

static void
add_to_column(struct column *c, struct pen *p, double x, double y)
{
	long at = (long)floor(x * 2);

	if (c->n > 0 && c->at != at)
		flush_column(c, p);
	if (c->n++ == 0) {
		c->at = at;
		copy(c->first, x, y);
		copy(c->low, x, y);
		copy(c->high, x, y);
		c->low_is_first = true;
	} else if (y < c->low[1]) {
		copy(c->low, x, y);
		c->low_is_first = false;
	} else if (y > c->high[1]) {
		copy(c->high, x, y);
		c->low_is_first = true;
	}
	copy(c->last, x, y);
}

/* How often the line goes from one column to another one. */
static size_t
count_runs(const struct area *a, const struct series *s)
{
	size_t runs = 0;
	long last = -1;

	for (size_t i = 0; i < s->n; i++) {
		long at;

		if (!area_takes(a, &s->points[i]))
			continue;
		at = (long)floor(area_x(a, s->points[i].x) * 2);
		runs += at != last;
		last = at;
	}
	return runs;
}

void
curve_line(struct buf *to, const struct area *a, const struct series *s, size_t number)
{
	struct pen pen = { .to = to };
	struct column column = {0};
	size_t runs = s->n > MANY ? count_runs(a, s) : 0, each = runs / RUNS + 1;
	const char *dashes = ink_dashes(s->rank);

	buf_printf(to, "<path fill=\"none\" stroke=\"%s\" stroke-width=\"%s\" "
	    "stroke-linecap=\"round\" stroke-linejoin=\"round\"", ink_colour(number),
	    s->n > MANY ? "1.2" : "2");
	if (*dashes)
		buf_printf(to, " stroke-dasharray=\"%s\"", dashes);
	buf_add(to, STR(" d=\""));
	for (size_t i = 0; i < s->n; i += each) {
		const struct point *p = &s->points[i];

		if (!area_takes(a, p)) {
			flush_column(&column, &pen);
			pen_up(&pen);
		} else if (s->n > MANY) {
			add_to_column(&column, &pen, area_x(a, p->x), area_y(a, p->y));
		} else {
			pen_to(&pen, area_x(a, p->x), area_y(a, p->y));
		}
	}
	flush_column(&column, &pen);
	pen_up(&pen);
	buf_add(to, STR("\"/>\n"));
	if (s->n == 1 && area_takes(a, &s->points[0])) {
		ink_marks_begin(to, number, 0, 4, false);
		ink_mark(to, 0, area_x(a, s->points[0].x), area_y(a, s->points[0].y), 4);
		buf_add(to, STR("\"/>\n"));
	}
}

/* ---- points ---- */

struct pixels {
	unsigned char *bits;
	size_t columns, rows;
};

/* Has it a mark already?  It has one now. */
static bool
mark_pixel(struct pixels *p, double x, double y)
{
	size_t column = x > 0 ? (size_t)x : 0, row = y > 0 ? (size_t)y : 0, at;
	unsigned char bit;
	bool was;

	column = column < p->columns ? column : p->columns - 1;
	row = row < p->rows ? row : p->rows - 1;
	at = row * p->columns + column;
	bit = (unsigned char)(1u << at % 8);
	was = p->bits[at / 8] & bit;
	p->bits[at / 8] |= bit;
	return was;
}

void
curve_points(struct buf *to, const struct area *a, const struct series *s, size_t number,
    struct arena *arena)
{
	double size = s->n <= 60 ? 4 : s->n <= 400 ? 3 : s->n <= 2000 ? 2 : 1.2;
	struct pixels pixels = {
		.columns = (size_t)a->width + 1, .rows = (size_t)a->height + 1
	};

	pixels.bits = arena_alloc(arena, pixels.columns * pixels.rows / 8 + 1, 1);
	ink_marks_begin(to, number, s->rank, size, s->n > 400);
	for (size_t i = 0; i < s->n; i++) {
		const struct point *p = &s->points[i];
		double x, y;

		if (!area_takes(a, p))
			continue;
		x = area_x(a, p->x);
		y = area_y(a, p->y);
		if (s->n <= MANY || !mark_pixel(&pixels, x - a->left, y - a->top))
			ink_mark(to, s->rank, x, y, size);
	}
	buf_add(to, STR("\"/>\n"));
}

/* ---- bars ---- */

static void
add_box(struct buf *to, double x, double y, double width, double height)
{
	buf_byte(to, 'M');
	ink_point(to, x, y);
	buf_byte(to, 'h');
	ink_number(to, width);
	buf_byte(to, 'v');
	ink_number(to, height);
	buf_byte(to, 'h');
	ink_number(to, -width);
	buf_byte(to, 'z');
}

/* From where bars begin: zero, or the low end where there is none. */
static double
base_of(const struct axis *x)
{
	return x->is_log || x->low > 0 ? x->low : x->high < 0 ? x->high : 0;
}

static double
rounded(double x)
{
	return floor(x * 10 + 0.5) / 10;
}

/* How far bars go to either side of their base; false if none of them can be drawn. */
static bool
reach_of(const struct point *points, size_t n, const struct axis *axis, double *low, double *high)
{
	bool any = false;

	*low = *high = base_of(axis);
	for (size_t i = 0; i < n; i++) {
		if (!axis_takes(points[i].y, axis->is_log))
			continue;
		*low = fmin(*low, points[i].y);
		*high = fmax(*high, points[i].y);
		any = true;
	}
	return any;
}

/* Where there are more than can be seen, several that stand together are one, as far as they go. */
void
curve_bars(struct buf *to, const struct area *a, const struct figure *f, size_t slots,
    bool are_lying)
{
	const struct axis *axis = are_lying ? a->x : a->y;
	size_t each = (slots + BARS - 1) / BARS;
	double one = (are_lying ? a->height : a->width) / (double)slots, slot = one * (double)each;
	double used = fmin(slot * (each > 1 ? 1 : slots > 60 ? 0.95 : 0.72), WIDEST * (double)f->nseries);
	double wide = used / (double)f->nseries;

	for (size_t n = 0; n < f->nseries; n++) {
		const struct series *s = &f->series[n];

		buf_printf(to, "<path fill=\"%s\" d=\"", ink_colour(n));
		for (size_t i = 0; i < s->n; i += each) {
			double at = (double)i * one + (slot - used) / 2 + (double)n * wide;
			double thick = f->nseries > 1 && wide > 4 ? wide - 1 : wide;
			double low, high, from, end;

			if (!reach_of(&s->points[i], s->n - i < each ? s->n - i : each, axis, &low, &high))
				continue;
			from = rounded(are_lying ? area_x(a, low) : area_y(a, high));
			end = rounded(are_lying ? area_x(a, high) : area_y(a, low));
			if (are_lying)
				add_box(to, from, a->top + at, end - from, thick);
			else
				add_box(to, a->left + at, from, thick, end - from);
		}
		buf_add(to, STR("\"/>\n"));
	}
}
