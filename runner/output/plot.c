#include "runner/output/plot.h"

#include <math.h>

#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "runner/output/axis.h"
#include "runner/output/curve.h"
#include "runner/output/figure.h"
#include "runner/output/ink.h"

/* Pixels. */
static const double WIDTH = 640, EDGE = 14, TALL = 270, LETTERS = 12, TITLE = 16;

enum {
	TITLE_LINES = 2,
	MOST_LYING = 40,		/* bars, which are given room for long names */
	MOST_VALUED = 16		/* bars with their numbers written to them */
};

/* The picture while it is laid out, from the top down. */
struct sheet {
	struct buf *to;			/* what is drawn, but the frame around */
	struct arena arena;
	struct figure figure;
	struct axis x, y;
	struct area area;
	double at;			/* how far down it is filled */
	double height;
	bool is_empty;			/* nothing can be drawn of all that was given */
	size_t slots;			/* of bars: how many groups; 0: these are no bars */
	bool are_lying, has_values;
	bool has_names;			/* written to the ends of the lines */
	double names[FIGURE_SERIES];	/* how far down each is */
};

/* ---- what there is to show ---- */

struct range {
	bool any;
	double low, high;
};

static void
extend(struct range *r, double value)
{
	if (!r->any || value < r->low)
		r->low = value;
	if (!r->any || value > r->high)
		r->high = value;
	r->any = true;
}

static void
find_ranges(const struct figure *f, struct range *x, struct range *y)
{
	for (size_t n = 0; n < f->nseries; n++)
		for (size_t i = 0; i < f->series[n].n; i++) {
			const struct point *p = &f->series[n].points[i];
			bool is_bar = f->series[n].kind == FIGURE_BARS;

			if (!axis_takes(p->x, f->xlog && !is_bar) || !axis_takes(p->y, f->ylog))
				continue;
			extend(x, p->x);
			extend(y, p->y);
		}
	if (!x->any)
		*x = *y = (struct range){ false, f->xlog || f->ylog ? 1 : 0, 1 };
}

static bool
are_bars(const struct figure *f)
{
	return f->series[0].kind == FIGURE_BARS;
}

/* Values near zero are shown with it, and bars always. */
static void
take_zero_in(struct range *y, bool always)
{
	if (y->low > 0 && (always || y->low < 0.3 * y->high))
		y->low = 0;
	if (y->high < 0 && (always || y->high > 0.3 * y->low))
		y->high = 0;
}

static bool
has_points(const struct figure *f)
{
	bool any = false;

	for (size_t n = 0; n < f->nseries; n++)
		any |= f->series[n].kind == FIGURE_POINTS;
	return any;
}

/* ---- bars: standing or lying ---- */

static struct str
label_of(const struct figure *f, size_t slot)
{
	for (size_t n = 0; n < f->nseries; n++)
		if (slot < f->series[n].n && f->series[n].labels[slot].len > 0)
			return f->series[n].labels[slot];
	return (struct str){0};
}

static double
widest_label(const struct sheet *s)
{
	double widest = 0;

	for (size_t i = 0; i < s->slots; i++)
		widest = fmax(widest, ink_width(label_of(&s->figure, i), LETTERS));
	return widest;
}

static void
plan_bars(struct sheet *s)
{
	double slot;

	for (size_t n = 0; n < s->figure.nseries; n++)
		if (s->figure.series[n].n > s->slots)
			s->slots = s->figure.series[n].n;
	if (s->slots == 0)
		s->slots = 1;
	slot = (WIDTH - 5 * EDGE) / (double)s->slots;
	s->are_lying = s->slots <= MOST_LYING && widest_label(s) > slot - 6;
	s->has_values = s->figure.nseries == 1 && s->slots <= MOST_VALUED &&
	    (s->are_lying || slot > 36);
}

/* ---- axes ---- */

static double
widest_tick(const struct axis *a)
{
	double widest = 0;

	for (size_t i = 0; i < a->nticks; i++)
		widest = fmax(widest, ink_width(str_of(a->ticks[i].label), LETTERS));
	return widest;
}

