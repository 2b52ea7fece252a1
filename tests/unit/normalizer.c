/*
 * What does not count when outputs are compared: each normaliser by example.
 */
#undef NDEBUG
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/cell/cell.h"
#include "runner/output/compare.h"
#include "runner/output/pattern.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"

static FILE *nowhere;

struct setup {
	struct arena arena;
	struct diag diag;
	struct normalizers *all;
	struct comparing how;
};

static void
set_up(struct setup *s, const char *words, const char *rules)
{
	struct word rule = { .text = str_of(rules) }, *list;
	struct str rest = str_of(words), w;
	size_t n = 0;

	arena_init(&s->arena);
	diag_init(&s->diag, nowhere, DIAG_COLOR_NEVER);
	s->all = normalizers_new(&rule, rule.text.len > 0, &s->arena, &s->diag);
	list = arena_alloc(&s->arena, strlen(words) + 1, sizeof *list);
	while ((w = str_word(&rest)).len > 0)
		list[n++].text = w;
	s->how = (struct comparing){0};
	normalizers_choose(s->all, list, n, &s->how.normalizing, &s->arena, &s->diag);
	s->how.normalizing.folder = s->how.normalizing.names_folder ? STR("/home/me/doc") : STR("");
}

static void
tear_down(struct setup *s)
{
	normalizers_free(s->all);
	diag_release(&s->diag);
	arena_release(&s->arena);
}

static const char *rules = "";

/* NULL: the same; else the text that takes the place, empty for any. */
static void
expect(const char *words, const char *recorded, const char *made, const char *text)
{
	struct setup s;
	struct str got, again;
	enum comparison found;

	set_up(&s, words, rules);
	assert(s.diag.errors == 0);
	found = compare_texts(&s.how, str_of(recorded), str_of(made), &s.arena, &got);
	if ((found == COMPARISON_DIFFERS) != (text != NULL) ||
	    ((!text || *text) && !str_eq(got, str_of(text ? text : recorded)))) {
		fprintf(stderr, "%s: of '%s' and '%s' came '%.*s'\n", words, recorded, made, STR_ARG(got));
		abort();
	}
	assert(compare_texts(&s.how, got, str_of(made), &s.arena, &again) != COMPARISON_DIFFERS);
	assert(again.data == got.data);
	tear_down(&s);
}

static void
same(const char *words, const char *recorded, const char *made)
{
	expect(words, recorded, made, NULL);
	if (!strstr(recorded, "[..]") && !strstr(recorded, "..."))
		expect("none", recorded, made, "");
}

static void
addresses_keep_who_they_are(void)
{
	same("ptr", "a 0x55550, b 0x66660, a 0x55550\n", "a 0x7ffc1230, b 0x55550, a 0x7ffc1230\n");
	expect("ptr", "p 0x10000\nq 0x10000\n", "p 0x20000\nq 0x30000\n", "p 0x10000\nq 0x30000\n");
	expect("ptr", "p 0x10000\nq 0x20000\n", "p 0x30000\nq 0x30000\n", "p 0x30000\nq 0x30000\n");
	/* whoever is as before is not blamed */
	expect("ptr", "p 0x10000\nq 0x10000\n", "p 0x20000\nq 0x10000\n", "p 0x20000\nq 0x10000\n");
	same("ptr", "at ptr-1, ptr-2, ptr-1\n", "at 0x10000, 0x20000, 0x10000\n");
	expect("ptr", "x 0x10\n", "x 0x20\n", "x 0x20\n");		/* no address */
	expect("ptr", "p 0x10000\n", "p (nil)\n", "p (nil)\n");
	same("ptr", "[..] 0x10000\n...\nend 0x10000\n", "a 0x20000\nb 0x30000\nend 0x20000\n");
	same("ptr", "p = 0x[..]\n", "p = 0x12345678\n");
	expect("ptr", "p [..] 0x10000\nq 0x10000\n", "p is 0x20000\nq 0x30000\n",
	    "p [..] 0x10000\nq 0x30000\n");
	/* what was merged has to match again */
	expect("ptr", "p=0x50000\nq=0x60000\nr=0x60000\n", "p=0x40000\nq=0x70000\nr=0x50000\n",
	    "p=0x40000\nq=0x70000\nr=0x50000\n");
}

