/*
 * What cells printed, as texts of fences; why they failed; and the diff of two
 * such texts, held against diff(1).
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/output/diff.h"
#include "runner/output/output.h"
#include "runner/session/outcome.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/source.h"

static struct arena arena;
static const struct output_context plain;

static uint64_t seed = 0x2545F4914F6CDD1Du;

static size_t
random_below(size_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (size_t)(seed >> 11) % n;
}

/* ---- bytes to text ---- */

static struct str
shown(struct str printed)
{
	struct outcome o = { .out = { .head = printed, .total = printed.len } };

	return output_fences(&o, &plain, &arena).text[FENCE_OUTPUT];
}

#define SHOWN(printed, text)	assert(str_eq(shown(STR(printed)), STR(text)))

static void
bytes(void)
{
	SHOWN("", "");
	SHOWN("a", "a\n");
	SHOWN("a\nb\n", "a\nb\n");
	SHOWN("\n", "\n");
	SHOWN("a\r\nb\r\n", "a\nb\n");
	SHOWN("a \tb\t\n", "a \tb\t\n");
	SHOWN("\0\a\x7f" "x\n", "\\x00\\x07\\x7fx\n");
	SHOWN("\303\251 \303\n", "\303\251 \\xc3\n");
	SHOWN("\300\200\355\240\200", "\\xc0\\x80\\xed\\xa0\\x80\n");
	SHOWN("\302\233" "1m\342\200\256", "\\u009b1m\\u202e\n");

	/* progress: what stands on the line in the end */
	SHOWN("1%\r2%\r100%\ndone\n", "100%\ndone\n");
	SHOWN("a\n1%\r2%\r", "a\n2%\n");
	SHOWN("a\r\r\n", "a\n");
	SHOWN("1%\r\033[Kdone\n", "done\n");
	SHOWN("1%\r\033[2K", "");
	SHOWN("1%\r\033[1mbold\033[0m\n", "bold\n");

	/* terminal sequences, whole and broken */
	SHOWN("\033[1;31mred\033[0m\033[38:5:1m!\n", "red!\n");
	SHOWN("\033]0;title\aa\033]52;c;Zm8=\033\\b\n", "ab\n");
	SHOWN("\033]0;title\na\n", "\na\n");
	SHOWN("\033Pq#0\033\\a\033(Bb\0337c\033=d\033#8e\n", "abcde\n");
	SHOWN("a\033", "a\\x1b\n");
	SHOWN("\033\033[0ma\033\0b", "\\x1ba\\x1b\\x00b\n");
	SHOWN("\033[3\nx", "\nx\n");
	SHOWN("\033[0m", "");
}