static void
make_axes(struct sheet *s)
{
	const struct figure *f = &s->figure;
	struct range x = {0}, y = {0};
	bool bars = s->slots > 0;

	find_ranges(f, &x, &y);
	s->is_empty = !y.any;
	if (!f->ylog && y.any)
		take_zero_in(&y, bars);
	if (s->are_lying) {
		axis_make(&s->x, y.low, y.high, f->ylog, s->has_values ? 0.12 : 0.04, 6);
		return;
	}
	axis_make(&s->y, y.low, y.high, f->ylog, s->has_values ? 0.08 : 0.05, 6);
	if (!bars)
		axis_make(&s->x, x.low, x.high, f->xlog, has_points(f) ? 0.025 : 0, 7);
}

/* ---- title and legend ---- */

static void
add_title(struct sheet *s)
{
	struct str rest = s->figure.title;

	for (int n = 0; n < TITLE_LINES && rest.len > 0; n++) {
		const double bold = 1.15 * TITLE, room = WIDTH - 2 * EDGE;
		struct str line = n + 1 < TITLE_LINES ?
		    ink_words(&rest, bold, room) : ink_fit(rest, bold, room, &s->arena);

		s->at += n == 0 ? TITLE + 8 : TITLE + 4;
		ink_text(s->to, EDGE, s->at, "class=\"t\" font-size=\"16\" font-weight=\"600\"", line);
	}
	s->at += s->figure.title.len > 0 ? 6 : 2;
}

/* A stroke, a mark or a box, as the series has it. */
static double
add_swatch(struct sheet *s, size_t n, double x)
{
	const struct series *series = &s->figure.series[n];
	double y = s->at - 4;
	struct buf *to = s->to;

	if (series->kind == FIGURE_POINTS) {
		ink_marks_begin(to, n, series->rank, 4, false);
		ink_mark(to, series->rank, x + 5, y, 4);
		buf_add(to, STR("\"/>\n"));
		return 16;
	}
	if (series->kind == FIGURE_BARS) {
		buf_printf(to, "<path fill=\"%s\" d=\"M", ink_colour(n));
		ink_point(to, x, y - 5);
		buf_add(to, STR("h11v11h-11z\"/>\n"));
		return 17;
	}
	buf_printf(to, "<path stroke=\"%s\" stroke-width=\"2\"", ink_colour(n));
	if (*ink_dashes(series->rank))
		buf_printf(to, " stroke-dasharray=\"%s\"", ink_dashes(series->rank));
	buf_add(to, STR(" d=\"M"));
	ink_point(to, x, y);
	buf_add(to, STR("h26\"/>\n"));
	return 33;
}

static bool
has_legend(const struct sheet *s)
{
	return s->figure.nseries > 1 && !s->has_names;
}

static void
add_legend(struct sheet *s)
{
	double x = EDGE;

	if (!has_legend(s))
		return;
	s->at += 17;
	for (size_t n = 0; n < s->figure.nseries; n++) {
		struct str name = ink_fit(s->figure.series[n].name, LETTERS, 220, &s->arena);
		double wide = ink_width(name, LETTERS) + 33;

		if (x > EDGE && x + wide > WIDTH - EDGE) {
			x = EDGE;
			s->at += 17;
		}
		x += add_swatch(s, n, x);
		ink_text(s->to, x, s->at, "", name);
		x += ink_width(name, LETTERS) + 18;
	}
	s->at += 4;
}

/* ---- names at the ends of lines ---- */

static const struct point *
last_point(const struct sheet *s, const struct series *series)
{
	for (size_t i = series->n; i > 0; i--)
		if (area_takes(&s->area, &series->points[i - 1]))
			return &series->points[i - 1];
	return NULL;
}

/* Move them apart, each no further than the eye follows; false if that is not enough. */
static bool
spread_names(struct sheet *s)
{
	const double gap = 15, furthest = 12;
	size_t order[FIGURE_SERIES], n = s->figure.nseries;
	double wanted[FIGURE_SERIES];

	for (size_t i = 0; i < n; i++) {
		size_t at = i;

		wanted[i] = s->names[i];
		for (; at > 0 && wanted[order[at - 1]] > wanted[i]; at--)
			order[at] = order[at - 1];
		order[at] = i;
	}
	for (size_t i = 1; i < n; i++) {
		double over = s->names[order[i - 1]] + gap - s->names[order[i]];

		if (over <= 0)
			continue;
		s->names[order[i]] += over;
		/* Half of it upwards, as far as those above let it. */
		for (size_t k = i + 1; k-- > 0;) {
			s->names[order[k]] -= over / 2;
			if (k == 0 || s->names[order[k - 1]] + gap <= s->names[order[k]] + 0.01)
				break;
		}
		for (size_t k = 1; k <= i; k++)
			s->names[order[k]] = fmax(s->names[order[k]], s->names[order[k - 1]] + gap);
	}
	for (size_t i = 0; i < n; i++)
		if (fabs(s->names[i] - wanted[i]) > furthest)
			return false;
	return true;
}

