/*
 * Documents that are slow to read for those who are not careful: what upstream's
 * own test of libcmark has, of which 0.30.2 takes 13 s and more for some, and as
 * many of our own.  Here only the program's end is waited for; with an argument it
 * prints how long each took.
 *
 * Each is a head, a piece so many times, and a tail.  Sizes are those of upstream.
 */
#undef NDEBUG
#include <assert.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/document/block.h"
#include "tangle/document/blocks.h"

enum { MANY = 60000, MOST_SECONDS = 120 };

static const struct {
	const char *name, *head, *piece;
	unsigned times;
	const char *tail;
	bool refused;		/* too deep */
} inputs[] = {
	/* Upstream's, where a piece repeated makes them. */
	{ "nested strong emphasis", "", "*a **a ", 65000, "b", false },
	{ "closers of emphasis", "", "a_ ", 65000, "", false },
	{ "openers of emphasis", "", "_a ", 65000, "", false },
	{ "closers of links", "", "a]", 65000, "", false },
	{ "openers of links", "", "[a", 65000, "", false },
	{ "mismatched openers and closers", "", "*a_ ", 50000, "", false },
	{ "cmark#389", "", "*a _a*_ ", 20000, "", false },
	{ "openers and closers, multiple of 3", "a**b", "c* ", 50000, "", false },
	{ "openers of links, closers of emphasis", "", "[ a_", 50000, "", false },
	{ "brackets and parentheses", "", "[ (](", 80000, "", false },
	{ "images of links", "", "![[]()", 160000, "", false },
	{ "nested brackets", "", "[", 50000, "a]", false },
	{ "nested quotes", "", "> ", 50000, "a", true },
	{ "a quote and emphasis", ">", "a*", 150000, "", false },
	{ "backticks", "", "e`f``g```h````", 20000, "", false },
	{ "links not closed", "", "[a](<b", 30000, "", false },
	{ "links not closed, bare", "", "[a](b", 30000, "", false },
	{ "comments not closed", "", "a <!-- ", MANY, "", false },
	{ "instructions not closed", "", "a <?", MANY, "", false },
	{ "declarations not closed", "", "a <!A ", MANY, "", false },
	{ "CDATA not closed", "", "a <![CDATA[", MANY, "", false },
	{ "references", "", "[a]: u\n[a] ", MANY, "", false },
	{ "nested empty items", "", "- ", 30000, "x\n", true },
	{ "nested empty items in a quote", "> ", "- ", 30000, "x\n", true },

	/* Depth that is allowed, and much below it. */
	{ "blank lines below", "> > > > - - - - - - - - x\n", "\n", 300000, "", false },
	{ "blank quoted lines below", "> - - - - - - - - x\n", ">\n> \n", 100000, "", false },
	{ "lazy lines below", "> > > > > > > > a\n", "b\n", 300000, "", false },
	{ "ordered lists", "", "1. ", MANY, "x\n", true },
	{ "lists in quotes in lists", "", "> - ", MANY, "x\n", true },
	{ "quotes without blanks", "", ">", 100000, "x\n", true },
	{ "lists and tabs", "", "-\t", MANY, "x\n", true },
	{ "items by turns with quotes", "", "- a\n> b\n", MANY, "", false },
	{ "one list", "", "- a\n\n", MANY, "", false },
	{ "one item", "- a\n\n", "  b\n\n", MANY, "", false },
	{ "one quote", "", "> a\n>\n", MANY, "", false },
	{ "tabs in quotes", "", ">\t>\t>\t>\tx\n", MANY, "", false },
	/* Breaks and headings. */
	{ "breaks", "", "* * *\n", MANY, "", false },
	{ "a long break", "", "* ", 1000000, "", false },
	{ "dashes", "", "-", 1000000, "", false },
	{ "underlined headings", "", "a\n=\n", MANY, "", false },
	{ "underlines of definitions", "", "[a]: /u\n=\n", MANY, "", false },
	{ "hashes", "# ", "#", 1000000, "", false },
	/* Definitions, where text is kept. */
	{ "definitions", "", "[a]: /u \"t\"\n", MANY, "", false },
	{ "definitions in an item", "- x\n\n", "  [a]: /u\n", MANY, "", false },
	{ "a title that does not end", "- x\n\n  [a]: /u \"\n", "  b\n", MANY, "", false },
	{ "brackets below a definition", "- [a]: /u\n  ", "[", MANY, "", false },
	{ "images below a definition", "- [a]: /u\n  ", "![[]()", MANY, "", false },
	{ "emphasis below a definition", "- [a]: /u\n  a**b", "c* ", MANY, "", false },
	{ "links below a definition", "- [a]: /u\n  ", "[a](<b", MANY, "", false },
	{ "backticks below a definition", "- [a]: /u\n  ", "e`f``g```h````", MANY, "", false },
	{ "labels", "- ", "[a]:", MANY, "", false },
	{ "labels without an end", "", "- [a\n", MANY, "", false },
	{ "labels with an end far off", "", "- [a\n", MANY, "]:\n", false },
	/* HTML. */
	{ "tags", "", "<div\n", MANY, "", false },
	{ "attributes", "- <a ", "b=c ", MANY, "", false },
	{ "a value that does not end", "- <a b=\"", "x", 1000000, "", false },
	{ "a comment that does not end", "<!--\n", "x\n", MANY, "", false },
	{ "and one in a list", "- <!--\n", "  x y\n", MANY, "", false },
	{ "a preformatted text that does not end", "- <pre>\n", "  a\n\n   b\n", MANY, "", false },
	{ "ends that are none", "- <![CDATA[\n", "  ]]\n", MANY, "", false },
	{ "half tags", "", "- </", MANY, "", false },
	/* Fences. */
	{ "a fence that does not end", "```\n", "x\n", MANY, "", false },
	{ "a fence of backticks only", "", "`", 1000000, "", false },
	{ "fences of tildes", "", "~~~\n", MANY, "", false },
	{ "fences of two lengths", "", "```\n````\n", MANY, "", false },
	{ "a fence in an item that does not end", "- ```\n", "  x\n   y\n", MANY, "", false },
	{ "runs in a body", "~~~\n", "`~``~~\n", MANY, "", false },
	/* Bytes. */
	{ "lone carriage returns", "", "a\r", MANY, "", false },
	{ "CR LF in lists", "", "- a\r\n", MANY, "", false },
	{ "bytes that are no UTF-8", "a\n", "\xFF\xFE\xFD\n", MANY, "", false },
	{ "tabs", "", "\t", 1000000, "x\n", false },
	{ "lines of a blank", "", " \n", MANY, "", false },
	{ "digits", "", "1", 1000000, "", false },
	{ "escapes", "", "\\", 1000000, "", false },
	{ "entities", "", "&amp;&#x41;&nosuch;", MANY, "", false },
	/* Options. */
	{ "options", "```c {", " a=b", MANY, "}\nx\n```\n", false },
	{ "quotes in an option", "```c {#a file=\"", "\\\"", MANY, "}\nx\n```\n", false },
	{ "labels of nothing", "", "<!-- skein: name=x -->\n", 20000, "", false },
	{ "cells in comments", "", "<!-- skein: cell\nint x;\n-->\n", 10000, "", false },
	{ "outputs of nothing", "", "```output\nx\n```\n", 20000, "", false },
	{ "front matter of brackets", "---\nskein: ", "[", MANY, "\n---\n", false },
	{ "front matter without an end", "---\nskein:\n", "x: y\n", MANY, "", false },
};

