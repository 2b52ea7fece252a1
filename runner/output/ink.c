#include "runner/output/ink.h"

#include <math.h>
#include <string.h>

#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/width.h"

void
ink_number(struct buf *to, double value)
{
	long tenths = (long)floor(value * 10 + 0.5);

	if (tenths < 0)
		buf_byte(to, '-');
	tenths = tenths < 0 ? -tenths : tenths;
	if (tenths % 10 == 0)
		buf_printf(to, "%ld", tenths / 10);
	else if (tenths < 10)
		buf_printf(to, ".%ld", tenths);
	else
		buf_printf(to, "%ld.%ld", tenths / 10, tenths % 10);
}

void
ink_point(struct buf *to, double x, double y)
{
	ink_number(to, x);
	buf_byte(to, ',');
	ink_number(to, y);
}

static struct str
first_line(struct str text)
{
	return str_slice(text, 0, str_find_byte(text, '\n'));
}

/* XML has no U+FFFE and U+FFFF, not even as references. */
static bool
is_forbidden(struct str s)
{
	return str_starts(s, STR("\xEF\xBF\xBE")) || str_starts(s, STR("\xEF\xBF\xBF"));
}

static void
escape_character(struct buf *to, struct str s, size_t length)
{
	switch (s.data[0]) {
	case '&':
		buf_add(to, STR("&amp;"));
		break;
	case '<':
		buf_add(to, STR("&lt;"));
		break;
	case '>':
		buf_add(to, STR("&gt;"));
		break;
	case '"':
		buf_add(to, STR("&quot;"));
		break;
	case '\t': case '\n': case '\r':
		buf_byte(to, ' ');
		break;
	default:
		if (!is_forbidden(s))
			buf_visible(to, str_slice(s, 0, length));
		break;
	}
}

void
ink_escape(struct buf *to, struct str text)
{
	while (text.len > 0) {
		size_t length = str_utf8(text);

		length = length ? length : 1;
		escape_character(to, text, length);
		text = str_slice(text, length, text.len);
	}
}

/* As parts of a letter's height, in a font that is rather wide. */
static double
width_of_one(struct str s, size_t length)
{
	char c = s.data[0];

	if (length > 1)
		return width_of(str_slice(s, 0, length)) > 1 ? 1.05 : 0.62;
	if ((unsigned char)c < 0x20 || (unsigned char)c >= 0x7F)
		return 2.4;		/* \x01 */
	if (strchr("mwMW@%", c))
		return 0.9;
	if (strchr(" fijlrtI.,:;'|!()[]", c))
		return 0.37;
	if (c >= 'A' && c <= 'Z')
		return 0.7;
	return 0.6;
}

double
ink_width(struct str text, double size)
{
	double width = 0;

	text = first_line(text);
	while (text.len > 0) {
		size_t length = str_utf8(text);

		length = length ? length : 1;
		width += width_of_one(text, length);
		text = str_slice(text, length, text.len);
	}
	return width * size;
}

/* How many bytes of a line there is room for. */
static size_t
fitting(struct str line, double size, double room)
{
	double width = 0;
	size_t at = 0;

	while (at < line.len) {
		struct str rest = str_slice(line, at, line.len);
		size_t length = str_utf8(rest);

		length = length ? length : 1;
		width += width_of_one(rest, length) * size;
		if (width > room)
			break;
		at += length;
	}
	return at;
}

struct str
ink_fit(struct str text, double size, double room, struct arena *a)
{
	struct str line = first_line(text);
	size_t whole = fitting(line, size, room);

	if (whole == text.len)
		return line;
	line = str_slice(line, 0, fitting(line, size, room - size));
	while (line.len > 0 && line.data[line.len - 1] == ' ')
		line.len--;
	return arena_printf(a, "%.*s\xE2\x80\xA6", STR_ARG(line));
}

struct str
ink_words(struct str *rest, double size, double room)
{
	struct str line = str_trim(first_line(*rest));
	size_t end = fitting(line, size, room), at = end;

	if (end < line.len) {
		while (at > 0 && line.data[at] != ' ')
			at--;
		end = at > 0 ? at : end > 0 ? end : line.len;
	}
	*rest = str_trim(str_slice(line, end, line.len));
	return str_trim(str_slice(line, 0, end));
}