/* How much room they take at the right; 0: there are none. */
static double
plan_names(struct sheet *s)
{
	const struct figure *f = &s->figure;
	double widest = 0;

	s->area = (struct area){ &s->x, &s->y, 0, 0, WIDTH - 5 * EDGE, TALL };
	if (f->nseries < 2 || f->nseries > 6 || s->slots > 0)
		return 0;
	for (size_t n = 0; n < f->nseries; n++) {
		const struct point *p = last_point(s, &f->series[n]);

		if (f->series[n].kind != FIGURE_LINE || f->series[n].name.len == 0 || !p)
			return 0;
		if (area_x(&s->area, p->x) < 0.97 * s->area.width)
			return 0;
		s->names[n] = area_y(&s->area, p->y);
		widest = fmax(widest, ink_width(f->series[n].name, LETTERS));
	}
	if (widest > 130)
		return 0;
	s->has_names = spread_names(s);
	return s->has_names ? widest + 10 : 0;
}

static void
add_names(struct sheet *s)
{
	for (size_t n = 0; s->has_names && n < s->figure.nseries; n++) {
		struct buf attributes = {0};

		buf_printf(&attributes, "style=\"fill:%s\" font-weight=\"600\"", ink_colour(n));
		ink_text(s->to, s->area.left + s->area.width + 8, s->area.top + s->names[n] + 4,
		    buf_cstr(&attributes), s->figure.series[n].name);
		buf_release(&attributes);
	}
}

/* ---- the frame: grid, ticks, what the axes are called ---- */

static double
crisp(double x)
{
	return floor(x) + 0.5;
}

static void
add_rule(struct sheet *s, double at, bool is_upright)
{
	const struct area *a = &s->area;

	buf_byte(s->to, 'M');
	ink_point(s->to, is_upright ? crisp(at) : a->left, is_upright ? a->top : crisp(at));
	buf_byte(s->to, is_upright ? 'v' : 'h');
	ink_number(s->to, is_upright ? a->height : a->width);
}

static double
place_of(const struct sheet *s, double value, bool is_x)
{
	return is_x ? area_x(&s->area, value) : area_y(&s->area, value);
}

static void
add_grid(struct sheet *s, const struct axis *axis, bool is_x)
{
	if (axis->nminor > 0) {
		buf_add(s->to, STR("<path class=\"g\" stroke=\"" INK_GREY "\" stroke-opacity=\".13\" d=\""));
		for (size_t i = 0; i < axis->nminor; i++)
			add_rule(s, place_of(s, axis->minor[i], is_x), is_x);
		buf_add(s->to, STR("\"/>\n"));
	}
	buf_add(s->to, STR("<path class=\"g\" stroke=\"" INK_GREY "\" stroke-opacity=\".28\" d=\""));
	for (size_t i = 0; i < axis->nticks; i++)
		add_rule(s, place_of(s, axis->ticks[i].at, is_x), is_x);
	buf_add(s->to, STR("\"/>\n"));
}

/* Where x stands: at zero, or at the bottom; of lying bars at the left. */
static void
add_base(struct sheet *s)
{
	const struct axis *axis = s->are_lying ? &s->x : &s->y;
	double base = axis->is_log || axis->low > 0 || axis->high < 0 ? axis->low : 0;

	buf_add(s->to, STR("<path class=\"g\" stroke=\"" INK_GREY "\" d=\""));
	add_rule(s, place_of(s, base, s->are_lying), s->are_lying);
	buf_add(s->to, STR("\"/>\n"));
}

/* Ticks that would touch the one before are left out. */
static void
add_ticks_below(struct sheet *s)
{
	double y = s->area.top + s->area.height + 17, end = -WIDTH;

	for (size_t i = 0; i < s->x.nticks; i++) {
		struct str label = str_of(s->x.ticks[i].label);
		double x = area_x(&s->area, s->x.ticks[i].at), half = ink_width(label, LETTERS) / 2;

		if (x - half < end + 5)
			continue;
		ink_text(s->to, x, y, "text-anchor=\"middle\"", label);
		end = x + half;
	}
}

