/* Plots: what stands in the picture, whatever is described. */
#undef NDEBUG
#include "runner/output/plot.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tangle/base/buf.h"
#include "runner/output/axis.h"

static struct buf picture;

static const char *
draw(const char *description)
{
	buf_clear(&picture);
	assert(plot_svg(&picture, str_of(description)));
	return buf_cstr(&picture);
}

static void
expect(const char *description, const char *part)
{
	if (!strstr(draw(description), part)) {
		fprintf(stderr, "no %s in\n%s", part, buf_cstr(&picture));
		assert(!"other picture");
	}
}

/* The labels of an axis, with blanks between. */
static void
expect_ticks(double low, double high, bool log, const char *labels)
{
	struct buf b = {0};
	struct axis a;

	axis_make(&a, low, high, log, 0, 5);
	for (size_t i = 0; i < a.nticks; i++)
		buf_printf(&b, "%s%s", i > 0 ? " " : "", a.ticks[i].label);
	if (strcmp(buf_cstr(&b), labels) != 0) {
		fprintf(stderr, "expected: %s\ngot: %s\n", labels, buf_cstr(&b));
		assert(!"other ticks");
	}
	buf_release(&b);
}

static void
test_ticks(void)
{
	expect_ticks(0, 10, false, "0 2 4 6 8 10");
	expect_ticks(-0.3, 0.4, false, "−0.2 0 0.2 0.4");
	expect_ticks(0, 2.5e9, false, "0 0.5×10⁹ 1×10⁹ 1.5×10⁹ 2×10⁹ 2.5×10⁹");
	expect_ticks(0, 3e-7, false, "0 100×10⁻⁹ 200×10⁻⁹ 300×10⁻⁹");
	expect_ticks(1, 1000, true, "1 10 100 1000");
	expect_ticks(1e-12, 1, true, "10⁻¹² 10⁻⁹ 10⁻⁶ 10⁻³ 10⁰");
	expect_ticks(2, 30, true, "2 5 10 20");
	expect_ticks(100, 200, true, "100 120 140 160 180 200");
	expect_ticks(5, 5, false, "4.6 4.8 5 5.2 5.4");
}

static void
test_descriptions(void)
{
	static const char *const bad[] = {
		"", "\n", "title x\n", "1 2\n", "line\n1\n", "line\n1 2 3\n", "line\n1 x\n", "line a\ntitle b\n",
		"title a\ntitle b\nline\n", "bars\n1 a\nline\n1 2\n", "pie\n1 2\n", "line\n1,5 2\n"
	};
	struct buf b = {0};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert(!plot_svg(&b, str_of(bad[i])) && b.len == 0);
	for (int i = 0; i < 13; i++)
		buf_add(&b, STR("line\n"));
	assert(!plot_svg(&picture, buf_str(&b)));
	buf_release(&b);
}

static void
test_what_is_drawn(void)
{
	expect("title a < b & c\nline\n0 1\n1 2\n", "<title>a &lt; b &amp; c</title>");
	expect("title \x01\xFF\xE2\x80\xAE\nline\n0 1\n", "\\x01\\xff\\u202e");
	expect("title a\xEF\xBF\xBE\xEF\xBF\xBFz\nline\n0 1\n", "<title>az</title>");	/* not even as references */
	expect("points\n0 1\n1 2\n", "stroke-linecap=\"round\"");
	expect("bars\n1 one\n2 two\n", ">two</text>");
	expect("line one\n0 1\n1 2\nline two\n0 5\n1 6\n", ">two</text>");
	expect("line\n0 nan\n1 inf\n", "no values");
	expect("xlog\nline\n0 1\n-1 2\n", "no values");
	expect("line\n0 0\n1 1\n2 nan\n3 1\n4 1\n", "26.9M474.5,26.9 619,26.9");	/* two parts */
	expect("bars\n-3 below\n", ">\xE2\x88\x92" "3</text>");
	expect("bars\n-1 a\n1 b\n", "M149.5,149h84v116.4h-84zM434.5,32.6h84v116.4h-84z");	/* both from zero */
	expect("title a very long title of a plot that has a little to say, and says it again and again, as if nobody had "
	    "understood it when it was said, nor when it was said again\nline\n0 1\n", "\xE2\x80\xA6</text>");
	expect("line a\n0 0\n1 1\nline b\n0 0\n1 1\nline c\n0 2\n1 1\nline d\n0 3\n1 1\n", "d=\"M14,15h26\"");	/* a legend */
}

/* No number is infinite, none is missing, and it is a picture. */
static void
test_hostile_numbers(void)
{
	static const char *const numbers[] = {
		"0", "-0", "1e270", "-1e270", "1e271", "-1e308", "5e-324", "1e-270", "1e-300", "1e300", "nan",
		"inf", "-inf", "0x1p1023", "123456789012345678", "1.0000000000000002", "1"
	};
	enum { N = sizeof numbers / sizeof *numbers };

	for (size_t i = 0; i < N * N * 4; i++) {
		struct buf b = {0};

		buf_printf(&b, "%s%s%s\n%s %s\n%s %s\n", i & 1 ? "xlog\n" : "", i & 2 ? "ylog\n" : "",
		    i % 3 ? "line" : "points", numbers[i / 4 % N], numbers[i / 4 / N], numbers[i / 4 / N],
		    numbers[i / 4 % N]);
		draw(buf_cstr(&b));
		assert(picture.len < 20000);
		if (strstr(picture.data, "nan") || strstr(picture.data, "inf"))
			fprintf(stderr, "of\n%s%s", buf_cstr(&b), picture.data);
		assert(!strstr(picture.data, "nan") && !strstr(picture.data, "inf"));
		buf_release(&b);
	}
}

/* Very many points: a small picture, in which the one that stands out is still there. */
static void
test_many_points(void)
{
	struct buf b = {0};

	buf_add(&b, STR("line\n"));
	for (int i = 0; i < 300000; i++)
		buf_printf(&b, "%d %d\n", i, i == 123456 ? 1000 : i == 234567 ? -1000 : i % 7);
	draw(buf_cstr(&b));
	assert(picture.len < 60000);
	/* The axis ends at -1100 and 1100, and the area is 270 high below 12 + 2. */
	assert(strstr(picture.data, ",26.3 ") && strstr(picture.data, ",271.7 "));
	buf_clear(&b);
	buf_add(&b, STR("points\n"));
	for (int i = 0; i < 300000; i++)
		buf_printf(&b, "%d %d\n", i % 1000, i / 1000);
	draw(buf_cstr(&b));
	assert(picture.len < 4000000);
	buf_clear(&b);
	for (int n = 0; n < 2; n++) {
		buf_add(&b, STR("bars\n"));
		for (int i = 0; i < 300000; i++)
			buf_printf(&b, "%d\n", i == 123456 ? 1000 : i == 200001 ? -500 : i % 7);
	}
	draw(buf_cstr(&b));
	assert(picture.len < 80000);
	/* 1650 on 270: from zero to 1000, and from 6 to -500. */
	assert(strstr(picture.data, "v163.6") && strstr(picture.data, "v82.8"));
	buf_release(&b);
}

int
main(void)
{
	test_ticks();
	test_descriptions();
	test_what_is_drawn();
	test_hostile_numbers();
	test_many_points();
	buf_release(&picture);
	return 0;
}