void
ink_text(struct buf *to, double x, double y, const char *attributes, struct str text)
{
	buf_add(to, STR("<text x=\""));
	ink_number(to, x);
	buf_add(to, STR("\" y=\""));
	ink_number(to, y);
	buf_printf(to, "\"%s%s>", *attributes ? " " : "", attributes);
	ink_escape(to, text);
	buf_add(to, STR("</text>\n"));
}

/* Blue, orange-red, green, purple, ochre, cyan: each 3:1 on white and on #0d1117. */
const char *
ink_colour(size_t n)
{
	static const char *const colours[INK_COLOURS] = {
		"#2f7bc8", "#d9541e", "#0f9360", "#a763c9", "#a17800", "#1590a5"
	};

	return colours[n % INK_COLOURS];
}

const char *
ink_dashes(size_t n)
{
	static const char *const dashes[INK_COLOURS] = {
		"", "7,3", "2,3", "9,3,2,3", "12,4", "5,2"
	};
	/* In another round of colours each has those of the next. */
	return dashes[(n + n / INK_COLOURS) % INK_COLOURS];
}

enum shape { CIRCLE, SQUARE, TRIANGLE, DIAMOND, PLUS, CROSS };

static enum shape
shape_of(size_t n)
{
	return (enum shape)((n + n / INK_COLOURS) % INK_COLOURS);
}

void
ink_marks_begin(struct buf *to, size_t colour, size_t n, double size, bool are_many)
{
	enum shape shape = shape_of(n);
	bool is_line = shape == CIRCLE || shape == PLUS || shape == CROSS;

	buf_printf(to, "<path %s=\"%s\"", is_line ? "fill=\"none\" stroke" : "fill", ink_colour(colour));
	if (is_line) {
		buf_add(to, STR(" stroke-linecap=\"round\" stroke-width=\""));
		ink_number(to, shape == CIRCLE ? 2 * size : size * 0.6);
		buf_byte(to, '"');
	}
	if (are_many)
		buf_printf(to, " %sopacity=\".55\"", is_line ? "stroke-" : "fill-");
	buf_add(to, STR(" d=\""));
}

/* The path's next part: "M" and its place, then `rest` scaled. */
static void
add_steps(struct buf *to, double x, double y, const double *steps, size_t n, double size)
{
	buf_byte(to, 'M');
	ink_point(to, x + steps[0] * size, y + steps[1] * size);
	for (size_t i = 2; i + 1 < n; i += 2) {
		buf_byte(to, 'l');
		ink_point(to, steps[i] * size, steps[i + 1] * size);
	}
}

void
ink_mark(struct buf *to, size_t n, double x, double y, double size)
{
	static const double square[] = { -.9, -.9, 1.8, 0, 0, 1.8, -1.8, 0 };
	static const double triangle[] = { 0, -1.2, 1.15, 2, -2.3, 0 };
	static const double diamond[] = { 0, -1.3, 1.3, 1.3, -1.3, 1.3, -1.3, -1.3 };
	static const double across[] = { -1.1, 0, 2.2, 0 }, down[] = { 0, -1.1, 0, 2.2 };
	static const double falling[] = { -.85, -.85, 1.7, 1.7 }, rising[] = { -.85, .85, 1.7, -1.7 };

	switch (shape_of(n)) {
	case CIRCLE:
		buf_byte(to, 'M');
		ink_point(to, x, y);
		buf_add(to, STR("h0"));
		break;
	case SQUARE:
		add_steps(to, x, y, square, 8, size);
		buf_byte(to, 'z');
		break;
	case TRIANGLE:
		add_steps(to, x, y, triangle, 6, size);
		buf_byte(to, 'z');
		break;
	case DIAMOND:
		add_steps(to, x, y, diamond, 8, size);
		buf_byte(to, 'z');
		break;
	case PLUS:
		add_steps(to, x, y, across, 4, size);
		add_steps(to, x, y, down, 4, size);
		break;
	case CROSS:
		add_steps(to, x, y, falling, 4, size);
		add_steps(to, x, y, rising, 4, size);
		break;
	}
}
