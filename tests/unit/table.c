/* Tables, as Markdown that says what their fields say. */
#undef NDEBUG
#include "runner/output/table.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "tangle/base/buf.h"

/* Of a text in which '/' ends a field and '\n' a row. */
static void
expect(const char *text, const char *markdown)
{
	struct buf data = {0}, b = {0};

	for (; *text; text++)
		buf_byte(&data, *text == '/' ? 0x1F : *text == '\n' ? 0x1E : *text);
	assert(table_markdown(&b, buf_str(&data)));
	if (strcmp(buf_cstr(&b), markdown) != 0) {
		fprintf(stderr, "expected:\n%sgot:\n%s", markdown, buf_cstr(&b));
		assert(!"other Markdown");
	}
	buf_release(&data);
	buf_release(&b);
}

static void
test_alignment(void)
{
	expect("name/>size/^at/<by/\na/12/x/\xC3\xA9/\nlonger/7/y/z/\n",
	    "| name   | size | at  | by  |\n"
	    "| ------ | ---: | :-: | :-- |\n"
	    "| a      |   12 |  x  | \xC3\xA9   |\n"
	    "| longer |    7 |  y  | z   |\n");
}

static void
test_ragged_rows(void)
{
	expect("a/\n1/2/\n\n3",
	    "| a   |     |\n"
	    "| --- | --- |\n"
	    "| 1   | 2   |\n"
	    "|     |     |\n"
	    "| 3   |     |\n");
}

/* That a reader sees the field again is tested in tests/runner/pictures.bats. */
static void
test_escapes(void)
{
	expect("x/y/\na|b/C:\\d\\/\n",
	    "| x    | y      |\n"
	    "| ---- | ------ |\n"
	    "| a\\|b | C:\\d\\\\ |\n");
	expect("x/\n<b>*&amp;/\n2 * a_b _c_/\n",
	    "| x             |\n"
	    "| ------------- |\n"
	    "| \\<b>\\*\\&amp;  |\n"
	    "| 2 * a_b \\_c\\_ |\n");
}

static void
test_bounds(void)
{
	struct buf data = {0}, b = {0};

	assert(!table_markdown(&b, (struct str){0}) && b.len == 0);
	assert(!table_markdown(&b, STR("\x1E\x1E")) && b.len == 0);
	for (int i = 0; i < 1000; i++)
		buf_printf(&data, "%d\x1F\x1E", i);
	assert(table_markdown(&b, buf_str(&data)));
	assert(str_ends(buf_str(&b), STR("| 198 |\n| ... 801 rows left out |\n")));
	buf_clear(&data);
	buf_clear(&b);
	buf_fill(&data, 0x1F, 1000);
	assert(table_markdown(&b, buf_str(&data)) && b.len < 2000);
	buf_clear(&data);
	buf_clear(&b);
	buf_fill(&data, 'x', 1000000);
	buf_add(&data, STR("\x1E" "y"));
	assert(table_markdown(&b, buf_str(&data)) && b.len < 10000);
	buf_release(&data);
	buf_release(&b);
}

int
main(void)
{
	test_alignment();
	test_ragged_rows();
	test_escapes();
	test_bounds();
	return 0;
}
