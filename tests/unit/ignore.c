/*
 * Patterns and rules of ignore files.
 *
 * `ignore make SEED N` makes folders d0, d1, ... with a .gitignore of drawn rules each,
 * and prints paths in them, ended by NUL; `ignore ask` reads such paths and prints
 * those that the rules leave out.  git check-ignore should say the same.
 */
/* getdelim */
#define _POSIX_C_SOURCE 200809L
#undef NDEBUG
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/file.h"
#include "tangle/project/glob.h"
#include "tangle/project/ignore.h"

static bool
matches(const char *pattern, const char *path)
{
	return glob_match(str_of(pattern), str_of(path));
}

static void
patterns_match_as_git_has_them(void)
{
	static const struct {
		const char *pattern, *yes, *no;
	} cases[] = {
		{ "a", "a", "b" }, { "a", "a", "a/b" }, { "", NULL, "a" }, { "?", "x", "/" },
		{ "a?c", "abc", "a/c" }, { "*.md", "x.md", "d/x.md" }, { "*", ".hidden", "a/b" },
		{ "a/*", "a/b", "a/b/c" }, { "**/a", "a", "b" }, { "**/a", "x/y/a", "x/ab" },
		{ "a/**", "a/b/c", "a" }, { "a/**/b", "a/b", "a/xb" }, { "a/**/b", "a/x/y/b", "ab" },
		{ "a**b", "axxb", "a/b" }, { "***/a", "x/y/a", "b" }, { "**", "a/b", NULL },
		{ "a/**/**/b", "a/b", "b" }, { "**/*/b", "a/b", "b" },
		{ "[a-c]", "b", "d" }, { "[!a-c]", "d", "b" }, { "[^a-c]", "d", "b" },
		{ "[]x]", "]", "y" }, { "[!]x]", "y", "]" }, { "[]-a]", "_", "b" }, { "[a-]", "-", "b" },
		{ "[a\\]b]", "]", "\\" }, { "[\\a-c]", "b", "\\" }, { "[[:digit:]x]", "7", ":" },
		{ "[[:nothing:]x]", NULL, "x" }, { "[[:digit]", ":", "7" }, { "[a/b]c", "bc", "/c" },
		{ "[a", NULL, "[a" }, { "a\\", NULL, "a\\" }, { "\\*", "*", "a" }, { "a\\/b", "a/b", "a" },
		{ "\\[a]", "[a]", "a" }, { "\xc3?", "\xc3\xa9", "\xc3" }, { "x[\x80-\xff]", "x\xa9", "x" },
		{ "[", NULL, "[" }, { "**/[", NULL, "a/[" }, { "*[/]*", NULL, "a/b" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (cases[i].yes && !matches(cases[i].pattern, cases[i].yes))
			printf("'%s' should match '%s'\n", cases[i].pattern, cases[i].yes), exit(1);
		if (cases[i].no && matches(cases[i].pattern, cases[i].no))
			printf("'%s' should not match '%s'\n", cases[i].pattern, cases[i].no), exit(1);
	}
}

static void
fill(struct buf *b, const char *what, size_t n)
{
	buf_clear(b);
	for (size_t i = 0; i < n; i++)
		buf_add(b, str_of(what));
}

/* With a matcher that tries all ways none of these ends within a lifetime. */
static void
no_pattern_takes_for_ever(void)
{
	static const char *const hostile[] = {
		"*a", "a*", "**/", "*/", "**/a/", "a/**/", "[a]*", "?*", "**/*a", "[", "[[:alpha:]]*", "*\\a",
	};
	struct buf pattern = {0}, path = {0};

	for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
		fill(&pattern, hostile[i], 600);
		buf_byte(&pattern, 'b');
		fill(&path, "a/", 2000);
		(void)glob_match(buf_str(&pattern), buf_str(&path));
		fill(&path, "a", 4000);
		assert(!glob_match(buf_str(&pattern), buf_str(&path)));
	}
	fill(&pattern, "[", 1 << 20);
	assert(!glob_match(buf_str(&pattern), buf_str(&path)));
	buf_release(&pattern);
	buf_release(&path);
}

static void
rules_are_read_as_git_reads_them(void)
{
	struct str text = STR("\xef\xbb\xbf# a comment\n\nout.md  \r\n\\#x\n\\!y\n!keep.md\nblank\\ \n"
	    "sub/\n/top.md\na/b\n**/deep\n!\n/\n//\nlast");
	struct arena a;
	struct ignore i;
	const struct ignore_rule *r;

	arena_init(&a);
	ignore_read(&i, STR("x"), text, &a);
	assert((r = ignore_ask(&i, STR("d/out.md"), false)) && r->line == 3 && !r->takes_back);
	assert((r = ignore_ask(&i, STR("#x"), false)) && r->line == 4);
	assert((r = ignore_ask(&i, STR("!y"), false)) && r->line == 5 && !r->takes_back);
	assert((r = ignore_ask(&i, STR("keep.md"), false)) && r->takes_back);
	assert(ignore_ask(&i, STR("blank "), false) && !ignore_ask(&i, STR("blank"), false));
	assert(ignore_ask(&i, STR("d/sub"), true) && !ignore_ask(&i, STR("d/sub"), false));
	assert(ignore_ask(&i, STR("top.md"), false) && !ignore_ask(&i, STR("d/top.md"), false));
	assert(ignore_ask(&i, STR("a/b"), false) && !ignore_ask(&i, STR("d/a/b"), false));
	assert(ignore_ask(&i, STR("d/deep"), false) && ignore_ask(&i, STR("last"), false));
	assert(!ignore_ask(&i, STR("other"), true));
	arena_release(&a);
}

