/*
 * What pictures and tables say in letters: aligned columns, and charts of characters.
 *
 * For show.h, and like all that is behind <skein.h> without any other header; libc's
 * functions are called by other names, which meet no declaration of the program's.
 */
#ifndef SKEIN_TEXT_H
#define SKEIN_TEXT_H

#ifndef SKEIN_H
#include "runner/include/skein.h"
#endif

#pragma GCC system_header

#ifdef __cplusplus
extern "C" {
#endif

/* Of libc, by names that meet no declaration of a cell's own. */
int __skein_printf(const char *format, ...) __asm__("printf");
int __skein_dprintf(int fd, const char *format, ...) __asm__("dprintf");
int __skein_snprintf(char *to, unsigned long size, const char *format, ...) __asm__("snprintf");
int __skein_vsnprintf(char *to, unsigned long size, const char *format, __builtin_va_list args)
    __asm__("vsnprintf");
void *__skein_calloc(unsigned long n, unsigned long size) __asm__("calloc");
void *__skein_realloc(void *p, unsigned long size) __asm__("realloc");
void __skein_free(void *p) __asm__("free");
unsigned long __skein_strlen(const char *s) __asm__("strlen");
char *__skein_strstr(const char *s, const char *part) __asm__("strstr");
double __skein_frexp(double x, int *exponent) __asm__("frexp");
int __skein_open(const char *path, int flags, ...) __asm__("open");
long __skein_read(int fd, void *to, unsigned long size) __asm__("read");
int __skein_close(int fd) __asm__("close");
int __skein_isatty(int fd) __asm__("isatty");

#define __SKEIN_FN	static inline __attribute__((unused))

/* A text that grows; where there is no memory, it ends. */
struct __skein_text {
	char *at;
	unsigned long n, room;
};

__SKEIN_FN int
__skein_grow(struct __skein_text *t, unsigned long more)
{
	unsigned long room = (t->n + more + 1) * 2;
	char *at;

	if (t->n + more < t->room)
		return 1;
	at = (char *)__skein_realloc(t->at, room);
	if (!at)
		return 0;
	t->at = at;
	t->room = room;
	t->at[t->n] = 0;
	return 1;
}

__SKEIN_FN void
__skein_byte(struct __skein_text *t, char c)
{
	if (__skein_grow(t, 1)) {
		t->at[t->n++] = c;
		t->at[t->n] = 0;
	}
}

/* Up to `end`, on one line; `width` is how many columns it takes at least. */
__SKEIN_FN void
__skein_words(struct __skein_text *t, const char *s, const char *end, int width, int to_right)
{
	const char *p;

	for (p = s; p < end; p++)
		width -= (*p & 0xC0) != 0x80;
	for (; to_right && width > 0; width--)
		__skein_byte(t, ' ');
	for (; s < end; s++)
		__skein_byte(t, *s == '\n' || *s == '\r' ? ' ' : *s);
	for (; width > 0; width--)
		__skein_byte(t, ' ');
}

__SKEIN_FN void
__skein_say(struct __skein_text *t, const char *s)
{
	__skein_words(t, s, s + __skein_strlen(s), 0, 0);
}

__SKEIN_FN void
__skein_line(struct __skein_text *t, const char *word, const char *s)
{
	__skein_say(t, word);
	if (s)
		__skein_say(t, s);
	__skein_byte(t, '\n');
}

/* As in the C locale, whatever the program's is. */
__SKEIN_FN void
__skein_number(struct __skein_text *t, const char *format, double value)
{
	char number[64];
	int n = __skein_snprintf(number, sizeof number, format, value), i;

	for (i = 0; i < n && i < 63; i++) {
		char c = number[i];

		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '+' || c == ' ')
			__skein_byte(t, c);
		else if (i == 0 || (number[i - 1] >= '0' && number[i - 1] <= '9'))
			__skein_byte(t, '.');
	}
}

/* ---- tables: fields end with 0x1F, rows with 0x1E ---- */

/* Where the field that begins at `s` ends, or the row. */
__SKEIN_FN const char *
__skein_field_end(const char *s)
{
	while (*s && *s != 0x1F && *s != 0x1E)
		s++;
	return s;
}

