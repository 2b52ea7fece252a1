/*
 * Documents made of nasty pieces of lines: what scan, skeleton and chunks find
 * must be what libcmark says of the whole text, to the byte.
 *
 *	document SEED SECONDS [FILE...]
 *
 * With files, they are compared instead.  A document that differs is made
 * smaller, line by line, and printed.
 */
#undef NDEBUG
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tangle/base/file.h"
#include "tests/unit/plain.h"

static uint64_t state;
static FILE *nowhere;

/* xorshift64*: the same on each machine. */
static uint32_t
any(uint32_t below)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (uint32_t)((state * 0x2545f4914f6cdd1d) >> 33) % below;
}

static const char *const marks[] = {
	"", "", "", "", "", "", "", "", " ", "  ", "   ", "    ", "     ", "\t", " \t", "  \t", "\t\t",
	"> ", ">", ">", "> > ", ">\t", " > ", "   > ", "- ", "-  ", "-\t", "-\t\t", "-     ", "* ", "+ ",
	"1. ", "1) ", "2. ", "10) ", "123456789. ", "1234567890. ", "- - ", "- > ", "> - ", "1. - ",
	"-\v", "-\f", "* * ",
};

static const char *const texts[] = {
	"", "", "", "", "", " ", "\t", "a", "a", "text of words", "foo \"bar\"", "\"", "'", "title\"", "(t)",
	"```", "```", "```", "```", "````", "``````", "~~~", "~~~~", "```c", "```c {#x file=y}", "~~~ c ` d",
	"``` a`b", "``", "~~", "```  ", "~~~\t", "``` -->", "~~~ </pre>", "`````c", "~~~~ </script> ?>",
	"-", "--", "---", "----", "- - -", "- -", "* * *", "***", "**", "*", "_ _ _", "___", "__", "=", "==", "===",
	"= =", "- --", "--- -", "-- foo", "*foo*", "_foo_", "+", "+++",
	"#", "# h", "## h ##", "###### h", "####### h", "#h", "#\t", "# -->",
	"<!--", "<!-- c -->", "<!-->", "<!--->", "-->", "a --> b", "--", "<!-- skein: name=x -->", "<!-- skein: cell",
	"<!-- skein: cell name=s -->", "<!-- skein: std=c17", "<!-- skein:begin -->", "<!-- skein:end -->",
	"<!-- skein: x --> tail", "  <!-- skein: file=y",
	"<?", "<?php", "?>", "<? ?>", "<!X", "<!DOCTYPE a>", "<!x", "<!", "<! a>", ">", "a > b", "<![CDATA[", "<![cdata[", "]]>",
	"<script>", "<script", "<SCRIPT src=x>", "</script>", "</SCRIPT>", "<pre>", "<pre/>", "<pre x/>", "</pre>", "</pre >",
	"<style>x</style>", "<textarea>", "</textarea> a", "<scriptx>",
	"<div>", "<div", "<div class=\"a\">", "</div>", "<div/>", "<div/", "<div/x", "<p>text", "<h1>", "<hr />", "<li>", "<source>",
	"<search>", "<dialog x", "<divx>",
	"<b>", "</b>", "<b class=\"x\">", "<b class='x' >", "<b c=d/>", "<b c = d>", "<b c=>", "<b c=\"-->\">", "<b c=\"</pre>\">",
	"<b c=\"?>]]>\" d>", "<b> text", "<b>  ", "<b>\t", "<b>\f", "<b>\v", "<b c=`>", "<b\vc>", "<b-c>", "<b:c>", "<1>", "</1>", "</b c>", "</b/>",
	"<a/>", "<a / >", "<a/ >", "< b>", "<", "<http://x.y>", "<averyveryverylongname x=y>", "<averyveryverylongname", "<b c=-->", "<b x='a\"' y=\"'\">",
	"<i\xC3\xA9>", "<i \xC3\xA9>", "<i x=\xC3\xA9>", "<i x=\xFF>", "<i/><b>",
	"[a]: /u", "[a]: /u \"t\"", "[a]: /u \"t", "[a]:", "[a]", "[a]: <b> (t)", "[", "]: /u", "[a", "b]: /u", "[a]: /u 't' x", "[^1]: note text",
	"[*a*]: _u_ \"`!&\"", "[a\\]: /u", "[a\\]]: /u", "[]: /u", "[ ]: x", "[a]: \xFF", "[a]: /u (", ")", "/u", "<b c>", "[a]: # x", "[b]: <", "[c]:\t</d>",
	"[a]: /u \"2. x\"", "\\[a]: /u",
	"    code", "    ```c", "    <b>", "\xEF\xBB\xBF", "\xEF\xBB\xBF```c", "\xC3\xA9t\xC3\xA9", "\xFF\xFE", "\xED\xA0\x80", "\f", "\v", "\f```", "\vx",
	"!!! note", "??? a", "=== \"T\"", "```c\v", "```\f", "~~~\v",
	"```\\ ", "\\```", "&gt; x", "1.", "1)", "12. a", "1.a", "-a", "+a", "1986\\. x", "*a", "| a | b |", "|---|---|",
	"title: x", "skein:", "...", "`code` here", "**bold** text", "![[]()", "a\001b",
};

static const char *const endings[] = { "\n", "\n", "\n", "\n", "\n", "\n", "\n", "\n", "\n", "\n", "\r\n", "\r" };