/* ---- beside git ----------------------------------------------------------------------------- */

static uint64_t state;

static unsigned
any(unsigned below)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (unsigned)((state * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % below;
}

/*
 * Where git does not do what gitignore(5) says: of "a**" and a slash it matches the a by
 * itself, and then takes the stars for folders; and "\/" does not end such stars.
 */
static bool
is_odd(struct str rule)
{
	size_t stars = 0;
	char before = '/';

	for (size_t i = 0; i < rule.len; i++) {
		char c = rule.data[i];

		if ((c == '/' || c == '\\') && stars > 1 && (before != '/' || c == '\\'))
			return true;
		if (c != '*' && stars > 0)
			stars = 0;
		if (c == '*')
			stars++;
		else
			before = c == '!' && i == 0 ? '/' : c;
	}
	return false;
}

static void
put_rule(FILE *to)
{
	static const char *const pieces[] = {
		"a", "b", "ab", "*", "**", "/", "/", "**/", "/**", "?", "[ab]", "[!a]", "[^/]", "[a-b]", "[]a]", "[",
		"[[:alpha:]]", "[[:alnum:]-]", "[[:x:]]", "[a/b]", "\\a", "\\*", "\\", " ", "!", "#", "*a", "]", "-", ".",
		"[\\]a]", "[b-a]", "\\ ", "***", "a/", "[--b]", "[a-]",
	};
	struct buf rule = {0};

	do {
		buf_clear(&rule);
		if (any(5) == 0)
			buf_byte(&rule, '!');
		for (unsigned n = 1 + any(6); n > 0; n--)
			buf_add(&rule, str_of(pieces[any(sizeof pieces / sizeof *pieces)]));
	} while (is_odd(buf_str(&rule)));
	fprintf(to, "%s%s", buf_cstr(&rule), any(9) ? "\n" : "\r\n");
	buf_release(&rule);
}

static void
make(unsigned long folders)
{
	static const char *const names[] = { "a", "b", "ab", "ba", "a*", "[", "]", "a.b", "-", "a\\", " ", "aab", "!", "#" };

	for (unsigned long k = 0; k < folders; k++) {
		char name[64];
		FILE *rules;

		snprintf(name, sizeof name, "d%lu", k);
		assert(mkdir(name, 0755) == 0);
		snprintf(name, sizeof name, "d%lu/.gitignore", k);
		assert((rules = fopen(name, "we")));
		for (unsigned n = 1 + any(3); n > 0; n--)
			put_rule(rules);
		assert(fclose(rules) == 0);
		for (int n = 0; n < 24; n++) {
			printf("d%lu", k);
			for (unsigned depth = 1 + any(4); depth > 0; depth--)
				printf("/%s", names[any(sizeof names / sizeof *names)]);
			putchar('\0');
		}
	}
}

/* A folder that is left out takes what is in it along. */
static bool
is_left_out(const struct ignore *i, struct str path)
{
	const struct ignore_rule *r;

	for (size_t end = 1; end < path.len; end++) {
		if (path.data[end] != '/')
			continue;
		r = ignore_ask(i, str_slice(path, 0, end), true);
		if (r && !r->takes_back)
			return true;
	}
	r = ignore_ask(i, path, false);
	return r && !r->takes_back;
}

static void
answer(void)
{
	char *line = NULL;
	size_t room = 0;

	while (getdelim(&line, &room, '\0', stdin) > 0) {
		struct str path, folder = str_cut(str_of(line), '/', &path), text;
		struct arena a;
		struct ignore i;

		arena_init(&a);
		assert(file_peek(arena_printf(&a, "%.*s/.gitignore", STR_ARG(folder)), 1 << 20, &a, &text));
		ignore_read(&i, folder, text, &a);
		if (is_left_out(&i, path))
			printf("%s%c", line, '\0');
		arena_release(&a);
	}
	free(line);
}

int
main(int argc, char **argv)
{
	if (argc > 3 && strcmp(argv[1], "make") == 0) {
		state = strtoull(argv[2], NULL, 10) * 2 + 1;
		make(strtoul(argv[3], NULL, 10));
	} else if (argc > 1) {
		answer();
	} else {
		patterns_match_as_git_has_them();
		no_pattern_takes_for_ever();
		rules_are_read_as_git_reads_them();
	}
	return 0;
}