__SKEIN_FN void
__skein_align_table(struct __skein_text *to, const char *data)
{
	int widths[64] = { 0 }, n = 0, width, is_head, i;
	char aligns[64] = { 0 };
	const char *s, *end, *p;

	for (s = data; *s; s = end + 1) {
		end = __skein_field_end(s);
		is_head = end < __skein_strstr(data, "\x1e");
		if (n < 64 && is_head && s < end && (*s == '<' || *s == '>' || *s == '^'))
			aligns[n] = *s++;
		for (width = s == end, p = s; p < end; p++)
			width += (*p & 0xC0) != 0x80;
		if (*end == 0x1F && n < 64 && width > widths[n])
			widths[n] = width;
		n = *end == 0x1F ? n + 1 : 0;
		if (!*end)
			break;
	}
	for (s = data, n = 0; *s; s = end + 1) {
		end = __skein_field_end(s);
		if (*end == 0x1F) {
			is_head = end < __skein_strstr(data, "\x1e");
			if (n > 0)
				__skein_say(to, "  ");
			__skein_words(to, s + (n < 64 && is_head && aligns[n]), end,
			    n < 64 && (aligns[n] == '>' || end[1] != 0x1E) ? widths[n] : 0,
			    n < 64 && aligns[n] == '>');
			n++;
			continue;
		}
		while (to->n > 0 && to->at[to->n - 1] == ' ')
			to->n--;
		__skein_byte(to, '\n');
		if (!*end)
			break;
		if (end == __skein_strstr(data, "\x1e"))
			for (n = 0; n < 64 && widths[n] > 0; n++) {
				for (i = n > 0 ? -2 : 0; i < widths[n]; i++)
					__skein_byte(to, i < 0 ? ' ' : '-');
				if (n == 63 || widths[n + 1] == 0)
					__skein_byte(to, '\n');
			}
		n = 0;
	}
}

/* ---- plots ---- */

/* The logarithm to base 2, without libm. */
__SKEIN_FN double
__skein_log(double x)
{
	int e;
	double m = __skein_frexp(x, &e), s = (m - 0.75) / (m + 0.75), q = s * s;

	return e - 0.4150374992788438 + 2.885390081777927 * s * (1 + q * (1 / 3. + q * (1 / 5. + q * (1 / 7. + q / 9))));
}

struct __skein_range {
	double low, high;
	int log, any;
};

__SKEIN_FN int
__skein_takes(int log, double v)
{
	return v <= 1e270 && v >= (log ? 1e-270 : -1e270);
}

/* From 0 to cells - 1. */
__SKEIN_FN int
__skein_place(const struct __skein_range *r, double v, int cells)
{
	double low = r->low, high = r->high, at;

	if (r->log) {
		low = __skein_log(low);
		high = __skein_log(high);
		v = __skein_log(v);
	}
	at = high > low ? (v / 2 - low / 2) / (high / 2 - low / 2) : 0.5;
	return (int)(at * (cells - 1) + 0.5);
}

__SKEIN_FN void
__skein_extend(struct __skein_range *r, double v)
{
	if (!r->any || v < r->low)
		r->low = v;
	if (!r->any || v > r->high)
		r->high = v;
	r->any = 1;
}

__SKEIN_FN double
__skein_x(const struct skein_series *s, long i)
{
	return s->x && s->as != SKEIN_BARS ? s->x[i] : (double)i;
}

/* The name of a bar. */
__SKEIN_FN const char *
__skein_label(const struct skein_series *s, long i)
{
	return s->labels && s->labels[i] ? s->labels[i] : "";
}

/* One point on the lines of text, which are 60 wide and 15 high. */
__SKEIN_FN void
__skein_dot(char *chart, double x, double y, char mark)
{
	chart[(14 - (int)(y + 0.5)) * 61 + (int)(x + 0.5)] = mark;
}