#define ANY(list)	str_of(list[any(sizeof list / sizeof *list)])

static void
add_run(struct buf *b, char c)
{
	static const size_t lengths[] = { 3, 4, 5, 127, 128, 254, 255, 256, 257, 300 };

	buf_fill(b, c, lengths[any(sizeof lengths / sizeof *lengths)]);
}

static void
add_line(struct buf *b, struct str ending)
{
	for (uint32_t n = any(3); n > 0; n--)
		buf_add(b, ANY(marks));
	switch (any(40)) {
	case 0:
		add_run(b, '`');
		break;
	case 1:
		add_run(b, '~');
		break;
	case 2:
		buf_byte(b, '\0');
		buf_add(b, ANY(texts));
		break;
	case 3:
		buf_add(b, ANY(texts));
		buf_byte(b, '\0');
		break;
	case 4:
		buf_add(b, ANY(texts));
		buf_add(b, ANY(texts));
		break;
	default:
		buf_add(b, ANY(texts));
	}
	if (any(12) == 0)
		buf_byte(b, any(2) ? ' ' : '\t');
	buf_add(b, ending);
}

static void
make(struct buf *b)
{
	uint32_t lines = 1 + any(any(10) ? 12 : 60), mixed = any(6), calm = any(3);
	struct str ending = ANY(endings);

	buf_clear(b);
	if (any(20) == 0)
		buf_add(b, STR("\xEF\xBB\xBF"));
	if (any(20) == 0)
		buf_add(b, STR("---\ntitle: x\n---\n"));
	while (lines-- > 0) {
		size_t at = b->len;

		if (mixed == 0)
			ending = ANY(endings);
		add_line(b, ending);
		if (any(12) == 0)	/* the same again */
			for (uint32_t n = any(any(4) ? 5 : 40), len = (uint32_t)(b->len - at); n > 0; n--) {
				buf_room(b, len);
				buf_add(b, str_slice(buf_str(b), at, at + len));
			}
		if (calm > 0 && any(4) < calm)
			buf_add(b, ending);
	}
	if (any(4) == 0 && b->len > 0)
		b->len--;
}

/* ---- differences -------------------------------------------------------------- */

static enum plain_result
compare(struct str text)
{
	size_t n;

	return plain_compare(text, nowhere, &n);
}

/* Take away what is not needed: halves, lines, then bytes. */
static void
shrink(struct buf *b)
{
	FILE *out = stdout;

	stdout = nowhere;
	for (size_t size = b->len; size > 0; size /= 2) {
		for (size_t at = 0; at + size <= b->len;) {
			struct buf less = {0};

			buf_add(&less, str_slice(buf_str(b), 0, at));
			buf_add(&less, str_slice(buf_str(b), at + size, b->len));
			if (compare(buf_str(&less)) == PLAIN_DIFFERS) {
				buf_clear(b);
				buf_add(b, buf_str(&less));
			} else {
				at += size > 8 ? size / 4 : 1;
			}
			buf_release(&less);
		}
	}
	stdout = out;
}

static void
show(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c == '\n')
			printf("\\n\n");
		else if (c < 32 || c > 126)
			printf("\\x%02x", c);
		else
			putchar(c);
	}
	printf("|\n");
}

static int
fuzz(unsigned long seed, double seconds)
{
	unsigned long made = 0, refused = 0;
	clock_t end = clock() + (clock_t)(seconds * CLOCKS_PER_SEC);
	struct buf b = {0};

	for (; clock() < end; made++) {
		enum plain_result r;

		state = (seed + made) * 0x9E3779B97F4A7C15u | 1;
		any(2);
		make(&b);
		r = compare(buf_str(&b));
		refused += r == PLAIN_REFUSED;
		if (r != PLAIN_DIFFERS)
			continue;
		printf("document %lu of seed %lu differs:\n", made, seed);
		shrink(&b);
		show(buf_str(&b));
		compare(buf_str(&b));
		return 1;
	}
	printf("%lu documents, %lu refused\n", made, refused);
	buf_release(&b);
	return 0;
}

static int
compare_files(char **paths)
{
	unsigned long files = 0, parts = 0, refused = 0, differ = 0;

	for (; *paths; paths++) {
		struct arena a;
		struct diag diag;
		struct str text;
		size_t n = 0;

		arena_init(&a);
		diag_init(&diag, nowhere, DIAG_COLOR_NEVER);
		if (file_read(NULL, str_of(*paths), (size_t)1 << 30, &a, &text, &diag)) {
			enum plain_result r = plain_compare(text, nowhere, &n);

			files++;
			parts += n;
			refused += r == PLAIN_REFUSED;
			differ += r == PLAIN_DIFFERS;
			if (r != PLAIN_SAME)
				printf("%s: %s\n", *paths, r == PLAIN_REFUSED ? "refused" : "differs");
		}
		diag_release(&diag);
		arena_release(&a);
	}
	printf("%lu files, %lu parts, %lu refused, %lu differ\n", files, parts, refused, differ);
	return differ > 0;
}

int
main(int argc, char **argv)
{
	assert(argc > 2);
	nowhere = fopen("/dev/null", "w");
	assert(nowhere);
	setvbuf(stdout, NULL, _IONBF, 0);
	if (argc > 3)
		return compare_files(argv + 3);
	return fuzz(strtoul(argv[1], NULL, 10), strtod(argv[2], NULL));
}
