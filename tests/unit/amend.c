/*
 * Options written into documents: by example, then in all forms and containers,
 * read back by the document stage; and the patch that shows them.
 */
#undef NDEBUG
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "runner/output/amend.h"
#include "runner/output/patch.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/document/block.h"
#include "tangle/document/blocks.h"

struct reading {
	struct document document;
	struct blocks blocks;
	struct options none;
	struct diag diag;
};

static void
parse(struct reading *r, struct str text)
{
	FILE *nowhere = fopen("/dev/null", "w");

	*r = (struct reading){0};
	assert(nowhere);
	diag_init(&r->diag, nowhere, DIAG_COLOR_NEVER);
	document_init(&r->document);
	assert(document_parse(&r->document, STR("a.md"), arena_str(&r->document.arena, text), &r->diag));
	blocks_find(&r->blocks, &r->document, &r->none, &r->diag);
}

static void
release(struct reading *r)
{
	document_release(&r->document);
	fclose(r->diag.to);
	diag_release(&r->diag);
}

static const struct wish wishes[] = {
	{ { "run", 3 }, { "false", 5 } },
	{ { "omit", 4 }, { "it's \"x\" \\ >", 12 } },
	{ { "unused", 6 }, { "true", 4 } },
};

/* The text with the wishes in it, NUL-terminated; "no" if they cannot stand there. */
static void
amended(struct buf *to, const char *text, size_t block, enum carrier c, size_t nwishes)
{
	struct embed_edit e;
	struct reading r;
	bool ok;

	parse(&r, str_of(text));
	if (block == SIZE_MAX)
		ok = amend_document(&e, &r.document, c, wishes, nwishes, &r.document.arena);
	else
		ok = amend_block(&e, &r.blocks.list[block], c, wishes, nwishes, &r.document.arena);
	if (ok)
		amend_apply(to, str_of(text), &e, 1);
	else
		buf_add(to, STR("no"));
	buf_cstr(to);
	release(&r);
}

static void
expect(const char *text, size_t block, enum carrier c, size_t nwishes, const char *wanted)
{
	struct buf got = {0};
	bool as_wanted;

	amended(&got, text, block, c, nwishes);
	as_wanted = str_eq(buf_str(&got), str_of(wanted));
	if (!as_wanted)
		fprintf(stderr, "%s:\n%s", carrier_word(c), buf_cstr(&got));
	assert(as_wanted);
	buf_release(&got);
}

#define ALL "run=false omit=\"it's \\\"x\\\" \\\\ >\" unused"

static void
a_comment_stands_above_the_fence(void)
{
	expect("a\n\n```c\nx\n```\n", 0, CARRIER_COMMENT, 3,
	    "a\n\n<!-- skein: " ALL " -->\n```c\nx\n```\n");
	expect("- a\r\n  ```c\r\n  x\r\n  ```\r\n", 0, CARRIER_COMMENT, 1,
	    "- a\r\n  <!-- skein: run=false -->\r\n  ```c\r\n  x\r\n  ```\r\n");
	expect("1. ```c\n   x\n   ```\n", 0, CARRIER_COMMENT, 1,
	    "1. <!-- skein: run=false -->\n   ```c\n   x\n   ```\n");
	expect("> - ~~~ C\n>   x\n>   ~~~\n", 0, CARRIER_COMMENT, 1,
	    "> - <!-- skein: run=false -->\n>   ~~~ C\n>   x\n>   ~~~\n");
	expect("<!-- skein: name=x -->\n\n```c\nx\n```\n", 0, CARRIER_COMMENT, 1,
	    "<!-- skein: name=x run=false -->\n\n```c\nx\n```\n");
}

static void
an_info_string_keeps_its_form(void)
{
	expect("```c\nx\n```\n", 0, CARRIER_BRACES, 3, "```c {" ALL "}\nx\n```\n");
	expect("> ~~~ c  \n> x\n> ~~~\n", 0, CARRIER_BRACES, 1, "> ~~~ c {run=false}  \n> x\n> ~~~\n");
	expect("```{.c #a}\nx\n```\n", 0, CARRIER_BRACES, 1, "```{.c #a run=false}\nx\n```\n");
	expect("```c file=a.c\nx\n```\n", 0, CARRIER_BRACES, 1, "```c file=a.c run=false\nx\n```\n");
	expect("```c {}\nx\n```\n", 0, CARRIER_BRACES, 1, "```c {run=false}\nx\n```\n");
}

static void
option_lines_follow_those_that_are_there(void)
{
	expect("```c\nx\n```\n", 0, CARRIER_LINES, 3,
	    "```c\n//| run: false\n//| omit: 'it''s \"x\" \\ >'\n//| unused: true\nx\n```\n");
	expect("> ```c\n> //| name: a\n> x\n> ```\n", 0, CARRIER_LINES, 1,
	    "> ```c\n> //| name: a\n> //| run: false\n> x\n> ```\n");
	expect("- ```c\n  ```\n", 0, CARRIER_LINES, 1, "- ```c\n  //| run: false\n  ```\n");
}

