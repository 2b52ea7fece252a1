/*
 * Transcripts: by example, then as a property of random outputs: what was
 * written is read as one output, and says exactly what was printed.
 */
#undef NDEBUG
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "runner/cell/transcript.h"
#include "runner/output/paths.h"
#include "runner/session/shell.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"

enum { CASES = 20000, MOST_LINES = 200000 };

static struct arena arena;
static struct str lines[MOST_LINES];

/* Lines with their ends, as a block has them. */
static struct transcript
read_text(struct str text)
{
	struct transcript t;
	size_t n = 0;

	while (text.len > 0) {
		size_t end = str_find_byte(text, '\n') + 1;

		assert(n < MOST_LINES);
		lines[n++] = str_slice(text, 0, end);
		text = str_slice(text, end, text.len);
	}
	transcript_read(&t, lines, n, &arena);
	return t;
}

static void
assert_recorded(const struct transcript *t, size_t step, const char *text)
{
	struct buf b = {0};

	transcript_recorded(t, &t->steps[step], &b);
	assert(str_eq(buf_str(&b), str_of(text)));
	buf_release(&b);
}

static void
commands_go_on_behind_a_mark_or_a_backslash(void)
{
	struct transcript t = read_text(STR("before\n$ for i in 1\n> do\n>   echo\n>\n> done\nout\n> no\n"
	    "$ cc \\\n  -o x \\\n> x.c\n$\n$x\n"));

	assert(t.n == 3);
	assert(str_eq(t.steps[0].command, STR("for i in 1\ndo\n  echo\n\ndone")));
	assert_recorded(&t, 0, "out\n> no\n");
	assert(str_eq(t.steps[1].command, STR("cc \\\n  -o x \\\nx.c")));
	assert(t.steps[1].noutput == 0 && !t.steps[1].is_open);
	assert(t.steps[2].command.len == 0);
	assert_recorded(&t, 2, "$x\n");
}

static void
a_command_may_not_end_in_a_backslash(void)
{
	struct transcript t = read_text(STR("$ a\\\n$ b\\\\\n$ c\\\n"));

	assert(t.n == 3);
	assert(t.steps[0].is_open && !t.steps[1].is_open && t.steps[2].is_open);
}

static void
blank_lines_at_the_end_are_layout(void)
{
	struct transcript t = read_text(STR("$ a\r\nx\r\n\r\ny\r\n[3]\r\n\r\n  \r\n$ b\r\n[0]\r\n[256]\r\n"));
	struct str texts[2] = { STR("new\n"), {0} };
	struct buf b = {0};

	assert(t.steps[0].status == 3 && t.steps[0].noutput == 4);
	assert_recorded(&t, 0, "x\n\ny\n[3]\n");
	assert(t.steps[1].status == 0 && t.steps[1].noutput == 2);
	transcript_write(&t, texts, &b);
	assert(str_eq(buf_str(&b), STR("$ a\nnew\n\n  \n$ b\n[0]\n[256]\n")));
	buf_release(&b);
}

/* ---- there and back ---- */

