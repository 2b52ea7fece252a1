/*
 * Outputs that are made to be taken for parts of a document, each in documents of
 * all shapes: splice.h says what must be true.  tests/fuzz/splice draws others.
 */
#include <malloc.h>

#include "tests/unit/splice.h"

static unsigned aimed;

/* One text in all places, alone and with others around it. */
static void
aim(struct str text)
{
	static const char *const documents[] = {
		("---\n# a rule\n\n```c\nint x;\n```\n- a\n  ```c\n  x;\n  ```\n- b\n\n> ```c\n> x;\n> ```\n> q\n\n"
		"<!-- skein: cell name=s\nint h;\n-->\n\n1. - > ```c\n     > x;\n     > ```\n\n"
		"```console {.run}\n$ a\nb\n$ c\n```\n\n-\ta\n\n\t```c\n\tx;\n\t```\n\nend\n\n~~~~c\nlast;\n~~~~"),
		("\xEF\xBB\xBF---\r\nskein: {fences: admonitions}\r\n---\r\n\r\n!!! note\r\n\r\n    ```c\r\n    x;\r\n    ```\r\n\r\n"
		"```c\r\nx;\r\n```\r\n\r\n```output\r\nold\r\n```\r\n\r\n  ```c\r\n  y;\r\n  ```\r\n"),
		"* ```c\n  x;\n  ```\n\n  ```output\n  old\n  ```\n\n* b\n\n```c\nx;\n```\n```output\nopen\n\n```c\ny;\n```\n"
	};
	struct str list[] = { text, STR("plain\n"), text };
	struct splice_texts t = { list, 3, 0 };

	for (size_t i = 0; i < sizeof documents / sizeof *documents; i++)
		assert(splice_check(str_of(documents[i]), &t));
	aimed++;
}

/* Each start of a line, with all that means something there, with each end. */
static void
aim_words(void)
{
	static const char *const starts[] = { "", " ", "    ", "\t", "> ", "- ", "x\n" };
	static const char *const words[] = { "```", "~~~", "```output", "~~~~ output-error",
	    "```c", "<!-- skein:end -->", "<!-- skein: cell", "-->", "---", "===", "...", "</pre>", "<script>",
	    "<![CDATA[", "[x]: y", "\\", "#", "|-|", "$$", ":::", "!!! note", "{.c}", "<<a>>", "$ x", "> x", "[1]",
	    "\xC2\xA0```", "\xEF\xBB\xBF---", "\r```", "\033[2J```", "\0```", "\377```", "\xE2\x80\xA8```" };
	static const char *const ends[] = { "", " ", "\n", "\r", "\n\n```" };

	for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
		for (size_t k = 0; k < sizeof words / sizeof *words; k++)
			for (size_t m = 0; m < sizeof ends / sizeof *ends; m++) {
				struct buf b = {0};

				buf_add(&b, str_of(starts[i]));
				buf_add(&b, words[k][0] ? str_of(words[k]) : (struct str){ words[k], 4 });
				buf_add(&b, str_of(ends[m]));
				aim(buf_str(&b));
				buf_release(&b);
			}
}

/* Of both marks, of the lengths at which something changes, open and closing. */
static void
aim_runs(void)
{
	static const size_t lengths[] = { 1, 2, 3, 4, 127, 128, 253, 254, 255, 256, 257, 300, 511, 512 };
	static const char *const ends[] = { "", " \n", " c\n", "\n```", "\n    ~~~" };

	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
		for (size_t k = 0; k < sizeof ends / sizeof *ends; k++)
			for (int both = 0; both < 3; both++) {
				struct buf b = {0};

				buf_fill(&b, both == 1 ? '~' : '`', lengths[i]);
				buf_add(&b, str_of(ends[k]));
				if (both == 2) {
					buf_byte(&b, '\n');
					buf_fill(&b, '~', lengths[i]);
					buf_add(&b, str_of(ends[k]));
				}
				aim(buf_str(&b));
				buf_release(&b);
			}
}

static void
aim_bytes(void)
{
	for (int c = 0; c < 256; c++) {
		char text[] = { '`', '`', '`', (char)c, '\n', (char)c, '`', '`', '`' };

		aim((struct str){ text, sizeof text });
	}
}

/* A line of megabytes, and very many short ones. */
static void
aim_large(size_t size)
{
	struct buf b = {0};

	buf_fill(&b, '`', size);
	aim(buf_str(&b));
	buf_clear(&b);
	for (size_t n = 0; n < size; n += 4)
		buf_add(&b, STR("~~~\n"));
	aim(buf_str(&b));
	buf_release(&b);
}

int
main(int argc, char **argv)
{
	mallopt(M_TRIM_THRESHOLD, 64 << 20);	/* else the heap grows and shrinks all the time */
	aim_words();
	aim_runs();
	aim_bytes();
	aim_large(argc > 1 ? strtoul(argv[1], NULL, 10) : 1 << 16);
	assert(aimed > 500);
	if (argc > 1)
		printf("%u outputs\n", aimed);
	return 0;
}
