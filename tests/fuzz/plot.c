/*
 * What <skein.h> sends, of any bytes: a plot is an SVG document or refused, a table is
 * rows of one kind or refused; neither is large, and both can be read by anybody.
 */
#include "tests/fuzz/fuzz.h"

#include "runner/output/plot.h"
#include "runner/output/table.h"

#ifndef LIBFUZZER
static const char *const heads[] = {
	"title a < b & \"c\"\n", "title \xC3\xA9\xE2\x80\xAE\xFF\x01\n", "x minutes\n", "y \t'V'\n", "xlog\n", "ylog\n",
	"title \n", "title a very long title that does not fit at all into one line of it, and not into two\n", NULL
};
static const char *const series[] = {
	"line\n", "line a\n", "line a long name for a line, that cannot stand at its end\n", "points \n",
	"points b\n", "bars\n", "bars now\n", NULL
};
static const char *const numbers[] = {
	"0", "1", "-1", "2.5", "1e3", "1e-9", "1e270", "-1e270", "1e308", "5e-324", "nan", "-nan", "inf", "-inf",
	"0x1p-3", "1000000.5", "3", "7", "11", "", "1,5", NULL
};
static const char *const labels[] = {
	"one", "", "a label that is rather long for a bar", "<b>", "\xE6\x97\xA5\xE6\x9C\xAC", "&amp;", "\x1B[31m", NULL
};

static void
make_plot(struct buf *to)
{
	bool bars;

	for (uint32_t n = any(5); n > 0; n--)
		buf_add(to, any_word(heads));
	for (uint32_t n = any(7); n > 0; n--) {
		size_t at = to->len;

		buf_add(to, any_word(series));
		bars = to->data[at] == 'b';
		for (uint32_t k = now_and_then(20) ? any(5000) : any(8); k > 0; k--) {
			buf_add(to, any_word(numbers));
			buf_byte(to, ' ');
			buf_add(to, any_word(bars ? labels : numbers));
			buf_byte(to, '\n');
		}
	}
}

static void
make_table(struct buf *to)
{
	static const char *const parts[] = {
		"\x1F", "\x1F", "\x1F", "\x1E", "\x1F\x1E", "a", "|", "\\", "\n", "\r\n", "<", ">", "^", "<b>", "`", "*x*",
		"_", "\xC3\xA9", "\xFF", "\x01", " ", "\t", "&lt;", "[a](b)", "~~", "\\|", NULL
	};

	for (uint32_t n = now_and_then(20) ? any(5000) : any(40); n > 0; n--)
		buf_add(to, any_word(parts));
}

static void
fuzz_make(struct buf *to)
{
	if (now_and_then(3))
		make_table(to);
	else
		make_plot(to);
}
#endif

/* Text without what harms a reader. */
static void
check_text(struct str s)
{
	struct buf visible = {0};
	struct str line;

	assert(str_ends(s, STR("\n")));
	while (str_line(&s, &line)) {
		buf_clear(&visible);
		buf_visible(&visible, line);
		assert(str_eq(line, buf_str(&visible)));
	}
	buf_release(&visible);
}

/* Tags closed in order, quotes in pairs, no number that is none. */
static void
check_svg(struct str s)
{
	const char *open[16];
	bool is_quoted = false;
	size_t depth = 0;

	assert(str_starts(s, STR("<svg ")) && str_ends(s, STR("</svg>\n")));
	for (size_t i = 0; i < s.len; i++) {
		const char *tag = s.data + i + 1;

		if (s.data[i] != '<')
			continue;
		if (*tag == '/') {
			size_t length = strcspn(tag + 1, ">");

			assert(depth > 0 && strncmp(open[--depth], tag + 1, length) == 0);
			continue;
		}
		assert(depth < 16);
		open[depth++] = tag;
		for (i++; s.data[i] != '>' || is_quoted; i++) {
			assert(i + 1 < s.len && s.data[i] != '<');
			is_quoted ^= s.data[i] == '"';
		}
		depth -= s.data[i - 1] == '/';
	}
	assert(depth == 0);
	assert(str_find(s, STR("nan,")) == s.len && str_find(s, STR("inf,")) == s.len);
	assert(str_find(s, STR("9223372036854775808")) == s.len);
}

/* As many fields in each row, but for the last, and so a table to everybody. */
static void
check_table(struct str s)
{
	size_t rows = 0, bars, first = 0;
	struct str line;

	while (str_line(&s, &line)) {
		bars = 0;
		assert(line.data[0] == '|' && line.data[line.len - 1] == '|');
		for (size_t i = 0; i < line.len; i++) {
			bars += line.data[i] == '|';
			i += line.data[i] == '\\';
		}
		if (rows++ == 0)
			first = bars;
		assert(bars == first || str_ends(line, STR(" rows left out |")));
	}
	assert(rows >= 2 && rows <= TABLE_ROWS + 2 && first <= TABLE_COLUMNS + 1);
}

static void
fuzz_one(struct str input)
{
	struct buf one = {0}, again = {0};

	if (plot_svg(&one, input)) {
		check_text(buf_str(&one));
		buf_byte(&one, '\0');
		one.len--;
		check_svg(buf_str(&one));
		assert(one.len < 20000 + 100 * input.len);
		assert(plot_svg(&again, input) && str_eq(buf_str(&one), buf_str(&again)));
	} else {
		assert(one.len == 0);
	}
	buf_clear(&one);
	if (table_markdown(&one, input)) {
		check_text(buf_str(&one));
		check_table(buf_str(&one));
	} else {
		assert(one.len == 0);
	}
	buf_release(&one);
	buf_release(&again);
}