__SKEIN_FN void
__skein_chart(struct __skein_text *to, const struct skein_plot *p, const struct __skein_range *x,
    const struct __skein_range *y)
{
	char chart[15 * 61 + 1];
	const char *marks = "*+xo#@%&=~^$";
	int n, row, k;
	long i;

	for (n = 0; n < 15 * 61; n++)
		chart[n] = n % 61 == 60 ? 0 : ' ';
	for (n = 0; n < 12 && p->series[n].y; n++) {
		const struct skein_series *s = &p->series[n];
		int px = 0, py = 0, is_down = 0;

		for (i = 0; i < s->n; i++) {
			int cx, cy, steps, dx, dy;

			if (!__skein_takes(x->log, __skein_x(s, i)) || !__skein_takes(y->log, s->y[i])) {
				is_down = 0;
				continue;
			}
			cx = __skein_place(x, __skein_x(s, i), 60);
			cy = __skein_place(y, s->y[i], 15);
			dx = cx - px;
			dy = cy - py;
			steps = dx * dx > dy * dy ? (dx < 0 ? -dx : dx) : dy < 0 ? -dy : dy;
			for (k = 1; is_down && s->as == SKEIN_LINE && k < steps; k++)
				__skein_dot(chart, px + (double)dx * k / steps, py + (double)dy * k / steps, marks[n]);
			__skein_dot(chart, cx, cy, marks[n]);
			px = cx;
			py = cy;
			is_down = 1;
		}
	}
	for (row = 0; row < 15; row++) {
		char *line = chart + row * 61;
		unsigned long from = to->n;

		if (row == 0 || row == 14)
			__skein_number(to, "%10.4g", row == 0 ? y->high : y->low);
		while (to->n - from < 10 && __skein_grow(to, 1))
			__skein_byte(to, ' ');
		for (k = 60; k > 0 && line[k - 1] == ' '; k--)
			line[k - 1] = 0;
		__skein_line(to, *line ? " | " : " |", line);
	}
	__skein_line(to, "           +-------------------------------------------------------------", 0);
	__skein_number(to, "             %-10.4g", x->low);
	__skein_number(to, "                                        %10.4g", x->high);
	__skein_byte(to, '\n');
	if (p->x_label)
		__skein_line(to, "x: ", p->x_label);
	if (p->y_label)
		__skein_line(to, "y: ", p->y_label);
	for (n = 0; n < 12 && p->series[n].y; n++)
		if (p->series[n].name && *p->series[n].name) {
			__skein_byte(to, marks[n]);
			__skein_line(to, " ", p->series[n].name);
		}
}

__SKEIN_FN void
__skein_chart_bars(struct __skein_text *to, const struct skein_plot *p, const struct __skein_range *y)
{
	double largest = y->high > -y->low ? y->high : -y->low;
	int n, width = 0, at;
	long i, most = 0;

	for (n = 0; n < 12 && p->series[n].y; n++) {
		const struct skein_series *s = &p->series[n];

		most = s->n > most ? s->n : most;
		for (i = 0; i < s->n; i++) {
			at = (int)__skein_strlen(__skein_label(s, i));
			width = at > width ? at : width;
		}
	}
	width = width > 30 ? 30 : width;
	for (i = 0; i < most; i++)
		for (n = 0; n < 12 && p->series[n].y; n++) {
			const struct skein_series *s = &p->series[n];
			const char *label = i < s->n && n == 0 ? __skein_label(s, i) : "";

			if (i >= s->n)
				continue;
			__skein_words(to, label, label + __skein_strlen(label), width, 0);
			__skein_say(to, " |");
			at = __skein_takes(0, s->y[i]) && largest > 0 ? (int)(s->y[i] / largest * 40 + 0.5) : 0;
			for (at = at < 0 ? -at : at; at > 0; at--)
				__skein_byte(to, s->y[i] < 0 ? '-' : '#');
			__skein_number(to, " %.4g", s->y[i]);
			if (s->name && *s->name)
				__skein_byte(to, ' ');
			__skein_line(to, s->name ? s->name : "", 0);
		}
	if (p->y_label)
		__skein_line(to, "y: ", p->y_label);
}

#ifdef __cplusplus
}
#endif

#endif
