/*
 * Recorded outputs and new ones: by example, then beside the plainest way to say
 * what matches, on small random texts.
 */
#undef NDEBUG
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/output/align.h"
#include "runner/output/compare.h"
#include "runner/output/line.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"

enum { CASES = 30000 };

static const struct comparing usual, literally = { .literally = true };

/* ---- by example ---------------------------------------------------------------------- */

static enum comparison
compared(const struct comparing *how, const char *recorded, const char *made, const char *text)
{
	struct arena a;
	struct str got;
	enum comparison found;

	arena_init(&a);
	found = compare_texts(how, str_of(recorded), str_of(made), &a, &got);
	if (!str_eq(got, str_of(text ? text : recorded))) {
		fprintf(stderr, "of '%s' and '%s' came '%.*s'\n", recorded, made, STR_ARG(got));
		abort();
	}
	if (found == COMPARISON_DIFFERS) {
		struct str same = got;

		assert(compare_texts(how, same, str_of(made), &a, &got) != COMPARISON_DIFFERS);
		assert(got.data == same.data);
	} else {
		assert(got.data == recorded);
	}
	arena_release(&a);
	return found;
}

static void
same(const char *recorded, const char *made)
{
	assert(compared(&usual, recorded, made, NULL) == COMPARISON_SAME);
}

static void
by_pattern(const char *recorded, const char *made)
{
	assert(compared(&usual, recorded, made, NULL) == COMPARISON_BY_PATTERN);
	assert(compared(&literally, recorded, made, made) == COMPARISON_DIFFERS);
}

static void
differs(const char *recorded, const char *made, const char *text)
{
	assert(compared(&usual, recorded, made, text) == COMPARISON_DIFFERS);
}

static void
blanks_at_ends_do_not_count(void)
{
	same("", "");
	same("a \r\nb", "a\nb\n");
	same("a\rb\r", "a\nb\n");
	differs(" a\n", "a\n", "a\n");
	differs("a\n", "a\n\n", "a\n\n");
	differs("", "a\n", "a\n");
	differs("a\n", "", "");
}

static void
a_gap_is_any_lines(void)
{
	by_pattern("...\n", "");
	by_pattern("...\n", "a\nb\n");
	by_pattern("  ...  \nb\n", "a\nb\n");
	by_pattern("a\n...\nb\n", "a\nb\n");
	by_pattern("a\n...\nb\n...\nc", "a\nb\nc\nb\nb\nd\nc\n");
	by_pattern("...\nb\nc\n", "b\nb\nc\nb\nc\n");
	by_pattern("...\n...\n", "\n");
	differs("...\na\n", "a\nb\n", "...\na\nb\n");
	differs("a\n...\nz\n", "a\nx\ny\nzz\n", "a\n...\nzz\n");
	differs("....\n", "a\n", "a\n");
	differs("Loading...\n", "Loading\n", "Loading\n");
}

static void
a_wild_line_has_any_text(void)
{
	by_pattern("took [..] s\n", "took 0.5 s\n");
	by_pattern("took [..] s\n", "took  s\n");
	by_pattern("[..]\n", "\n");
	by_pattern("[..]b[..]\n", "abc  \n");
	by_pattern("a[..]a\n", "aa\n");
	by_pattern("x=[..], y=[..]\n", "x=1, y=2, y=3\n");
	differs("a[..]a\n", "a\n", "a\n");
	differs("[..]b[..]b\n", "ab\n", "ab\n");
	differs("a[..]\nb[..]\nc[..]\n", "a1\nx\nc3\n", "a[..]\nx\nc[..]\n");
}

static void
what_a_program_printed_is_no_pattern(void)
{
	static const char *const texts[] = {
		"...\n", " ...\n", "\\...\n", "[..]\n", "a [..] \\[..] \\\\[..]\n...\n", "\\\\...\n", "....\n",
		"\\", "[..", "...", "x ...\n", ">>> def f():\n... \n"
	};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct str made = str_of(texts[i]), written, text;
		struct arena a;

		arena_init(&a);
		written = compare_written(&usual, made, &a);
		assert(compare_texts(&usual, written, made, &a, &text) == COMPARISON_SAME);
		assert(compare_texts(&usual, written, STR("other\n"), &a, &text) == COMPARISON_DIFFERS);
		assert(compare_texts(&usual, written, STR("a b \\[..] \\\\[..]\n...\n"), &a, &text) ==
		    COMPARISON_DIFFERS);
		assert(str_eq(str_trim(compare_written(&literally, made, &a)), str_trim(made)) ||
		    made.data[made.len - 1] != '\n');
		arena_release(&a);
	}
	differs("a\n", "...\n", "\\...\n");
	same("...\n", "...\n");		/* as someone wrote it */
	same("\\...\n", "...\n");
	same("x \\[..]\n", "x [..]\n");
	differs("\\...\n", "b\n", "b\n");
	assert(compared(&literally, "a\n", "...\n", "...\n") == COMPARISON_DIFFERS);
}

