/*
 * What the calls of <skein.h> do, but skein_show().
 *
 * They make of what they are given a text and a description, and hand both to the
 * program that runs cells, where there is one; else they print the text.  This stands
 * in that program, so that cells need not compile it, and behind <skein.h> in the copy
 * that is installed for programs of their own.
 */
#ifndef SKEIN_SHOW_H
#define SKEIN_SHOW_H

#ifndef SKEIN_TEXT_H
#include "runner/include/skein/text.h"
#endif

#pragma GCC system_header

#ifdef SKEIN_ALONE
#define __SKEIN_DEFINE	static
#else
#define __SKEIN_DEFINE
#endif

#ifdef __cplusplus
extern "C" {
#endif

enum {
	__SKEIN_MARKDOWN = 1, __SKEIN_HTML, __SKEIN_SVG, __SKEIN_IMAGE, __SKEIN_TABLE, __SKEIN_PLOT,
	__SKEIN_PROGRESS
};

/* Show it below the cell; `text` says the same in words.  0: nobody is there to do so. */
int __skein_display(int kind, const char *text, const void *data, unsigned long size)
    __attribute__((weak));

/* To the document, or as text to stdout; the text is released. */
__SKEIN_FN void
__skein_put(int kind, struct __skein_text *text, const void *data, unsigned long size)
{
	const char *s = text->at ? text->at : "";

	if (!__skein_display || !__skein_display(kind, s, data, size))
		__skein_printf("%s%s", s, text->n > 0 && s[text->n - 1] == '\n' ? "" : "\n");
	__skein_free(text->at);
}

/* Without words a picture is called after its file; where the file lies is nobody's business. */
__SKEIN_DEFINE void
skein_image_alt(const char *path, const char *alt)
{
	struct __skein_text bytes = { 0, 0, 0 };
	const char *name = path, *s;
	long n = -1;
	int fd = path ? __skein_open(path, 0) : -1;

	for (s = path; s && *s; s++)
		name = *s == '/' && s[1] ? s + 1 : name;
	while (fd != -1 && bytes.n < 1ul << 26 && __skein_grow(&bytes, 65536) &&
	    (n = __skein_read(fd, bytes.at + bytes.n, 65536)) > 0)
		bytes.n += (unsigned long)n;
	if (!path)
		__skein_dprintf(2, "skein_image: there is no path (NULL)\n");
	else if (n < 0)
		__skein_dprintf(2, "skein_image: cannot read '%s': %m\n", path);
	else if (bytes.n == 0)
		__skein_dprintf(2, "skein_image: '%s' is empty\n", path);
	else if (!__skein_display || !__skein_display(__SKEIN_IMAGE, alt ? alt : name, bytes.at, bytes.n))
		__skein_printf(alt ? "%s (%s)\n" : "%s%s\n", alt ? alt : "", path);
	if (fd != -1)
		__skein_close(fd);
	__skein_free(bytes.at);
}

__SKEIN_DEFINE void
skein_image(const char *path)
{
	skein_image_alt(path, 0);
}

__SKEIN_FN int
__skein_is_text(const char *function, const char *text)
{
	if (!text || !*text)
		__skein_dprintf(2, "%s: there is no text%s\n", function, text ? "" : " (NULL)");
	return text && *text;
}

__SKEIN_DEFINE void
skein_svg(const char *svg)
{
	struct __skein_text title = { 0, 0, 0 };
	const char *from, *end;

	if (!__skein_is_text("skein_svg", svg))
		return;
	from = __skein_strstr(svg, "<title>");
	end = from ? __skein_strstr(from, "</title>") : from;
	if (end)
		__skein_words(&title, from + 7, end, 0, 0);
	else
		__skein_line(&title, "SVG picture", 0);
	__skein_put(__SKEIN_SVG, &title, svg, __skein_strlen(svg));
}

/* The character at *s, which goes behind it. */
__SKEIN_FN char
__skein_letter(const char **s)
{
	static const char *const names[] = { "&lt;", "&gt;", "&quot;", "&amp;" };
	int i, n;

	for (i = 0; **s == '&' && i < 4; i++) {
		for (n = 0; names[i][n] && names[i][n] == (*s)[n]; n++)
			;
		if (!names[i][n]) {
			*s += n;
			return "<>\"&"[i];
		}
	}
	return *(*s)++;
}

__SKEIN_DEFINE void
skein_html(const char *html)
{
	struct __skein_text plain = { 0, 0, 0 };
	const char *s = html;
	int is_tag = 0;

	if (!__skein_is_text("skein_html", html))
		return;
	while (*s)
		if (*s == '<' || (*s == '>' && is_tag))
			is_tag = *s++ == '<';
		else if (is_tag)
			s++;
		else
			__skein_byte(&plain, __skein_letter(&s));
	__skein_put(__SKEIN_HTML, &plain, html, __skein_strlen(html));
}

__SKEIN_FN void
__skein_format(struct __skein_text *t, const char *format, __builtin_va_list args)
{
	__builtin_va_list again;
	int n;

	__builtin_va_copy(again, args);
	n = __skein_vsnprintf(0, 0, format, again);
	__builtin_va_end(again);
	if (n > 0 && __skein_grow(t, (unsigned long)n)) {
		__skein_vsnprintf(t->at + t->n, (unsigned long)n + 1, format, args);
		t->n += (unsigned long)n;
	}
}

__SKEIN_DEFINE void
skein_markdown(const char *format, ...)
{
	struct __skein_text t = { 0, 0, 0 }, copy = { 0, 0, 0 };
	__builtin_va_list args;

	if (!__skein_is_text("skein_markdown", format))
		return;
	__builtin_va_start(args, format);
	__skein_format(&t, format, args);
	__builtin_va_end(args);
	copy = t;
	__skein_put(__SKEIN_MARKDOWN, &copy, t.at ? t.at : "", t.n);
}

/* ---- tables ---- */

struct skein_table {
	struct __skein_text text;
};

__SKEIN_DEFINE struct skein_table *
skein_table_begin(const char *columns)
{
	struct skein_table *t = (struct skein_table *)__skein_calloc(1, sizeof *t);
	const char *s;

	if (!__skein_is_text("skein_table_begin", columns))
		columns = "";
	for (s = columns; t && *s; s++)
		__skein_byte(&t->text, *s == '|' ? 0x1F : *s == 0x1E || *s == 0x1F ? ' ' : *s);
	if (t && *columns) {
		__skein_byte(&t->text, 0x1F);
		__skein_byte(&t->text, 0x1E);
	}
	return t;
}

/*
 * A row, as printf makes it; each '|' of the format begins another field.  It is made with
 * either mark: where the two differ a field ends, and what is no mark there is a blank.
 */
__SKEIN_DEFINE void
skein_table_row(struct skein_table *t, const char *format, ...)
{
	struct __skein_text marked = { 0, 0, 0 }, rows[2] = { { 0, 0, 0 }, { 0, 0, 0 } };
	__builtin_va_list args;
	unsigned long i;
	const char *s;
	int k;

	if (!t || !format) {
		__skein_dprintf(2, "skein_table_row: there is no %s (NULL)\n", t ? "format" : "table");
		return;
	}
	for (k = 0; k < 2; k++) {
		for (marked.n = 0, s = format; *s; s++)
			__skein_byte(&marked, *s == '|' ? (k == 0 ? 0x1F : 0x1E) : *s);
		__builtin_va_start(args, format);
		if (marked.at)
			__skein_format(&rows[k], marked.at, args);
		__builtin_va_end(args);
	}
	for (i = 0; i < rows[0].n && i < rows[1].n; i++) {
		char c = rows[0].at[i];
		int is_lost = c == rows[1].at[i] && (c == 0x1E || c == 0x1F || c == 0);

		__skein_byte(&t->text, is_lost ? ' ' : c);
	}
	__skein_free(rows[0].at);
	__skein_free(rows[1].at);
	__skein_free(marked.at);
	__skein_byte(&t->text, 0x1F);
	__skein_byte(&t->text, 0x1E);
}

__SKEIN_DEFINE void
skein_table_end(struct skein_table *t)
{
	struct __skein_text text = { 0, 0, 0 };

	if (!t)
		__skein_dprintf(2, "skein_table_end: there is no table (NULL)\n");
	else if (t->text.n > 0) {
		__skein_align_table(&text, t->text.at);
		__skein_put(__SKEIN_TABLE, &text, t->text.at, t->text.n);
	}
	if (t)
		__skein_free(t->text.at);
	__skein_free(t);
}

__SKEIN_FN int
__skein_columns(const char *columns)
{
	int n = 1;

	for (; columns && *columns; columns++)
		n += *columns == '|';
	return n;
}

__SKEIN_DEFINE void
skein_table_numbers(const char *columns, const double *values, long rows, int digits)
{
	struct skein_table *t = skein_table_begin(columns);
	long i, n = __skein_columns(columns);
	char format[16];

	__skein_snprintf(format, sizeof format, "%%.%dg", digits < 1 ? 1 : digits > 17 ? 17 : digits);
	if (!values && rows > 0)
		__skein_dprintf(2, "skein_table_numbers: there are no values (NULL)\n");
	for (i = 0; t && values && i < rows * n; i++) {
		__skein_number(&t->text, format, values[i]);
		__skein_byte(&t->text, 0x1F);
		if ((i + 1) % n == 0)
			__skein_byte(&t->text, 0x1E);
	}
	skein_table_end(t);
}

/* ---- plots ---- */

__SKEIN_FN void
__skein_point(struct __skein_text *to, const struct skein_series *s, long i)
{
	if (s->as == SKEIN_BARS) {
		__skein_number(to, "%.17g ", s->y[i]);
		__skein_line(to, __skein_label(s, i), 0);
	} else {
		__skein_number(to, "%.17g ", __skein_x(s, i));
		__skein_number(to, "%.17g", s->y[i]);
		__skein_byte(to, '\n');
	}
}

/* Of each few points of a line the lowest and the highest, and of all the first and the last. */
__SKEIN_FN void
__skein_thin_line(struct __skein_text *to, const struct skein_series *s)
{
	long each = s->n / 8000, from, i, low, high, first, second;

	for (from = 0; from < s->n; from += each) {
		low = high = from;
		for (i = from; i < from + each && i < s->n; i++) {
			if (s->y[i] < s->y[low] || s->y[low] != s->y[low])
				low = i;
			if (s->y[i] > s->y[high] || s->y[high] != s->y[high])
				high = i;
		}
		first = low < high ? low : high;
		second = low < high ? high : low;
		if (from == 0 && first != 0)
			__skein_point(to, s, 0);
		__skein_point(to, s, first);
		if (second != first)
			__skein_point(to, s, second);
		if (i == s->n && second != i - 1)
			__skein_point(to, s, i - 1);
	}
}

/* One point on each spot. */
__SKEIN_FN void
__skein_thin_points(struct __skein_text *to, const struct skein_series *s,
    const struct __skein_range *x, const struct __skein_range *y)
{
	unsigned char *spots = (unsigned char *)__skein_calloc(800 * 320 / 8, 1), bit;
	long i, spot;

	for (i = 0; spots && i < s->n; i++) {
		if (!__skein_takes(x->log, __skein_x(s, i)) || !__skein_takes(y->log, s->y[i]))
			continue;
		spot = __skein_place(x, __skein_x(s, i), 800) * 320L + __skein_place(y, s->y[i], 320);
		bit = (unsigned char)(1 << spot % 8);
		if (!(spots[spot / 8] & bit))
			__skein_point(to, s, i);
		spots[spot / 8] |= bit;
	}
	__skein_free(spots);
}

__SKEIN_FN void
__skein_points(struct __skein_text *to, const struct skein_series *s, const struct __skein_range *x,
    const struct __skein_range *y)
{
	long i;

	if (s->n > 20000 && s->as == SKEIN_LINE)
		__skein_thin_line(to, s);
	else if (s->n > 20000 && s->as == SKEIN_POINTS)
		__skein_thin_points(to, s, x, y);
	else
		for (i = 0; i < s->n; i++)
			__skein_point(to, s, i);
}

__SKEIN_FN void
__skein_draw(const char *function, const struct skein_plot *p)
{
	static const char *const kinds[] = { "line ", "points ", "bars " };
	struct __skein_range x = { 0, 0, 0, 0 }, y = { 0, 0, 0, 0 };
	struct __skein_text text = { 0, 0, 0 }, data = { 0, 0, 0 };
	int n, bars;
	long i, total = 0;

	x.log = p->log_x;
	y.log = p->log_y;
	bars = p->series[0].as == SKEIN_BARS;
	for (n = 0; n < 12; n++) {
		const struct skein_series *s = &p->series[n];

		if (!s->y && n > 0 && !s->name && s->n == 0)
			break;
		if (!s->y || s->n <= 0 || s->as < 0 || s->as > SKEIN_BARS || bars != (s->as == SKEIN_BARS)) {
			__skein_dprintf(2, "%s: series %d%s%s%s: %s\n", function, n + 1, s->name ? " '" : "",
			    s->name ? s->name : "", s->name ? "'" : "",
			    !s->y ? "there are no values (NULL)" : s->n <= 0 ? "there are no values (n is not above 0)" :
			    s->as < 0 || s->as > SKEIN_BARS ? "it is no line, points or bars" :
			    "bars and others do not go together");
			return;
		}
		for (i = 0; i < s->n; i++)
			if (__skein_takes(bars ? 0 : x.log, __skein_x(s, i)) && __skein_takes(y.log, s->y[i])) {
				__skein_extend(&x, __skein_x(s, i));
				__skein_extend(&y, s->y[i]);
				total++;
			}
	}
	if (total == 0) {
		__skein_dprintf(2, "%s: no value can be drawn: all are NaN or infinite%s\n", function,
		    x.log || y.log ? ", or not above 0 on a logarithmic axis" : "");
		return;
	}
	__skein_line(&text, p->title && *p->title ? p->title : "plot", 0);
	if (bars)
		__skein_chart_bars(&text, p, &y);
	else
		__skein_chart(&text, p, &x, &y);
	if (p->title)
		__skein_line(&data, "title ", p->title);
	if (p->x_label)
		__skein_line(&data, "x ", p->x_label);
	if (p->y_label)
		__skein_line(&data, "y ", p->y_label);
	if (p->log_x)
		__skein_line(&data, "xlog", 0);
	if (p->log_y)
		__skein_line(&data, "ylog", 0);
	for (n = 0; __skein_display && n < 12 && p->series[n].y; n++) {
		__skein_line(&data, kinds[p->series[n].as], p->series[n].name);
		__skein_points(&data, &p->series[n], &x, &y);
	}
	__skein_put(__SKEIN_PLOT, &text, data.at ? data.at : "", data.n);
	__skein_free(data.at);
}

__SKEIN_FN void
__skein_plot_one(const char *function, const char *title, const double *x, const double *y, long n,
    int as, const char *const *labels)
{
	struct skein_plot p;
	struct skein_series none = { 0, 0, 0, 0, 0, 0 };
	int i;

	p.title = title;
	p.x_label = p.y_label = 0;
	p.log_x = p.log_y = 0;
	for (i = 0; i < 12; i++)
		p.series[i] = none;
	p.series[0].x = x;
	p.series[0].y = y;
	p.series[0].n = n;
	p.series[0].as = as;
	p.series[0].labels = labels;
	__skein_draw(function, &p);
}

__SKEIN_DEFINE void
skein_plot_line(const char *title, const double *x, const double *y, long n)
{
	__skein_plot_one("skein_plot_line", title, x, y, n, SKEIN_LINE, 0);
}

__SKEIN_DEFINE void
skein_plot_points(const char *title, const double *x, const double *y, long n)
{
	__skein_plot_one("skein_plot_points", title, x, y, n, SKEIN_POINTS, 0);
}

__SKEIN_DEFINE void
skein_plot_bars(const char *title, const char *const *labels, const double *y, long n)
{
	__skein_plot_one("skein_plot_bars", title, 0, y, n, SKEIN_BARS, labels);
}

__SKEIN_DEFINE void
__skein_plot(struct skein_plot p)
{
	__skein_draw("skein_plot", &p);
}

__SKEIN_DEFINE void
skein_progress(long done, long total, const char *label)
{
	static long shown = -1;
	struct __skein_text text = { 0, 0, 0 };
	long per_mille = total > 0 ? (long)((double)done / (double)total * 1000) : 0;
	char numbers[48];
	int n;

	if (per_mille == shown && done != total)
		return;
	shown = per_mille;
	n = __skein_snprintf(numbers, sizeof numbers, "%ld %ld", done, total);
	if (label)
		__skein_say(&text, label);
	if (!__skein_display || !__skein_display(__SKEIN_PROGRESS, text.at ? text.at : "", numbers, (unsigned long)n)) {
		if (__skein_isatty(2))
			__skein_dprintf(2, "\r%s%s%ld of %ld\033[K%s", text.at ? text.at : "", text.n ? ": " : "",
			    done, total, done >= total ? "\n" : "");
	}
	__skein_free(text.at);
}

#ifdef __cplusplus
}
#endif

#endif