static void
names_of_processes_and_places(void)
{
	same("pid", "pid 12 (parent 3), log[12]: x\n", "pid 99 (parent 4), log[99]: x\n");
	same("pid", "==12== ERROR: process 12\n", "==4711== ERROR: process 4711\n");
	expect("pid", "pid 12, pid 12\n", "pid 99, pid 98\n", "pid 99, pid 98\n");
	expect("pid", "a[12] = 5\n", "a[13] = 5\n", "a[13] = 5\n");
	same("tid", "thread 140737353988928 ends, tid=12345\n", "thread 140737353988999 ends, tid=777\n");
	expect("tid", "thread 1\n", "thread 2\n", "thread 2\n");
	same("tmpdir", "wrote /tmp/a8Xz/x.c and $TMPDIR/f.1 and /tmp/a8Xz/y\n",
	    "wrote /tmp/q777/x.c and $TMPDIR/f.2 and /tmp/q777/y\n");
	expect("tmpdir", "/tmp/a/x\n", "/tmp/b/y\n", "/tmp/b/y\n");
	same("picture", "![a](b.skein/0123456789abcdef.svg)\n", "![a](b.skein/00000000000000ff.svg)\n");
	same("uuid", "id 123e4567-e89b-12d3-a456-426614174000\n", "id 00000000-e89b-12d3-a456-4266141740ff\n");
	expect("cwd", "in $PWD/x\n", "in /home/me/doc/x\n", NULL);
	expect("cwd", "in /home/you/x\n", "in /home/me/doc/x\n", "in $PWD/x\n");
	expect("cwd", "in /home/me/doc/x\nb\n", "in /home/me/doc/x\nc\n", "in /home/me/doc/x\nc\n");
}

static void
times(void)
{
	same("time", "at 1:02, 01:02:03.456 and 11:02 PM\n", "at 12:22, 23:59:59.1 and 1:00 AM\n");
	same("date", "on 2024-01-02, 2 Feb 2024, Feb  3 2024\n", "on 2026-11-28, 28 Nov 2026, Nov 28 2026\n");
	same("date", "Sat Nov 28 01:28:31 UTC 2026\n", "Mon Jan  5 11:28:31 CET 2026\n");
	same("date time", "2026-11-28T01:28:31Z\n", "2025-01-01T00:00:00.5+01:00\n");
	same("duration", "took 12 ms, 1.5s, 0m0.005s\n", "took   7.25 s, 300 us, 1m12.5s\n");
	same("duration", "1 s\n... 9 lines (120 bytes) left out ...\n", "2 s\n... 9 lines (1,234 bytes) left out ...\n");
	expect("duration", "... 9 lines (1 byte) left out ...\n", "... 8 lines (1 byte) left out ...\n",
	    "... 8 lines (1 byte) left out ...\n");
	expect("duration", "12 items\n", "13 items\n", "13 items\n");
	expect("time", "line 3:4\n", "line 3:5\n", "line 3:5\n");
}

static void
numbers(void)
{
	same("float:3", "1.000  2.5e+10\n", "0.9999 25000000000\n");
	same("float:6", "0.333333\n", "0.33333333333\n");
	same("float:6", "     -0.00 x\n", "0.000 x\n");
	same("float:4", "nan inf -inf -nan NAN\n", "-nan INF -infinity nan nan\n");
	same("float:2", "x=1.234, y=1.2e-300\n", "x=1.25, y=1.21e-300\n");
	same("float:3", "1\n", "1.0001\n");
	same("float:3", "1.2349999\n", "1.2350001\n");		/* no edge between digits */
	expect("float:3", "1000 items\n", "1001 items\n", "1001 items\n");
	expect("float:3", "1.23\n", "1.24\n", "1.24\n");
	expect("float:3", "inf\n", "-inf\n", "-inf\n");
	expect("float:3", "nan\n", "0.0\n", "0.0\n");
	expect("float:1", "v1.2.3 0x1.5 a1.5\n", "v1.2.4 0x1.5 a1.5\n", "v1.2.4 0x1.5 a1.5\n");
	expect("float:2", "1.0 m\n", "1.0 km\n", "1.0 km\n");
	expect("float:2", "0.0\n", "1e-17\n", "1e-17\n");
	expect("float:2", "nano 1.5\n", "info 1.5\n", "info 1.5\n");
	same("float:16", "1e400 0.1\n", "1.0e400 0.10000000000000000555\n");
	same("float:3", "t [..] 1.000\n", "t x y 0.99999\n");
}

