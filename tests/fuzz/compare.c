/*
 * Any recorded text beside any new one: what is said of them holds.
 *
 * Input: words of `normalize`, a line; then the two texts, with a form feed between.
 */
#include "tests/fuzz/fuzz.h"

#include "runner/cell/cell.h"
#include "runner/output/compare.h"

static void
check(const struct comparing *how, struct str recorded, struct str made, struct arena *a)
{
	struct str text, again;
	enum comparison found = compare_texts(how, recorded, made, a, &text);

	assert(found != COMPARISON_NONE);
	assert((found == COMPARISON_DIFFERS) == (text.data != recorded.data));
	/* what is written is found again, and stays */
	assert(compare_texts(how, text, made, a, &again) != COMPARISON_DIFFERS);
	assert(again.data == text.data);
	/* a text is itself; so is one that was never recorded before */
	assert(compare_texts(how, recorded, recorded, a, &again) != COMPARISON_DIFFERS ||
	    how->normalizing.folder.len > 0);
	text = compare_written(how, made, a);
	assert(compare_texts(how, text, made, a, &again) != COMPARISON_DIFFERS);
}

static void
fuzz_one(struct str input)
{
	static const struct word rules[] = { { .text = { "own=s/x+|(\\d)y/<$1>/ slow=s/(a+b?)+$/A/i", 37 } } };
	struct str rest, made, recorded, words = str_cut(input, '\n', &rest);
	struct normalizers *all;
	struct comparing how = {0};
	struct word word;
	struct arena a;
	struct diag d;

	recorded = str_cut(rest, '\f', &made);
	arena_init(&a);
	fuzz_diag(&d);
	word = (struct word){ .text = words };
	all = normalizers_new(rules, 1, &a, &d);
	normalizers_choose(all, &word, 1, &how.normalizing, &a, &d);
	if (how.normalizing.names_folder)
		how.normalizing.folder = STR("/tmp/a");
	check(&how, recorded, made, &a);
	how.literally = true;
	check(&how, recorded, made, &a);
	normalizers_report(all, &d);
	normalizers_free(all);
	diag_release(&d);
	arena_release(&a);
}

#ifndef LIBFUZZER
static const char *const parts[] = {
	"a", "ab", "x", "...", "[..]", "\\", " ", "\t", "\n", "\n", "\n", "...\n", "\n...\n", "[..]\n", "0x12345",
	"0x54321", "ptr-1", "pid 7", "pid 8", "==9==", "/tmp/a", "/tmp/b/c", "$PWD", "12:30", "2026-11-28",
	"1.5", "1.5001", "-0.0", "nan", "3 ms", "tid=123", "1e3", "\xC3\xA9", "\x1f", "\x11", "\r", "7y", "aaaaab!", NULL
};
static const char *const names[] = {
	"ptr", "pid", "tid", "tmpdir", "cwd", "time", "duration", "date", "uuid", "float:3", "unordered", "own",
	"slow", "none", "", NULL
};

static void
add_text(struct buf *to)
{
	for (uint32_t n = any(24); n > 0; n--)
		buf_add(to, any_word(parts));
}

static void
fuzz_make(struct buf *to)
{
	struct buf text = {0};

	for (uint32_t n = any(5); n > 0; n--) {
		buf_add(to, any_word(names));
		buf_byte(to, ',');
	}
	buf_byte(to, '\n');
	add_text(&text);
	buf_add(to, buf_str(&text));
	buf_byte(to, '\f');
	if (now_and_then(2))
		buf_clear(&text);
	add_text(&text);	/* often the same, and more */
	buf_add(to, buf_str(&text));
	buf_release(&text);
}
#endif