/* What stands there when all has been printed. */
static void
movements(void)
{
	struct buf b = {0};
	struct str s;

	/* within a line */
	SHOWN("|\b/\b-\b\\", "\\\n");
	SHOWN(" 9%\b\b\b10%\n", "10%\n");
	SHOWN("N\bNA\bA _\bx\n", "NA x\n");
	SHOWN("a\b\b\bb\n", "b\n");
	SHOWN("abc\b\n", "abc\n");
	SHOWN("\303\244\303\266\b\303\274\n", "\303\244\303\274\n");
	SHOWN("abcdef\b\b\b\bX\n", "abXdef\n");
	SHOWN("a\303\244\303\266d\033[3D-\n", "a-\303\266d\n");
	SHOWN("start\r\033[8C[ ok ]\n", "start   [ ok ]\n");
	SHOWN("start it now\033[7G--\n", "start -- now\n");
	SHOWN("a\033[5Cb\n", "a     b\n");
	SHOWN("a\033[5C\n", "a\n");
	SHOWN("a long line\rshort\n", "short\n");
	SHOWN("abc\033[2D\033[K\n", "a\n");
	SHOWN("abc\033[2Kd\n", "d\n");
	SHOWN("abc\033[1K\033[?2K\n", "abc\n");

	/* up and down */
	SHOWN("a 1\nb 1\n\033[2A\033[Ka 2\n\033[Kb 2\n", "a 2\nb 2\n");
	SHOWN("a\nb\nc\033[1A\r\033[2KB\n", "a\nB\nc\n");
	SHOWN("one\ntwo\033[Axx\033[Bz\n", "onexx\ntwo  z\n");
	SHOWN("a\nb\n\033[2Fc\033[Ed\n", "c\nd\n");
	SHOWN("a\n\033[9A\033[9Ab", "b\n");
	SHOWN("a\nb\nc\033[2A\033[J", "a\n");
	SHOWN("a\nb\nc\n\033[3A\033[0Jd\n", "d\n");
	SHOWN("frame 1\nx\n\033[Hframe 2\n\n", "frame 2\nx\n");
	SHOWN("frame 1\nx\n\033[H\033[2Jframe 2\n", "frame 2\n");
	SHOWN("before\n\033[11Hx\033cafter\n", "after\n");

	/* a text that is not this stream's stays where it is; a long line stays, too */
	s = output_fences(&(struct outcome){ .out = { .head = STR("a\n"), .tail = STR("\033[2Jb\n"),
	    .left_out = 1 } }, &plain, &arena).text[FENCE_OUTPUT];
	assert(str_eq(s, STR("a\n... 1 byte left out ...\nb\n")));
	buf_fill(&b, 'x', 20000);
	buf_add(&b, STR("\ny\033[A\rz"));
	s = output_fences(&(struct outcome){ .out.head = buf_str(&b) }, &(struct output_context){
	    .bytes = 30000 }, &arena).text[FENCE_OUTPUT];
	assert(s.len == 20003 && str_ends(s, STR("x\nz\n")));
	buf_release(&b);
}

static void
streams(void)
{
	struct outcome o = {
		.out = { .head = STR("a") }, .err = { .head = STR("oh\n") }, .value = STR("5")
	};
	struct fences f = output_fences(&o, &plain, &arena);

	assert(f.present[FENCE_OUTPUT] && f.present[FENCE_STDERR] && !f.present[FENCE_ERROR]);
	assert(str_eq(f.text[FENCE_OUTPUT], STR("a\n5\n")));
	assert(str_eq(f.text[FENCE_STDERR], STR("oh\n")));

	o = (struct outcome){ .out = { .head = STR("\033[0m") } };
	f = output_fences(&o, &plain, &arena);
	assert(!f.present[FENCE_OUTPUT] && !f.present[FENCE_STDERR] && !f.present[FENCE_ERROR]);
}

static size_t
count(struct str s, char byte)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += s.data[i] == byte;
	return n;
}

static bool
has(struct str s, const char *part)
{
	return str_find(s, str_of(part)) < s.len;
}

/* "1\n2\n...n\n" */
static struct str
numbers(size_t n)
{
	struct buf b = {0};

	for (size_t i = 1; i <= n; i++)
		buf_printf(&b, "%zu\n", i);
	return buf_take(&b, &arena);
}

