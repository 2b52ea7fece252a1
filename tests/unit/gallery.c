/* What cells show, as Markdown that can stand anywhere, and the files of its pictures. */
#undef NDEBUG
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "runner/output/balance.h"
#include "runner/output/gallery.h"
#include "runner/session/outcome.h"
#include "runner/session/protocol.h"
#include "tangle/base/arena.h"

static struct arena arena;

static const struct gallery *
show(struct display d, const char *folder)
{
	struct outcome o = { .displays = &d, .ndisplays = 1 };
	struct gallery_options how = { .folder = str_of(folder) };
	struct gallery *g = arena_alloc(&arena, 1, sizeof *g);

	gallery_make(g, &o, &how, &arena);
	return g;
}

static void
check_pictures(void)
{
	static const struct {
		struct str bytes;
		const char *ending;
	} known[] = {
		{ { "\x89PNG\r\n\x1a\n...", 11 }, ".png" }, { { "\xFF\xD8\xFF\xE0", 4 }, ".jpg" },
		{ { "GIF89a...", 9 }, ".gif" }, { { "RIFF....WEBPVP8 ", 16 }, ".webp" },
		{ { "<svg>", 5 }, ".svg" }, { { "\xEF\xBB\xBF<?xml version='1.0'?>\n<!-- x -->\n<!DOCTYPE svg>\n<svg\n", 56 }, ".svg" },
		{ { "<svgx>", 6 }, NULL }, { { "RIFF....AVI ", 12 }, NULL }, { { "", 0 }, NULL }, { { "<!--", 4 }, NULL },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		const struct gallery *g = show((struct display){ DISPLAY_IMAGE, STR("t"), known[i].bytes }, "n.skein");

		assert((g->items[0].file.len > 0) == (known[i].ending != NULL));
		assert(!known[i].ending || str_ends(g->items[0].file, str_of(known[i].ending)));
	}
}

static void
check_links(void)
{
	const struct gallery *g = show((struct display){ DISPLAY_SVG, STR("a ](x) ![b] `c` <d> \\\nmore"), STR("<svg/>") },
	    "n (1) [x].skein");
	struct str rest = g->body, name;
	char words[203];

	assert(str_starts(g->body, STR("![a \\](x) \\!\\[b\\] \\`c\\` \\<d\\> \\\\](n%20%281%29%20%5Bx%5D.skein/")));
	assert(gallery_next_link(&rest, STR("n (1) [x].skein"), &name, &arena) && str_eq(name, g->items[0].file));
	assert(!gallery_next_link(&rest, STR("n (1) [x].skein"), &name, &arena));
	rest = STR("](n.skein/../../etc/passwd) ](n.skein/0123456789abcdef) ](n.skein/0123456789abcde/.svg)");
	assert(!gallery_next_link(&rest, STR("n.skein"), &name, &arena));
	memset(words, 'x', 199);
	memcpy(&words[199], "\xC3\xA9.", 4);
	g = show((struct display){ DISPLAY_SVG, str_of(words), STR("<svg/>") }, "n.skein");
	assert(str_starts(g->body, STR("![xxx")) && str_find(g->body, STR("x](n.skein/")) == 2 + 198);
}

static void
check_balance(void)
{
	static const char *const good[] = {
		"", "text < 3", "<b>x</b>", "<p>one<p>two", "<table><tr><td>x<tr><td>y</table>", "<br><img src='a>b'>",
		"<svg><path d=\"M0 0\"/></svg>", "<!-- <div> --><i>x</i>", "<script>if (a < b) '<div>'</script>", "<DIV></div>",
	};
	static const char *const bad[] = {
		"<div>", "</div>", "<b><i></b></i>", "<a href=\"x>y</a>", "<!-- x", "<script>x", "<div", "<div <b></b></div>",
		"<table><tr><td>x", "</p>", "<details><summary>x</summary>",
	};

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert(balance_of(str_of(good[i])) || (fprintf(stderr, "%s\n", good[i]), false));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert(!balance_of(str_of(bad[i])) || (fprintf(stderr, "%s\n", bad[i]), false));
}

static void
check_bounds(void)
{
	static char deep[201 * 3 + 200 * 4 + 1];
	struct outcome o = { .displays_left_out = 3 };
	struct gallery_options how = { .folder = STR("n.skein") };
	struct gallery g;

	gallery_make(&g, &o, &how, &arena);
	assert(str_eq(g.body, STR("(3 more that the cell has shown are left out.)\n")));
	for (size_t i = 0; i < 201; i++)
		memcpy(&deep[i * 3], "<b>", 3);
	for (size_t i = 0; i < 200; i++)
		memcpy(&deep[201 * 3 + i * 4], "</b>", 4);
	assert(!balance_of(str_of(deep)) && balance_of(str_of(&deep[3])));
}

static void
check_texts(void)
{
	static char wide[60 * 1500];
	const struct gallery *g = show((struct display){ DISPLAY_HTML, STR(""), STR("<div>") }, "n.skein");

	assert(g->items[0].why && str_eq(g->body, STR("```\n<div>\n```\n")));
	memset(wide, 'x', sizeof wide);
	for (size_t i = 0; i < 60; i++)
		memcpy(&wide[i * 1500 + 1498], i % 30 == 29 ? "\x1f\x1e" : "x\x1f", 2);
	g = show((struct display){ DISPLAY_TABLE, STR("table"), { wide, sizeof wide } }, "n.skein");
	assert(g->items[0].why && str_eq(g->body, STR("```\ntable\n```\n")));
	g = show((struct display){ DISPLAY_MARKDOWN, STR(""), { "a\0b\x1b[31mc\n\td\r\n\n\n", 16 } }, "n.skein");
	assert(!g->items[0].why && str_eq(g->body, STR("a\\x00bc\n    d\n")));
	assert(gallery_is_safe(STR("- a\n\n  ```c\n  x\n  ```\n")) && !gallery_is_safe(STR("  ```\n")));
	assert(!gallery_is_safe(STR("1. <!-- skein:end -->\n")) && !gallery_is_safe(STR("<pre>\n\nx")));
}

int
main(void)
{
	arena_init(&arena);
	check_pictures();
	check_links();
	check_balance();
	check_texts();
	check_bounds();
	arena_release(&arena);
	return 0;
}