static uint32_t
chance(uint32_t below)
{
	static uint32_t seed = 12345;

	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static void
add_random(struct buf *b)
{
	static const char *const pieces[] = {
		"$ ", "$", "> ", ">", "\\", "[1]", "[25", "5]", "]", " ", "\t", "\n", "\n", "\n",
		" (no-eol)", "(no-eol)", "x", "```", "", "\xC3\xA9",
	};

	for (uint32_t n = chance(12); n > 0; n--)
		buf_add(b, str_of(pieces[chance(sizeof pieces / sizeof pieces[0])]));
}

/* One backslash off the front, if what is behind the backslashes wants one. */
static bool
is_escaped(struct str line, bool first, bool last)
{
	unsigned long status;
	size_t n = 0;
	struct str s;

	while (n < line.len && line.data[n] == '\\')
		n++;
	s = str_slice(line, n, line.len);
	if (n == 0)
		return false;
	if (str_eq(s, STR("$")) || str_starts(s, STR("$ ")))
		return true;
	if (first && (str_eq(s, STR(">")) || str_starts(s, STR("> "))))
		return true;
	while (s.len > 0 && (s.data[s.len - 1] == ' ' || s.data[s.len - 1] == '\t'))
		s.len--;
	return last && (s.len == 0 || (s.len > 2 && s.data[0] == '[' && s.data[1] != '0' &&
	    s.data[s.len - 1] == ']' && str_number(str_slice(s, 1, s.len - 1), 255, &status)));
}

/* What transcript_output was given, from what it wrote: the rules of its header. */
static void
decode(const struct transcript *t, const struct step *s, struct buf *text)
{
	struct str mark = STR("(no-eol)");
	size_t n = s->noutput - (s->status != 0);

	for (size_t i = 0; i < n; i++) {
		struct str line = t->lines[s->output + i];
		bool has_end = true;
		size_t at;

		line.len--;
		if (is_escaped(line, i == 0, i + 1 == n && s->status == 0))
			line = str_slice(line, 1, line.len);
		if (i + 1 == n && str_ends(line, STR(" (no-eol)"))) {
			line.len -= mark.len + 1;
			has_end = false;
		}
		at = line.len >= mark.len ? line.len - mark.len : 0;
		if (i + 1 == n && has_end && str_ends(line, mark) && at > 0 && line.data[at - 1] == '\\') {
			size_t from = at;

			while (from > 0 && line.data[from - 1] == '\\')
				from--;
			if (from > 0 && line.data[from - 1] == ' ') {
				buf_add(text, str_slice(line, 0, at - 1));
				line = mark;
			}
		}
		buf_add(text, line);
		if (has_end)
			buf_byte(text, '\n');
	}
}

static void
what_is_written_is_read_as_one_output(void)
{
	for (int i = 0; i < CASES; i++) {
		struct buf printed = {0}, made = {0}, block = {0}, back = {0};
		int status = chance(3) ? 0 : 1 + (int)chance(255);
		struct transcript t;

		add_random(&printed);
		transcript_output(&made, buf_str(&printed), status);
		buf_add(&block, STR("$ a\n"));
		buf_add(&block, buf_str(&made));
		buf_add(&block, chance(2) ? STR("\n$ b\n") : STR("$ b\n"));
		t = read_text(buf_str(&block));
		assert(t.n == 2 && t.steps[0].status == status);
		assert(str_eq(t.steps[0].command, STR("a")) && str_eq(t.steps[1].command, STR("b")));
		assert_recorded(&t, 0, buf_cstr(&made));
		decode(&t, &t.steps[0], &back);
		assert(str_eq(buf_str(&back), buf_str(&printed)));
		buf_release(&printed);
		buf_release(&made);
		buf_release(&block);
		buf_release(&back);
	}
}

static void
a_line_that_ends_every_fence_is_escaped(void)
{
	struct buf printed = {0}, made = {0};

	buf_fill(&printed, '`', 300);
	buf_byte(&printed, '\n');
	transcript_output(&made, buf_str(&printed), 0);
	assert(made.len == printed.len + 1 && made.data[0] == '\\');
	buf_release(&printed);
	buf_release(&made);
}

static void
a_long_transcript_takes_no_longer_than_its_length(void)
{
	struct buf b = {0};
	struct transcript t;

	for (int i = 0; i < MOST_LINES / 2; i++)
		buf_add(&b, STR("$ a\\\n> b\n"));
	t = read_text(buf_str(&b));
	assert(t.n == MOST_LINES / 2);
	b.len = 0;
	buf_add(&b, STR("$ a\n"));
	buf_fill(&b, '\n', MOST_LINES - 1);
	t = read_text(buf_str(&b));
	assert(t.n == 1 && t.steps[0].noutput == 0);
	buf_release(&b);
}

/* ---- the shell's side ---- */

static void
what_was_printed_is_cut_at_the_marks(void)
{
	struct shell s, other;
	struct shell_part parts[3] = {0};
	struct buf b = {0};
	struct captured all = {0};

	shell_init(&s);
	shell_init(&other);
	assert(strcmp(s.mark, other.mark) != 0);
	buf_printf(&b, "one%s3\n%s%%d two\n%s0\nthree", s.mark, s.mark, s.mark);
	all.head = buf_str(&b);
	assert(shell_split(&s, &all, parts, 3) == 2);
	assert(str_eq(parts[0].out.head, STR("one")) && parts[0].status == 3);
	assert(str_ends(parts[1].out.head, STR("%d two\n")) && parts[1].status == 0);
	assert(str_eq(parts[2].out.head, STR("three")));
	assert(shell_split(&other, &all, parts, 3) == 0);
	assert(parts[0].out.head.len == all.head.len);
	assert(shell_split(&s, &all, parts, 0) == 0);
	buf_release(&b);
}

static void
assert_replaced(const char *text, const char *want)
{
	static const struct path_word words[] = {
		{ { "/r", 2 }, { "$R", 2 } }, { { "/r/cache/tree", 13 }, { "$T", 2 } },
		{ { "/", 1 }, { "$ROOT", 5 } }, { { "", 0 }, { "$NO", 3 } },
	};
	struct buf b = {0};

	paths_replace(&b, str_of(text), words, 4);
	assert(str_eq(buf_str(&b), str_of(want)));
	buf_release(&b);
}

static void
paths_are_replaced_where_they_are_whole(void)
{
	assert_replaced("/r/cache/tree/x /r/cache/trees /r", "$T/x $R/cache/trees $R");
	assert_replaced("in '/r/cache/tree'. /r. /r.c x/r /rr //r", "in '$T'. $R. /r.c x/r /rr //r");
	assert_replaced("-I/r/a -x/r x=/r:/r", "-I$R/a -x/r x=$R:$R");
}

int
main(void)
{
	arena_init(&arena);
	commands_go_on_behind_a_mark_or_a_backslash();
	a_command_may_not_end_in_a_backslash();
	blank_lines_at_the_end_are_layout();
	what_is_written_is_read_as_one_output();
	a_line_that_ends_every_fence_is_escaped();
	a_long_transcript_takes_no_longer_than_its_length();
	what_was_printed_is_cut_at_the_marks();
	paths_are_replaced_where_they_are_whole();
	arena_release(&arena);
	return 0;
}