static void
limits(void)
{
	struct buf b = {0};
	struct str s = shown(numbers(200));
	struct outcome o = {0};
	struct output_context small = { .lines = 4 };

	assert(str_eq(s, numbers(200)));
	s = shown(numbers(1433));
	assert(count(s, '\n') == 200);
	assert(has(s, "\n100\n... 1,234 lines (5,271 bytes) left out ...\n1335\n"));
	assert(str_ends(s, STR("\n1432\n1433\n")));

	o.out.head = numbers(6);
	s = output_fences(&o, &small, &arena).text[FENCE_OUTPUT];
	assert(str_eq(s, STR("1\n2\n... 3 lines (6 bytes) left out ...\n6\n")));
	o.out.head = numbers(5);
	o.value = STR("7");
	s = output_fences(&o, &small, &arena).text[FENCE_OUTPUT];
	assert(str_eq(s, STR("1\n2\n... 3 lines (6 bytes) left out ...\n7\n")));

	/* long lines: whole ones where they fit, else parts, never of a character */
	for (size_t shift = 0; shift < 4; shift++) {
		buf_clear(&b);
		buf_add(&b, str_slice(STR("abc"), 0, shift));
		for (size_t i = 0; i < 20000; i++)
			buf_add(&b, STR("\342\202\254"));
		s = shown(buf_str(&b));
		assert(s.len > OUTPUT_BYTES - 200 && s.len <= OUTPUT_BYTES);
		assert(str_utf8_error(s) == s.len && count(s, '\n') == 3);
		assert(has(s, "\342\202\254\n... 43,7") && has(s, " bytes left out ...\n\342\202\254"));
	}
	buf_add(&b, STR("\nend\n"));
	s = shown(buf_str(&b));
	assert(has(s, "... 1 line (51,862 bytes) left out ...\nend\n"));
	buf_clear(&b);
	buf_fill(&b, '\0', OUTPUT_BYTES);
	assert(shown(buf_str(&b)).len <= OUTPUT_BYTES);

	/* the session kept head and tail only: their cut lines are not shown */
	o = (struct outcome){ .out = {
		.head = STR("1\n2\n3"), .tail = STR("8\n9\n10\n"), .left_out = 1000000
	} };
	s = output_fences(&o, &plain, &arena).text[FENCE_OUTPUT];
	assert(str_eq(s, STR("1\n2\n... 1,000,003 bytes left out ...\n9\n10\n")));

	/* and no parts of a character */
	o.out = (struct captured){ .head = STR("a\342\202"), .tail = STR("\254b\n"), .left_out = 7 };
	s = output_fences(&o, &plain, &arena).text[FENCE_OUTPUT];
	assert(str_eq(s, STR("a\n... 10 bytes left out ...\nb\n")));
	o.out = (struct captured){ .head = STR("1\n2\n\303\244"), .tail = STR("9\n"), .left_out = 7 };
	s = output_fences(&o, &plain, &arena).text[FENCE_OUTPUT];
	assert(has(s, "1\n2\n... 9 bytes left out ...\n9\n"));
	o.out = (struct captured){ .head = STR("1\n2\n3"), .tail = STR("8\n9\n"), .left_out = 7 };

	/* stopped from outside: how far it got is chance */
	o.kind = OUTCOME_TIMEOUT;
	s = output_fences(&o, &plain, &arena).text[FENCE_OUTPUT];
	assert(str_eq(s, STR("1\n2\n... the rest is left out ...\n")));
	buf_release(&b);
}

/* Any bytes become few, printable, valid ones. */
static void
anything(void)
{
	for (size_t i = 0; i < 150; i++) {
		struct outcome o = { .kind = OUTCOME_CRASH };
		struct buf b = {0};
		struct fences f;

		for (size_t n = random_below(40000); n > 0; n--)
			buf_byte(&b, (char)(random_below(8) ? random_below(256) : '\n'));
		o.out.head = o.what = buf_str(&b);
		o.out.left_out = random_below(2);
		f = output_fences(&o, &plain, &arena);
		assert(f.text[FENCE_OUTPUT].len <= OUTPUT_BYTES);
		assert(count(f.text[FENCE_OUTPUT], '\n') <= OUTPUT_LINES);
		for (enum fence k = 0; k < NFENCES; k++) {
			struct str s = f.text[k];

			assert(str_utf8_error(s) == s.len);
			assert(s.len == 0 || str_ends(s, STR("\n")));
			for (size_t j = 0; j < s.len; j++)
				assert((unsigned char)s.data[j] >= 0x20 || s.data[j] == '\n' ||
				    s.data[j] == '\t');
		}
		buf_release(&b);
	}
}

/* ---- why it failed ---- */

static struct str
code_line(void *arg, size_t cell, size_t line)
{
	const struct source *s = arg;

	return cell == 7 || cell == 2 ? source_line(s, line) : STR("");
}

static struct str
error_of(struct outcome o, const struct output_context *c)
{
	return output_fences(&o, c, &arena).text[FENCE_ERROR];
}