static void
a_document_has_its_options_on_top(void)
{
	expect("# a\n", SIZE_MAX, CARRIER_COMMENT, 1, "<!-- skein: run=false -->\n\n# a\n");
	expect("\xEF\xBB\xBF\r\n# a\r\n", SIZE_MAX, CARRIER_COMMENT, 1,
	    "\xEF\xBB\xBF<!-- skein: run=false -->\r\n\r\n# a\r\n");
	expect("<!-- skein: std=c11 -->\n\n# a\n", SIZE_MAX, CARRIER_COMMENT, 1,
	    "<!-- skein: std=c11 run=false -->\n\n# a\n");
	expect("---\ntitle: a\n---\n# a\n", SIZE_MAX, CARRIER_COMMENT, 1,
	    "---\ntitle: a\n---\n<!-- skein: run=false -->\n\n# a\n");
	expect("---\ntitle: a\n---\n# a\n", SIZE_MAX, CARRIER_FRONT, 1,
	    "---\ntitle: a\nskein:\n  run: false\n---\n# a\n");
	expect("---\nskein:\n    std: c11\ntitle: a\n---\n", SIZE_MAX, CARRIER_FRONT, 1,
	    "---\nskein:\n    run: false\n    std: c11\ntitle: a\n---\n");
	expect("---\nskein: {std: c11}\n---\n", SIZE_MAX, CARRIER_FRONT, 1, "no");
	expect("# a\n", SIZE_MAX, CARRIER_FRONT, 1, "---\nskein:\n  run: false\n---\n\n# a\n");
}

static void
what_would_end_too_early_is_refused(void)
{
	static const struct wish arrow = { { "omit", 4 }, { "-->", 3 } },
	    tick = { { "omit", 4 }, { "`", 1 } }, lines = { { "omit", 4 }, { "a\nb", 3 } };
	struct embed_edit e;
	struct reading r;
	struct arena *a = &r.document.arena;
	const struct block *b;

	parse(&r, STR("```c\nx\n```\n"));
	b = &r.blocks.list[0];
	assert(!amend_block(&e, b, CARRIER_COMMENT, &arrow, 1, a));
	assert(!amend_document(&e, &r.document, CARRIER_COMMENT, &arrow, 1, a));
	assert(!amend_block(&e, b, CARRIER_BRACES, &tick, 1, a));
	for (enum carrier c = 0; c < CARRIERS; c++)
		assert(!amend_block(&e, b, c, &lines, 1, a));
	release(&r);
}

/* ---- all forms in all containers ------------------------------------------------------- */

static void
expect_wishes(const struct options *o)
{
	for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++) {
		const struct option *got = options_find(o, wishes[i].key.data);

		assert(got && str_eq(got->value, wishes[i].value));
	}
}

/* The second block takes the wishes; it and the others are as they were. */
static void
try_form(const char *first, const char *rest, const char *fence, enum carrier c)
{
	char text[512];
	struct buf made = {0};
	struct reading before, after;

	snprintf(text, sizeof text, "~~~\nfirst\n~~~\n\n%s%s\n%sint x;\n%s\n%s  y\n%s%.3s\n\n```c\nlast\n```\n",
	    first, fence, rest, rest, rest, rest, fence);
	parse(&before, str_of(text));
	assert(before.blocks.n == 3);
	amended(&made, text, 1, c, 3);
	parse(&after, buf_str(&made));
	if (after.blocks.n != 3 || after.diag.errors > 0)
		fprintf(stderr, "%s:\n%s", carrier_word(c), made.data);
	assert(after.blocks.n == 3 && after.diag.errors == 0);
	expect_wishes(&after.blocks.list[1].options);
	for (size_t i = 0; i < 3; i++) {
		struct body x = block_body(&before.blocks.list[i]), y = block_body(&after.blocks.list[i]);

		assert(x.nlines == y.nlines);
		for (struct str l, m; body_line(&x, &l) && body_line(&y, &m);)
			assert(str_eq(l, m));
	}
	release(&before);
	release(&after);
	buf_release(&made);
}

static void
all_forms_in_all_containers(void)
{
	static const char *const fences[] = { "```c", "~~~C", "``` c {#n}", "```{.c #n}", "```c #n", "```{c}",
	    "```c\t" };
	static const char *const containers[][2] = { { "", "" }, { "  ", "  " }, { "> ", "> " }, { ">", ">" },
	    { "- ", "  " }, { "10. ", "    " }, { "> - > ", ">   > " }, { "-   * ", "      " } };

	for (size_t f = 0; f < sizeof fences / sizeof *fences; f++)
		for (size_t k = 0; k < sizeof containers / sizeof *containers; k++)
			for (enum carrier c = CARRIER_COMMENT; c <= CARRIER_LINES; c++)
				try_form(containers[k][0], containers[k][1], fences[f], c);
}

/* ---- patches ----------------------------------------------------------------------------- */

static void
a_patch_has_whole_lines_and_joins_what_is_near(void)
{
	static const char text[] = "1\n2\n3\n4\n> ```c\n6\n```\n8\r\n9\n10\n11\n12\n13\n14 \n```text\nend";
	const struct embed_edit e[] = {
		{ 0, 0, STR("on top\n") }, { 10, 10, STR("<!-- x -->\n> ") },
		{ sizeof text - 9, sizeof text - 5, STR("output") } };
	struct buf patch = {0};

	patch_write(&patch, STR("a b.md"), str_of(text), e, 3);
	assert(str_eq(buf_str(&patch), STR(
	    "--- a b.md\n+++ a b.md\n"
	    "@@ -1,7 +1,9 @@\n+on top\n 1\n 2\n 3\n 4\n+> <!-- x -->\n > ```c\n 6\n ```\n"
	    "@@ -12,5 +14,5 @@\n 12\n 13\n 14 \n-```text\n+```output\n end\n\\ No newline at end of file\n")));
	buf_release(&patch);
}

int
main(void)
{
	a_comment_stands_above_the_fence();
	an_info_string_keeps_its_form();
	option_lines_follow_those_that_are_there();
	a_document_has_its_options_on_top();
	what_would_end_too_early_is_refused();
	all_forms_in_all_containers();
	a_patch_has_whole_lines_and_joins_what_is_near();
	return 0;
}