static void
add_ticks_left(struct sheet *s)
{
	for (size_t i = 0; i < s->y.nticks; i++)
		ink_text(s->to, s->area.left - 8, area_y(&s->area, s->y.ticks[i].at) + 4,
		    "text-anchor=\"end\"", str_of(s->y.ticks[i].label));
}

/* 1, 2, 5 or 10, or ten times such. */
static size_t
round_step(size_t n)
{
	size_t ten = 1;

	while (ten * 10 < n)
		ten *= 10;
	return n <= ten ? ten : n <= 2 * ten ? 2 * ten : n <= 5 * ten ? 5 * ten : 10 * ten;
}

static void
add_slot_labels(struct sheet *s)
{
	const struct area *a = &s->area;
	double slot = (s->are_lying ? a->height : a->width) / (double)s->slots;
	double wide = fmin(widest_label(s), 90);
	size_t each = s->are_lying || wide <= slot ? 1 : round_step((size_t)((wide + 14) / slot) + 1);

	for (size_t i = 0; i < s->slots; i += each) {
		struct str label = label_of(&s->figure, i);
		double at = ((double)i + 0.5) * slot;

		if (label.len == 0)
			continue;
		if (s->are_lying)
			ink_text(s->to, a->left - 8, a->top + at + 4, "text-anchor=\"end\"",
			    ink_fit(label, LETTERS, a->left - 8 - EDGE, &s->arena));
		else
			ink_text(s->to, a->left + at, a->top + a->height + 17, "text-anchor=\"middle\"",
			    ink_fit(label, LETTERS, each > 1 ? 90 : slot, &s->arena));
	}
}

/* The number of each bar at its end. */
static void
add_values(struct sheet *s)
{
	const struct series *series = &s->figure.series[0];
	const struct axis *axis = s->are_lying ? &s->x : &s->y;
	double slot = (s->are_lying ? s->area.height : s->area.width) / (double)s->slots;
	struct buf number = {0};

	for (size_t i = 0; s->has_values && i < series->n; i++) {
		double value = series->points[i].y, at = ((double)i + 0.5) * slot;

		if (!axis_takes(value, axis->is_log))
			continue;
		buf_clear(&number);
		axis_number(&number, value, 4);
		if (s->are_lying)
			ink_text(s->to, area_x(&s->area, value) + (value < 0 ? -5 : 5), s->area.top + at + 4,
			    value < 0 ? "class=\"v\" text-anchor=\"end\"" : "class=\"v\"", buf_str(&number));
		else
			ink_text(s->to, s->area.left + at, area_y(&s->area, value) + (value < 0 ? 15 : -5),
			    "class=\"v\" text-anchor=\"middle\"", buf_str(&number));
	}
	buf_release(&number);
}

/* What x is called stands below at the right, y above at the left, so that both lie. */
static void
add_axis_name(struct sheet *s, struct str name, bool is_x)
{
	if (is_x)
		ink_text(s->to, s->area.left + s->area.width, s->area.top + s->area.height + 36,
		    "class=\"a\" text-anchor=\"end\"", ink_fit(name, LETTERS, s->area.width, &s->arena));
	else
		ink_text(s->to, EDGE, s->area.top - 10, "class=\"a\"",
		    ink_fit(name, LETTERS, WIDTH - 2 * EDGE, &s->arena));
}

static void
place_area(struct sheet *s, double right)
{
	struct area *a = &s->area;
	bool has_y = s->are_lying ? s->figure.x.len > 0 : s->figure.y.len > 0;
	bool has_x = s->are_lying ? s->figure.y.len > 0 : s->figure.x.len > 0;
	double wide = s->are_lying ? fmin(widest_label(s), 230) : widest_tick(&s->y);
	double each = 22;

	s->at += has_y ? 30 : 12;
	a->x = &s->x;
	a->y = &s->y;
	a->left = floor(EDGE + wide + 9);
	a->width = WIDTH - a->left - fmax(right, EDGE) - EDGE / 2;
	a->top = s->at;
	a->height = TALL;
	if (s->are_lying) {
		each = fmax(each, 11.0 * (double)s->figure.nseries + 7);
		a->height = each * (double)s->slots;
	}
	s->height = a->top + a->height + 26 + (has_x ? 19 : 0);
}

