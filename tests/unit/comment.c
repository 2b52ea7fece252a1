/* Comments go; tokens stay where they are. */
#include "runner/cell/comment.h"

#undef NDEBUG
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "runner/cell/lex.h"
#include "tangle/base/arena.h"
#include "tests/unit/split-items.h"

static const struct { const char *text, *blanked; } texts[] = {
	{ "int x; // a word\n", "int x;\n" },
	{ "int x; /* a word */\n", "int x;\n" },
	{ "int x;   \n", "int x;\n" },
	{ "/* three */ int x;\n", "            int x;\n" },
	{ "int /* a */ x; /* b */ int y; /* c */\n", "int         x;         int y;\n" },
	{ "/* one\n   two */\nint x;\n", "\n\nint x;\n" },
	{ "/* one\n*/ int x;\n", "\n   int x;\n" },
	{ "f(a/**/b);\n", "f(a    b);\n" },
	{ "int x;\n// the end\n\n", "int x;\n" },
	{ "// nothing else\n", "\n" },
	{ "", "" },
	{ "int x", "int x" },
	{ "// W\xC3\xB6rter\nint x;\n", "\nint x;\n" },
	{ "puts(\"/* text */ // text\"); // gone\n", "puts(\"/* text */ // text\");\n" },
	{ "char c = '\"'; // gone\n", "char c = '\"';\n" },
	{ "char *s = R\"(/* text */   \n)\"; // gone\n", "char *s = R\"(/* text */   \n)\";\n" },
	/* # lines */
	{ "#define N 3 /* three */\nint x;\n", "#define N 3\nint x;\n" },
	{ "#define N 3 // three\n", "#define N 3\n" },
	{ "#define N /* a */ 3\n", "#define N         3\n" },
	{ "#define N 3 \\\n + 4 // seven\n", "#define N 3 \\\n + 4\n" },
	{ "#define N /* a\n b */ 3\n", "#define N /* a\n b */ 3\n" },
	{ "#define N 3 /* a\n b */\nint x;\n", "#define N 3 /* a\n b */\nint x;\n" },
	{ "#include <a//b.h>\n#include \"a/*b.h\"\n", "#include <a//b.h>\n#include \"a/*b.h\"\n" },
	{ "#error don't /* say\n#if 1 // gone\n#endif\n", "#error don't /* say\n#if 1 // gone\n#endif\n" },
	{ "#if 0\ndon't /* open\n#endif\nint x;\n", "#if 0\ndon't /* open\n#endif\nint x;\n" },
	{ "%:define N 3 // three\n", "%:define N 3\n" },
	/* what compilers mind */
	{ "f(); /* fall through */\n", "f(); /* fall through */\n" },
	{ "f(); // FALLTHRU\n", "f(); // FALLTHRU\n" },
	{ "/* a /* b */ int x;\n", "/* a /* b */ int x;\n" },
	{ "// a \\\n b\nint x;\n", "// a \\\n b\nint x;\n" },
	{ "// \xE2\x80\xAE\nint x;\n", "// \xE2\x80\xAE\nint x;\n" },
	{ "// \xFF\nint x;\n", "// \xFF\nint x;\n" },
	{ "int x; \\ \nint y;\n", "int x; \\ \nint y;\n" },
	{ "/* open\nint x;\n", "\n" },
};

static size_t
column(struct str text, const struct token *t)
{
	const char *p = t->text.data;

	while (p > text.data && p[-1] != '\n')
		p--;
	return (size_t)(t->text.data - p);
}

static void
tokens_stay(struct str text, struct str blanked)
{
	struct lexer x, y;
	struct token t, u;
	bool more;

	lexer_init(&x, text);
	lexer_init(&y, blanked);
	do {
		more = lexer_next(&x, &t);
		if (lexer_next(&y, &u) == more && str_eq(t.text, u.text) && (!more ||
		    (t.line == u.line && column(text, &t) == column(blanked, &u))))
			continue;
		printf("%.*s\n--- gave\n%.*s", STR_ARG(text), STR_ARG(blanked));
		assert(0);
	} while (more);
}

static void
comments_go(struct arena *a)
{
	for (size_t k = 0; k < sizeof texts / sizeof texts[0]; k++) {
		struct str got = comment_blank(str_of(texts[k].text), a);

		if (!str_eq(got, str_of(texts[k].blanked))) {
			printf("%s--- gave\n%.*s--- not\n%s", texts[k].text, STR_ARG(got), texts[k].blanked);
			assert(0);
		}
		tokens_stay(str_of(texts[k].text), got);
		assert(str_eq(comment_blank(got, a), got));
	}
}

static void
tokens_of_all_cases_stay(struct arena *a)
{
	for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++)
		tokens_stay(str_of(cases[k].text), comment_blank(str_of(cases[k].text), a));
}

/* Pieces that mean something to the lexer, in any order. */
static void
tokens_of_any_bytes_stay(struct arena *a)
{
	static const char *const pieces[] = { "/", "*", "//", "/*", "*/", "\n", "\\\n", "\\ \n", "'", "\"",
	    " ", "\t", "#", "define ", "x", "fall", "\xC3\xA4", "\xFF",
	    "%:", "\r\n", "if 0\n", "1" };
	uint32_t random = 1;

	for (int n = 0; n < 20000; n++) {
		char text[256];
		size_t len = 0;

		for (int k = 0; k < 24; k++) {
			const char *piece;

			random = random * 1664525 + 1013904223;
			piece = pieces[(random >> 8) % (sizeof pieces / sizeof pieces[0])];
			memcpy(text + len, piece, strlen(piece));
			len += strlen(piece);
		}
		tokens_stay((struct str){ text, len }, comment_blank((struct str){ text, len }, a));
		if (n % 1000 == 0) {
			arena_release(a);
			arena_init(a);
		}
	}
}

int
main(void)
{
	struct arena a;

	arena_init(&a);
	comments_go(&a);
	tokens_of_all_cases_stay(&a);
	tokens_of_any_bytes_stay(&a);
	arena_release(&a);
	return 0;
}