static void
of_an_error_kind_and_line_count(void)
{
	static const struct { const char *recorded, *made; bool same; } cases[] = {
		{ "crashed: here\nline 4: x\nin f, line 1: y\n", "crashed: there\nline 4: z\n", true },
		{ "crashed: here\nline 4: x\n", "crashed: here\nline 5: x\n", false },
		{ "crashed: here\nline 4: x\n", "crashed: here\n", false },
		{ "exit status 3\n", "exit status 4\n", false },
		{ "line 3: error: 'x' undeclared\n", "line 3: error: undeclared identifier 'x'\n", true },
		{ "line 3: error: a\n", "line 4: error: a\n", false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct str recorded = str_of(cases[i].recorded), made = str_of(cases[i].made), text;

		assert((compare_error(recorded, made, &text) == COMPARISON_SAME) == cases[i].same);
		assert(text.data == (cases[i].same ? recorded.data : made.data));
	}
}

/* ---- beside the plainest way --------------------------------------------------------- */

static uint64_t state;

static size_t
any(size_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (size_t)(state >> 11) % below;
}

static bool
glob(const char *p, const char *t)
{
	if (strncmp(p, "[..]", 4) == 0)
		return glob(p + 4, t) || (*t && glob(p, t + 1));
	return *p ? *p == *t && glob(p + 1, t + 1) : !*t;
}

enum { MOST = 7 };

struct text {
	const char *lines[MOST];
	size_t n;
};

static void
random_text(struct text *t, bool is_pattern)
{
	static const char *const words[] = {
		"a", "b", "ab", "", "ba", "aba", "...", "[..]", "a[..]", "[..]b", "...", "a[..]a"
	};

	t->n = any(MOST + 1);
	for (size_t i = 0; i < t->n; i++)
		t->lines[i] = words[any(is_pattern ? 12 : 6)];
}

static bool
is_gap(const char *line)
{
	return strcmp(line, "...") == 0;
}

static bool
match(const struct text *r, size_t i, const struct text *m, size_t j)
{
	if (i == r->n)
		return j == m->n;
	if (is_gap(r->lines[i]))
		return match(r, i + 1, m, j) || (j < m->n && match(r, i, m, j + 1));
	return j < m->n && glob(r->lines[i], m->lines[j]) && match(r, i + 1, m, j + 1);
}

/* The most recorded lines that can stay. */
static size_t
most(const struct text *r, size_t i, const struct text *m, size_t j)
{
	size_t best, other;

	if (i == r->n)
		return 0;
	if (is_gap(r->lines[i]))
		return 1 + most(r, i + 1, m, j);
	best = most(r, i + 1, m, j);
	for (size_t k = j; k < m->n; k++) {
		other = glob(r->lines[i], m->lines[k]) ? 1 + most(r, i + 1, m, k + 1) : 0;
		best = other > best ? other : best;
	}
	return best;
}

static struct str
joined(const struct text *t, struct arena *a)
{
	struct buf b = {0};

	for (size_t i = 0; i < t->n; i++)
		buf_printf(&b, "%s\n", t->lines[i]);
	return buf_take(&b, a);
}

static size_t
stays(struct str recorded, struct str made, struct arena *a)
{
	struct lines r = {0}, m = {0};
	struct way w = {0};
	size_t n = 0;

	lines_read(&r, recorded, true, NULL, a);
	lines_read(&m, made, false, NULL, a);
	align(&w, &r, &m);
	for (size_t i = 0; i < w.n; i++)
		n += w.list[i].fate == FATE_STAYS || w.list[i].fate == FATE_GAP;
	way_release(&w);
	lines_release(&r);
	lines_release(&m);
	return n;
}

static void
random_case(void)
{
	struct text r, m;
	struct str recorded, made, text, again;
	enum comparison found;
	struct arena a;

	random_text(&r, true);
	random_text(&m, false);
	arena_init(&a);
	recorded = joined(&r, &a);
	made = joined(&m, &a);
	found = compare_texts(&usual, recorded, made, &a, &text);
	if ((found != COMPARISON_DIFFERS) != match(&r, 0, &m, 0)) {
		fprintf(stderr, "'%.*s' and '%.*s'\n", STR_ARG(recorded), STR_ARG(made));
		abort();
	}
	assert(stays(recorded, made, &a) == most(&r, 0, &m, 0));
	assert((text.data == recorded.data) == (found != COMPARISON_DIFFERS));
	assert(compare_texts(&usual, text, made, &a, &again) != COMPARISON_DIFFERS);
	assert(again.data == text.data);
	assert(compare_texts(&usual, recorded, recorded, &a, &text) == COMPARISON_SAME);
	arena_release(&a);
}

/* What would take too long with a plain table or plain backtracking. */
static void
much(void)
{
	struct buf gaps = {0}, lines = {0}, wild = {0};
	struct str text;
	struct arena a;

	arena_init(&a);
	for (size_t i = 0; i < 20000; i++) {
		buf_add(&gaps, i % 2 ? STR("a\n") : STR("...\n"));
		buf_add(&lines, STR("a\n"));
		buf_add(&wild, STR("[..]a[..]a[..]b\n"));
	}
	buf_add(&gaps, STR("b\n"));
	assert(compare_texts(&usual, buf_str(&gaps), buf_str(&lines), &a, &text) == COMPARISON_DIFFERS);
	assert(compare_texts(&usual, text, buf_str(&lines), &a, &text) != COMPARISON_DIFFERS);
	assert(compare_texts(&usual, buf_str(&wild), buf_str(&lines), &a, &text) == COMPARISON_DIFFERS);
	buf_clear(&lines);
	buf_fill(&lines, 'a', 1 << 20);
	assert(compare_texts(&usual, buf_str(&wild), buf_str(&lines), &a, &text) == COMPARISON_DIFFERS);
	buf_release(&gaps);
	buf_release(&lines);
	buf_release(&wild);
	arena_release(&a);
}

int
main(int argc, char **argv)
{
	state = argc > 1 ? strtoull(argv[1], NULL, 10) : 0x9E3779B97F4A7C15u;
	blanks_at_ends_do_not_count();
	a_gap_is_any_lines();
	a_wild_line_has_any_text();
	what_a_program_printed_is_no_pattern();
	of_an_error_kind_and_line_count();
	for (size_t i = 0; i < CASES; i++)
		random_case();
	much();
	return 0;
}