static void
order(void)
{
	same("unordered", "a\nb\nb\n", "b\na\nb\n");
	expect("unordered", "a\nb\nb\n", "a\na\nb\n", "a\nb\na\n");
	expect("unordered", "a: 1\nb: 2\nc: 3\n", "c: 3\nb: 9\na: 1\nd: 4\n", "a: 1\nb: 9\nc: 3\nd: 4\n");
	same("unordered", "a[..]\n[..]b\nab\n", "ab\nab\nab\n");
	same("unordered", "[..]\na[..]\n", "ab\nx\n");
	same("unordered", "x\n...\n", "a\nb\nx\n");
	same("unordered ptr", "t 0x10000\nm 0x20000\nx 0x10000\n", "x 0x90000\nt 0x90000\nm 0x80000\n");
	expect("unordered ptr", "t 0x10000\nx 0x10000\n", "x 0x90000\nt 0x80000\n",
	    "t 0x10000\nx 0x90000\n");
	same("unordered float:3 duration", "1.0 s of 2.001\n3.0 s of 2.5\n", "9 s of 2.5\n8 ms of 2.0\n");
}

static void
own_ones(void)
{
	rules = "addr=s/0x[0-9a-f]+/ADDR/ build=s|build (\\d+)/(?<n>\\d)|build ${n}|i "
	    "pipe=s:a\\:b:c\\:d:  sp=s/a  b/x/g";
	same("addr", "x 0x1 y 0x2\n", "x 0x3 y 0x3\n");
	same("build", "Build 12/3\n", "build 7/3\n");
	expect("build", "build 7/4\n", "build 7/3\n", "build 7/3\n");
	same("pipe", "c:d\n", "a:b\n");
	same("sp", "x a  b\n", "x x\n");
	same("addr,ptr pid", "0x1 0x10000 pid 5\n", "0x2 0x20000 pid 6\n");
	rules = "";
}

static void
words_that_are_wrong(void)
{
	static const struct { const char *words, *rules; } bad[] = {
		{ "pts", "" }, { "ptr:3", "" }, { "float:0", "" }, { "float:18", "" }, { "float:x", "" },
		{ "", "a" }, { "", "a=s/x/y" }, { "", "a=sxayx" }, { "", "a=s/(/x/" }, { "", "a=s/x/$1/" },
		{ "", "ptr=s/a/b/" }, { "", "a=s/a/b/ a=s/c/d/" }, { "", "a=s/a/b/x" }, { "", "=s/a/b/" },
		{ "float:", "" }, { "a", "b=s/a/b/" },
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct setup s;

		set_up(&s, bad[i].words, bad[i].rules);
		if (s.diag.errors != 1) {
			fprintf(stderr, "'%s' '%s': %zu errors\n", bad[i].words, bad[i].rules, s.diag.errors);
			abort();
		}
		tear_down(&s);
	}
}

/* A document has so many steps; then no more is replaced, and that is told once. */
static void
steps_are_bounded(void)
{
	struct buf text = {0};
	struct setup s;
	struct str got;

	for (size_t i = 0; i < 3000; i++) {
		buf_fill(&text, 'x', 300 + i % 7);
		buf_add(&text, STR("!\n"));
	}
	set_up(&s, "slow", "slow=s/(x+x+)+[^x!]/-/");
	assert(compare_texts(&s.how, buf_str(&text), STR("-\n"), &s.arena, &got) == COMPARISON_DIFFERS);
	normalizers_report(s.all, &s.diag);
	normalizers_report(s.all, &s.diag);
	assert(s.diag.errors == 1 && diag_status(&s.diag) == STATUS_LIMIT);
	tear_down(&s);

	/* the longest lines, and one that is longer: each built-in word in little more than linear time */
	set_up(&s, "ptr pid tid tmpdir time duration date uuid picture float:3 unordered", "");
	for (size_t i = 0; i < 8; i++) {
		static const char *const parts[8] = {
			"0x", "1:", "2024-01-02 ", "1", "pid 1 ", "/tmp/", "/tmp/x 0x12345 ", "-1.5e3 Mon Jan "
		};

		buf_clear(&text);
		while (text.len < 60000)
			buf_add(&text, str_of(parts[i]));
		buf_add(&text, STR("\n"));
		assert(compare_texts(&s.how, buf_str(&text), STR("x\n"), &s.arena, &got) == COMPARISON_DIFFERS);
	}
	tear_down(&s);
	buf_release(&text);
}

int
main(void)
{
	nowhere = fopen("/dev/null", "w");
	assert(nowhere);
	addresses_keep_who_they_are();
	names_of_processes_and_places();
	times();
	numbers();
	order();
	own_ones();
	words_that_are_wrong();
	steps_are_bounded();
	fclose(nowhere);
	return 0;
}
