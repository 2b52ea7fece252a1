/*
 * Patterns: what is found, what takes its place, and that nothing takes long.
 */
#undef NDEBUG
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runner/output/pattern.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"

static struct str why;

static void
replaces(const char *text, const char *with, const char *line, const char *want)
{
	struct arena a;
	struct buf b = {0};
	struct pattern *p;
	const struct replacement *r;

	arena_init(&a);
	p = pattern_new_line(str_of(text), false, &a, &why);
	assert(p);
	r = replacement_new(str_of(with), p, &a, &why);
	assert(r);
	assert(pattern_replace(p, r, str_of(line), &b) != PATTERN_LIMIT);
	if (!str_eq(buf_str(&b), str_of(want))) {
		fprintf(stderr, "s/%s/%s/ made '%.*s' of '%s'\n", text, with, STR_ARG(buf_str(&b)), line);
		abort();
	}
	pattern_free(p);
	buf_release(&b);
	arena_release(&a);
}

static void
places_are_replaced(void)
{
	replaces("a", "b", "", "");
	replaces("a", "b", "banana", "bbnbnb");
	replaces("(n)(a)", "$2$1", "banana", "baanan");
	replaces("(?<first>.)(.)", "${2}${first}", "abcd!", "badc!");
	replaces("a", "[$0]$$", "cat", "c[a]$t");
	replaces("(x)|a", "<$1>", "axa", "<><x><>");
	replaces("(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)", "$11,${1}1", "abcdefghijk", "k,a1");
	replaces("^", ">", "ab", ">ab");
	replaces("$", "<", "ab", "ab<");
	replaces("x*", "-", "abc", "-a-b-c-");
	replaces("x*", "-", "axxc", "-a-c-");
	replaces("", ".", "\xC3\xA9z", ".\xC3\xA9.z.");
	replaces("a\\Kb", "-", "abab", "a-a-");
	replaces("(?i)A", "-", "aA", "--");
	replaces("\\d+(?= ms)", "N", "12 ms, 3 s", "N ms, 3 s");
}

static void
what_is_no_replacement_is_told(void)
{
	static const char *const bad[] = { "$", "$x", "$2", "${}", "${1", "${nobody}", "a$", "$9999999999" };
	struct arena a;
	struct pattern *p;

	arena_init(&a);
	p = pattern_new_line(STR("(a)"), false, &a, &why);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		why = (struct str){0};
		assert(!replacement_new(str_of(bad[i]), p, &a, &why) && why.len > 0);
	}
	pattern_free(p);
	assert(!pattern_new_line(STR("(a"), false, &a, &why));
	assert(!pattern_new_line(STR("\\C"), false, &a, &why));
	arena_release(&a);
}

/* ---- patterns that are known to take for ever ------------------------------------------- */

static const char *const slow[] = {
	"\\s+$", "^(a+)+$", "(a|aa)+$", "(a|a)*b?$", "(a*)*c|d$", "(.*)*c", "(.*a){12}$", "(a?){25}a{25}$",
	"a*a*a*a*a*a*z?$", "(?:a+)+(?!a).$", ".*.*.*=.*x?$", "(x+x+)+$", "(\\w+\\s?)+$", "([a-zA-Z]+)*\\d",
	"(a{1,30000}){1,2}b|$(?<=q)", "(?=a{3000}c)x|a(?=a{2000}c)", "^(([a-z])+.)+[A-Z]([a-z])+$",
	"(a+)\\1+$(?<!a)", "(a+)(?=.*\\1c)", "((a|b)*?c?)*d", "(?:(?:a|b)+|c)+d", "\\b(\\w+)+\\b!",
	"^(?:.?.?.?.?){50}z$", "(?>a+)b|(a|b|ab)*c", "(?R)?a(?R)?b|a", "(a(?1)?)+b", "(\\S+\\s*)*:$",
	"<([a-z]+)[^>]*>.*</\\1>|(a|aa)+$", "(?<!a)(a+)+(?!.)(?<=b)", "\\X+\\d|a+(?=b)", "(\\d+|a+|\\s+)+[!]",
	"(?:a(?:a(?:a(?:a)*)*)*)*b|(?=(a+))\\1c",
};

enum { TEXTS = 16, LENGTHS = 2 };

static void
slow_text(struct buf *b, size_t kind, size_t length)
{
	static const char *const parts[TEXTS] = {
		"a", " ", "x", "aab", "a ", "ab", "=a", "word ", "<a>", "1", "aA", "\xC3\xA9", "a.", "((", "abc", "0"
	};
	static const char *const ends[TEXTS] = {
		"", "!", "b", "a", "\xC3\xA9", "c", " ", "x", "</b>", "-", "", "a", "!", ")", "z", "y"
	};
	size_t n = strlen(parts[kind]);

	while (b->len + n < length)
		buf_add(b, str_of(parts[kind]));
	buf_add(b, str_of(ends[kind]));
}

/*
 * Each of these patterns with each of these texts ends: with an answer, or at the
 * limit.  A step takes 25 ns or less, so that a million of them is no 50 ms; what is
 * asserted are steps.
 */
static size_t
nothing_takes_long(bool all)
{
	static const size_t lengths[LENGTHS] = { 9000, 65536 };
	size_t pairs = 0, limits = 0;
	clock_t longest = 0;

	for (size_t i = 0; i < sizeof slow / sizeof *slow; i++)
		for (size_t k = all ? 0 : i % 5; k < TEXTS; k += all ? 1 : 5) {
			struct arena a;
			struct pattern *p;
			const struct replacement *r;
			struct buf text = {0}, to = {0};
			uint64_t before;
			clock_t began;

			arena_init(&a);
			p = pattern_new_line(str_of(slow[i]), false, &a, &why);
			assert(p);
			r = replacement_new(STR("-"), p, &a, &why);
			slow_text(&text, k, lengths[(i + k) % LENGTHS]);
			before = pattern_steps(p);
			began = clock();
			limits += pattern_replace(p, r, buf_str(&text), &to) == PATTERN_LIMIT;
			began = clock() - began;
			assert(pattern_steps(p) - before < 1200000);
			longest = began > longest ? began : longest;
			pairs++;
			pattern_free(p);
			buf_release(&text);
			buf_release(&to);
			arena_release(&a);
		}
	assert(limits * 10 > pairs);		/* they are slow indeed */
	if (all)
		printf("the longest took %.1f ms\n", 1e3 * (double)longest / CLOCKS_PER_SEC);
	return pairs;
}

int
main(int argc, char **argv)
{
	(void)argv;
	places_are_replaced();
	what_is_no_replacement_is_told();
	printf("%zu pairs\n", nothing_takes_long(argc > 1));
	return 0;
}