static void
errors(void)
{
	static const struct frame frames[] = {
		{ .function = STR("strlen"), .cell = SIZE_MAX },
		{ .function = STR("push"), .marker = STR("stack"), .cell = 2, .line = 2 },
		{ .function = STR("grow"), .marker = STR("src/list.c"), .cell = SIZE_MAX, .line = 9 },
		{ .function = STR("f"), .marker = STR("cell-0123abcd"), .cell = 3, .line = 5 },
		{ .function = STR("f"), .marker = STR("cell-0123abcd"), .cell = 3, .line = 5 },
		{ .marker = STR("sum"), .cell = 7, .line = 4 }
	};
	struct source s;
	struct output_context c = {
		.cell = 7, .has_state = true, .line = code_line, .arg = &s
	};
	struct outcome crash = {
		.kind = OUTCOME_CRASH, .signal = 11, .what = STR("read at address 0x0 (NULL)"),
		.frames = &frames[5], .nframes = 1
	};
	struct frame deep[40];

	source_init(&s, &arena, STR("x"), STR("one\n\ts->top->value\n\n\t*p = 1; \n"));
	assert(str_eq(error_of(crash, &c), STR("crashed: read at address 0x0 (NULL)\n"
	    "line 4: *p = 1;\nstate: as before this cell\n")));
	crash.frames = frames;
	crash.nframes = 6;
	crash.state_lost = true;
	assert(str_eq(error_of(crash, &c), STR("crashed: read at address 0x0 (NULL)\n"
	    "line 4: *p = 1;\nin f, an earlier cell, line 5\nin grow, src/list.c:9\n"
	    "in push, cell stack line 2: s->top->value\n"
	    "state: lost, the session starts empty\n")));

	/* neither the depth of a recursion nor a long way shows in full */
	for (size_t i = 0; i < 40; i++)
		deep[i] = (struct frame){ .function = i % 2 ? STR("even") : STR("odd"),
		    .cell = 7, .line = 3 };
	deep[39] = frames[5];
	crash.frames = deep;
	crash.nframes = 40;
	assert(str_starts(error_of(crash, &c), STR("crashed: read at address 0x0 (NULL)\n"
	    "line 4: *p = 1;\n...\nin odd, line 3\nin even, line 3\n")));
	assert(count(error_of(crash, &c), '\n') == 1 + 1 + 8 + 1);

	/* where it was when it was stopped is chance */
	assert(str_eq(error_of((struct outcome){ .kind = OUTCOME_TIMEOUT, .frames = &frames[5],
	    .nframes = 1, .limit = { LIMIT_TIMEOUT, 10000000000, false } }, &c), STR("stopped after 10 s: still running (limit: timeout)\n"
	    "state: as before this cell\n")));
	c.is_program = true;
	assert(str_eq(error_of((struct outcome){ .kind = OUTCOME_EXIT, .status = 3 }, &c),
	    STR("exit status 3\n")));
}