static void
add_frame(struct sheet *s)
{
	const struct figure *f = &s->figure;

	if (!s->are_lying)
		add_grid(s, &s->y, false);
	if (s->slots == 0 || s->are_lying)
		add_grid(s, &s->x, true);
	add_base(s);
	if (s->slots > 0)
		add_slot_labels(s);
	if (!s->are_lying)
		add_ticks_left(s);
	if (s->slots == 0 || s->are_lying)
		add_ticks_below(s);
	if (f->x.len > 0)
		add_axis_name(s, f->x, !s->are_lying);
	if (f->y.len > 0)
		add_axis_name(s, f->y, s->are_lying);
}

/* ---- what stands around ---- */

static void
describe_axis(struct buf *to, const char *which, struct str name, const struct axis *a)
{
	buf_printf(to, "; %s", which);
	if (name.len > 0) {
		buf_add(to, STR(" ("));
		ink_escape(to, name);
		buf_byte(to, ')');
	}
	buf_add(to, STR(" from "));
	axis_number(to, a->low, 4);
	buf_add(to, STR(" to "));
	axis_number(to, a->high, 4);
	if (a->is_log)
		buf_add(to, STR(", logarithmic"));
}

static void
describe(struct buf *to, const struct sheet *s)
{
	static const char *const kinds[] = { "line", "points", "bars" };
	const struct figure *f = &s->figure;

	for (size_t n = 0; n < f->nseries; n++) {
		buf_printf(to, "%s%s", n > 0 ? ", " : "", kinds[f->series[n].kind]);
		if (f->series[n].name.len > 0)
			buf_byte(to, ' ');
		ink_escape(to, f->series[n].name);
	}
	if (s->slots == 0)
		describe_axis(to, "x", f->x, &s->x);
	describe_axis(to, "y", f->y, s->are_lying ? &s->x : &s->y);
}

/* Colours for readers that know whether their ground is light or dark. */
static const char style[] =
    "<style>\n"
    "@media (prefers-color-scheme: light) {\n"
    ".skein-plot text { fill: #59636e } .skein-plot .t { fill: #515963 }\n"
    "}\n"
    "@media (prefers-color-scheme: dark) {\n"
    ".skein-plot text { fill: #9198a1 } .skein-plot .t { fill: #a2a9b2 }\n"
    "}\n"
    "</style>\n";

static void
put_together(struct buf *to, const struct sheet *s)
{
	int height = (int)ceil(s->height);

	buf_printf(to, "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"skein-plot\" role=\"img\" "
	    "width=\"640\" height=\"%d\" viewBox=\"0 0 640 %d\">\n<title>", height, height);
	ink_escape(to, s->figure.title.len > 0 ? s->figure.title : STR("plot"));
	buf_add(to, STR("</title>\n<desc>"));
	describe(to, s);
	buf_add(to, STR("</desc>\n"));
	buf_add(to, str_of(style));
	buf_add(to, STR("<g fill=\"" INK_GREY "\" font-family=\"system-ui, -apple-system, 'Segoe UI', "
	    "'Noto Sans', Helvetica, Arial, sans-serif\" font-size=\"12\">\n"));
	buf_add(to, buf_str(s->to));
	buf_add(to, STR("</g>\n</svg>\n"));
}

static void
draw(struct sheet *s)
{
	const struct figure *f = &s->figure;
	double right;

	if (are_bars(f))
		plan_bars(s);
	make_axes(s);
	right = plan_names(s);
	add_title(s);
	add_legend(s);
	place_area(s, right);
	add_frame(s);
	if (s->slots > 0)
		curve_bars(s->to, &s->area, f, s->slots, s->are_lying);
	for (size_t n = 0; s->slots == 0 && n < f->nseries; n++)
		if (f->series[n].kind == FIGURE_LINE)
			curve_line(s->to, &s->area, &f->series[n], n);
	for (size_t n = 0; s->slots == 0 && n < f->nseries; n++)
		if (f->series[n].kind == FIGURE_POINTS)
			curve_points(s->to, &s->area, &f->series[n], n, &s->arena);
	add_values(s);
	add_names(s);
	if (s->is_empty)
		ink_text(s->to, s->area.left + s->area.width / 2, s->area.top + s->area.height / 2 - 8,
		    "text-anchor=\"middle\"", STR("no values"));
}

bool
plot_svg(struct buf *to, struct str description)
{
	struct buf drawn = {0};
	struct sheet s = { .to = &drawn };
	bool is_plot;

	arena_init(&s.arena);
	is_plot = figure_read(&s.figure, description, &s.arena);
	if (is_plot) {
		draw(&s);
		put_together(to, &s);
	}
	buf_release(&drawn);
	arena_release(&s.arena);
	return is_plot;
}