static bool
has_limit(const struct diag *d)
{
	return d->seen & (1ul << STATUS_LIMIT);
}

static void
read_one(size_t i, FILE *nowhere, bool loud)
{
	const struct options none = {0};
	clock_t start = clock();
	struct document d;
	struct blocks blocks;
	struct buf b = {0};
	struct diag diag;
	bool ok;

	buf_add(&b, str_of(inputs[i].head));
	for (unsigned n = inputs[i].times; n > 0; n--)
		buf_add(&b, str_of(inputs[i].piece));
	buf_add(&b, str_of(inputs[i].tail));
	diag_init(&diag, nowhere, DIAG_COLOR_NEVER);
	document_init(&d);
	ok = document_parse(&d, STR("x.md"), buf_str(&b), &diag);
	if (ok)
		blocks_find(&blocks, &d, &none, &diag);
	if (loud)
		printf("%6.3f s %8zu bytes  %s%s\n", (double)(clock() - start) / CLOCKS_PER_SEC, b.len,
		    inputs[i].name, has_limit(&diag) ? ": over a limit" : "");
	assert(ok != inputs[i].refused && "what is too deep is refused, and nothing else");
	assert(ok || has_limit(&diag));
	document_release(&d);
	diag_release(&diag);
	buf_release(&b);
}

int
main(int argc, char **argv)
{
	FILE *nowhere = fopen("/dev/null", "w");

	(void)argv;
	assert(nowhere);
	setvbuf(stdout, NULL, _IOLBF, 0);
	alarm(MOST_SECONDS);
	for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
		read_one(i, nowhere, argc > 1);
	fclose(nowhere);
	return 0;
}