static void
reasons(void)
{
	static const struct { struct outcome o; struct output_context c; const char *text; } cases[] = {
		{ { .kind = OUTCOME_DONE }, { 0 }, "" },
		{ { .kind = OUTCOME_EXIT, .what = STR("ended early by _exit(3)") }, { 0 },
		    "ended early by _exit(3)" },
		{ { .kind = OUTCOME_EXIT }, { 0 }, "ended early by exit(0)" },
		{ { .kind = OUTCOME_EXIT, .what = STR("ended early by exit(3)"), .status = 3 },
		    { .is_program = true }, "exit status 3" },
		{ { .kind = OUTCOME_CRASH, .what = STR("stack overflow") }, { 0 },
		    "crashed: stack overflow" },
		{ { .kind = OUTCOME_CRASH, .signal = 9 }, { 0 }, "crashed: ended by signal 9" },
		{ { .kind = OUTCOME_TIMEOUT, .limit = { LIMIT_TIMEOUT, 1500000000, false } }, { 0 },
		    "stopped after 1.5 s: still running (limit: timeout)" },
		{ { .kind = OUTCOME_OUTPUT_LIMIT, .limit = { LIMIT_OUTPUT_KILL, 64 << 20, false } }, { 0 },
		    "stopped: printed more than 64 MiB (limit: output-kill)" },
		{ { .kind = OUTCOME_MEMORY, .limit = { LIMIT_MEMORY, 100 << 10, false } }, { 0 },
		    "stopped: needed more than 100 KiB (limit: memory)" },
		{ { .kind = OUTCOME_MEMORY, .limit = { LIMIT_MEMORY, 1, true } }, { 0 },
		    "stopped: needed more than 3/4 of what the machine had left (limit: memory)" },
		{ { .kind = OUTCOME_MEMORY }, { 0 },
		    "ended by the system: out of memory (memory=... sets a limit)" },
		{ { .kind = OUTCOME_FILE_SIZE, .limit = { LIMIT_FILE_SIZE, 1000, false } }, { 0 },
		    "stopped: made a file larger than 1000 bytes (limit: file-size)" },
		{ { .kind = OUTCOME_PROCESSES, .limit = { LIMIT_PROCESSES, 1024, false } }, { 0 },
		    "stopped: had more than 1024 processes and threads (limit: processes)" },
		{ { .kind = OUTCOME_LOAD, .what = STR("undefined symbol '\033'") }, { 0 },
		    "could not be loaded: undefined symbol '\\x1b'" }
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert(str_eq(output_reason(&cases[i].o, &cases[i].c, &arena),
		    str_of(cases[i].text)));
}

static void
compile_errors(void)
{
	static const struct { const char *file; size_t line; const char *words, *text; } cases[] = {
		{ "", 3, "'x' undeclared", "line 3: error: 'x' undeclared\n" },
		{ "a.h", 3, "\033\n", "a.h:3: error: \\x1b\\x0a\n" },
		{ "", 0, "no", "error: no\n" }, { "ld", 0, "no", "ld: error: no\n" }
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct fences f = output_compile_error(str_of(cases[i].file), cases[i].line,
		    str_of(cases[i].words), &arena);

		assert(f.present[FENCE_ERROR] && !f.present[FENCE_OUTPUT]);
		assert(str_eq(f.text[FENCE_ERROR], str_of(cases[i].text)));
	}
}

/* ---- diff ---- */

static struct str
hunks(struct str a, struct str b, size_t line)
{
	struct buf to = {0};
	bool differs = diff_hunks(&to, a, b, line);

	assert(differs == (to.len > 0));
	return buf_take(&to, &arena);
}

static void
diff_examples(void)
{
	assert(hunks(STR("a\nb\n"), STR("a \nb"), 1).len == 0);
	assert(hunks(STR("a\r\nb\r\n"), STR("a\nb\n"), 1).len == 0);
	assert(hunks(STR(""), STR(""), 1).len == 0);
	assert(str_eq(hunks(STR("a\nb\nc\n"), STR("a\nx\nc\n"), 41),
	    STR("@@ -41,3 +41,3 @@\n a\n-b\n+x\n c\n")));
	assert(str_eq(hunks(STR(""), STR("x\ny\n"), 41), STR("@@ -40,0 +41,2 @@\n+x\n+y\n")));
	assert(str_eq(hunks(STR("x\n"), STR(""), 41), STR("@@ -41 +40,0 @@\n-x\n")));
	assert(str_eq(hunks(STR("\033[1m\n"), STR("\n"), 1), STR("@@ -1 +1 @@\n-\\x1b[1m\n+\n")));
	assert(str_eq(hunks(STR("1\n2\n3\n4\n5\n6\n7\n8\n9\n"), STR("0\n2\n3\n4\n5\n6\n7\n8\n0\n"), 1),
	    STR("@@ -1,4 +1,4 @@\n-1\n+0\n 2\n 3\n 4\n@@ -6,4 +6,4 @@\n 6\n 7\n 8\n-9\n+0\n")));
	assert(str_eq(hunks(STR("1\n2\n3\n4\n5\n6\n7\n8\n"), STR("0\n2\n3\n4\n5\n6\n7\n0\n"), 1),
	    STR("@@ -1,8 +1,8 @@\n-1\n+0\n 2\n 3\n 4\n 5\n 6\n 7\n-8\n+0\n")));
}

static struct str
random_lines(void)
{
	struct buf b = {0};
	size_t kinds = 1 + random_below(30);

	for (size_t n = random_below(60); n > 0; n--)
		buf_printf(&b, "%zu\n", random_below(kinds));
	return buf_take(&b, &arena);
}

/* A text with some lines taken out, put in and replaced, by new ones or not. */
static struct str
edited(struct str s, bool by_new)
{
	struct buf b = {0};
	struct str line;
	size_t fresh = 1000;

	while (str_line(&s, &line)) {
		size_t what = random_below(24);

		if (what == 0)
			continue;
		if (what < 3)
			buf_printf(&b, "%zu\n", by_new ? fresh++ : random_below(30));
		if (what == 2)
			continue;
		buf_add(&b, line);
		buf_byte(&b, '\n');
	}
	return buf_take(&b, &arena);
}

static void
save(const char *path, struct str s)
{
	FILE *f = fopen(path, "w");

	assert(f);
	assert(fwrite(s.data ? s.data : "", 1, s.len, f) == s.len);
	assert(fclose(f) == 0);
}

static struct str
output_of(const char *command)
{
	FILE *f = popen(command, "r");
	struct buf b = {0};
	size_t n;

	assert(f);
	while ((n = fread(buf_room(&b, 4096), 1, 4096, f)) > 0)
		b.len += n;
	pclose(f);
	return buf_take(&b, &arena);
}

/* What the hunks leave of the text; they must fit it. */
static struct str
patched(struct str a, struct str h)
{
	struct buf b = {0};
	struct str line, old;
	size_t at = 0;

	while (str_line(&h, &line)) {
		if (line.data[0] == '@') {
			unsigned long first = strtoul(line.data + 4, NULL, 10);
			struct str range = str_slice(line, 4, line.len);

			range = str_slice(range, 0, str_find_byte(range, ' '));
			first += str_ends(range, STR(",0"));
			for (at += 1; at < first; at++) {
				assert(str_line(&a, &old));
				buf_add(&b, old);
				buf_byte(&b, '\n');
			}
			at--;
			continue;
		}
		if (line.data[0] != '+') {
			assert(str_line(&a, &old));
			assert(str_eq(old, str_slice(line, 1, line.len)));
			at++;
		}
		if (line.data[0] != '-') {
			buf_add(&b, str_slice(line, 1, line.len));
			buf_byte(&b, '\n');
		}
	}
	buf_add(&b, a);
	return buf_take(&b, &arena);
}

static size_t
changes(struct str h)
{
	struct str line;
	size_t n = 0;

	while (str_line(&h, &line))
		n += line.data[0] != ' ' && line.data[0] != '@';
	return n;
}

/* As few changes as diff(1) finds; where no line comes twice, the very same. */
static void
diff_like_diff(void)
{
	static char folder[] = "/tmp/skein-unit-XXXXXX";

	assert(mkdtemp(folder) && chdir(folder) == 0);
	for (size_t i = 0; i < 60; i++) {
		struct str a = i % 2 ? numbers(random_below(60)) : random_lines();
		struct str b = i % 3 ? edited(a, i % 2) : random_lines();
		struct str ours = hunks(a, b, 1), theirs;

		assert(str_eq(patched(a, ours), b));
		save("a", a);
		save("b", b);
		theirs = output_of("diff -U3 --minimal a b | tail -n +3");
		assert(changes(ours) == changes(theirs));
		if (i % 2 && i % 3)
			assert(str_eq(ours, theirs));
	}
	assert(unlink("a") == 0 && unlink("b") == 0);
	assert(chdir("/") == 0 && rmdir(folder) == 0);
}

static void
diff_of_long_texts(void)
{
	struct str a = numbers(30000), b = numbers(30001);
	struct buf other = {0};

	assert(str_eq(hunks(a, b, 1),
	    STR("@@ -29998,3 +29998,4 @@\n 29998\n 29999\n 30000\n+30001\n")));
	buf_add(&other, STR("x\n"));
	buf_add(&other, a);
	buf_add(&other, STR("y\n"));
	assert(str_eq(patched(a, hunks(a, buf_str(&other), 1)), buf_str(&other)));
	buf_release(&other);
}

int
main(void)
{
	arena_init(&arena);
	bytes();
	movements();
	streams();
	limits();
	anything();
	errors();
	reasons();
	compile_errors();
	diff_examples();
	diff_like_diff();
	diff_of_long_texts();
	arena_release(&arena);
	return 0;
}
