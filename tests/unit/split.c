/* Cells taken apart: a table of texts and what they hold, then hostile input. */
#include "runner/cell/split.h"

#undef NDEBUG
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/cell/lex.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tests/unit/split-items.h"

enum { NCASES = sizeof cases / sizeof *cases };

/* ---- what was found, in short ---- */

static const char *
directive_word(enum directive d)
{
	switch (d) {
	case DIRECTIVE_OTHER: return "other";
	case DIRECTIVE_INCLUDE: return "include";
	case DIRECTIVE_DEFINE: return "define";
	case DIRECTIVE_UNDEF: return "undef";
	case DIRECTIVE_IF: return "if";
	case DIRECTIVE_ELSE: return "else";
	case DIRECTIVE_ENDIF: return "endif";
	case DIRECTIVE_PRAGMA: return "pragma";
	case DIRECTIVE_PRAGMA_STATEMENT: return "pragma-statement";
	}
	abort();
}

static void
describe_names(struct buf *b, const struct item *it)
{
	static const char *const specifiers[] = { "typedef", "extern", "static", "thread", "inline",
	    "auto", "always", "const", "register", "constructor", "constexpr" };

	for (unsigned k = 0; k < sizeof specifiers / sizeof *specifiers; k++)
		if (it->specifiers & 1u << k)
			buf_printf(b, " %s", specifiers[k]);
	for (size_t k = 0; k < it->ntags; k++)
		buf_printf(b, " %.*s:%.*s%s", STR_ARG(it->tags[k].keyword),
		    STR_ARG(it->tags[k].name), it->tags[k].body.data ? "{}" : "");
	for (size_t k = 0; k < it->nenumerators; k++)
		buf_printf(b, " +%.*s", STR_ARG(it->enumerators[k]));
	for (size_t k = 0; k < it->ndeclarators; k++) {
		const struct declarator *d = &it->declarators[k];

		buf_printf(b, " %.*s%s%s", STR_ARG(d->name), d->is_function ? "()" :
		    d->has_unknown_size ? "[]" : d->is_array ? "[n]" : "",
		    d->initialiser.data ? "=" : "");
	}
}

static void
describe(struct buf *b, const struct item *items, size_t n)
{
	static const char letters[] = "#DFSEMN";

	for (size_t k = 0; k < n; k++) {
		const struct item *it = &items[k];

		buf_printf(b, "%s%c", k ? " | " : "", letters[it->kind]);
		if (it->kind == ITEM_DIRECTIVE)
			buf_printf(b, "%s", directive_word(it->directive));
		if (it->kind == ITEM_DIRECTIVE || it->kind == ITEM_MACRO)
			buf_printf(b, "%s%.*s%s%s", it->name.len ? " " : "", STR_ARG(it->name),
			    it->function_like ? "()" : "", it->pastes ? "##" : "");
		describe_names(b, it);
	}
}

static void
holds(struct str text, struct split_context *c, struct arena *a, const char *expected)
{
	struct buf b = {0};
	size_t n;
	const struct item *items = split(text, c, a, &n);

	describe(&b, items, n);
	if (strcmp(buf_cstr(&b), expected) != 0) {
		fprintf(stderr, "split: %.*s\n  holds    %s\n  expected %s\n", STR_ARG(text),
		    buf_cstr(&b), expected);
		abort();
	}
	buf_release(&b);
}

static void
the_table_holds(void)
{
	for (size_t k = 0; k < NCASES; k++) {
		struct split_context c = {0};
		struct arena a;

		arena_init(&a);
		holds(str_of(cases[k].text), &c, &a, cases[k].holds);
		split_context_release(&c);
		arena_release(&a);
	}
}

/* ---- cells after one another ---- */

static void
later_cells_know_what_earlier_ones_said(void)
{
	struct split_context c = {0};
	struct arena a;

	arena_init(&a);
	holds(STR("typedef int T; int x, y;\n#define EACH(i) for (int i = 0; i < 3; i++)\n"
	    "#define VAR(t) t var"), &c, &a,
	    "D typedef T | D x y | #define EACH() | #define VAR()");
	holds(STR("T * z; x * y; T (w);"), &c, &a, "D z | S | D w");
	holds(STR("EACH(i) x++; VAR(int); VAR(T) = 3;"), &c, &a, "S | D var | D var=");
	holds(STR("#undef EACH\n#define VAR(t) f(t)\nint T;\nVAR(1);"), &c, &a,
	    "#undef EACH | #define VAR() | D T | S");
	holds(STR("T * x;"), &c, &a, "S");
	holds(STR("typedef long x;"), &c, &a, "D typedef x");
	holds(STR("x * T;"), &c, &a, "D T");
	split_context_release(&c);
	arena_release(&a);
}

/* ---- the parts ---- */


static void
parts_are_views_into_the_text(void)
{
	struct str text = STR("/* one */ static const struct p { int x; } *a[2] = { 0 }, b;\n\n"
	    "extern inline int f(k) int k; { return k; }\n#include <x.h> // y\n");
	struct split_context c = {0};
	struct arena a;
	size_t n;
	const struct item *items, *it;

	arena_init(&a);
	items = it = split(text, &c, &a, &n);
	assert(n == 3);
	assert(it->line == 1 && it->end_line == 1);
	assert(it->text.data == text.data + 10 && str_ends(it->text, STR("b;")));
	assert(str_eq(it->spec, STR("static const struct p { int x; }")));
	assert(it->nstorage == 1 && str_eq(it->storage[0], STR("static")));
	assert(str_eq(it->tags[0].text, STR("struct p { int x; }")));
	assert(str_eq(it->tags[0].body, STR("{ int x; }")));
	assert(str_eq(it->declarators[0].text, STR("*a[2]")));
	assert(str_eq(it->declarators[0].initialiser, STR("{ 0 }")));
	assert(str_eq(it->declarators[1].text, STR("b")) && !it->declarators[1].initialiser.data);
	it = &items[1];
	assert(it->line == 3 && it->declarators[0].line == 3);
	assert(str_eq(it->spec, STR("extern inline int")) && it->nstorage == 2);
	assert(str_eq(it->declarators[0].text, STR("f(k)")));
	assert(str_eq(it->parameters_kr, STR("int k;")));
	assert(str_eq(it->body, STR("{ return k; }")));
	it = &items[2];
	assert(it->line == 4 && str_eq(it->name, STR("<x.h>")));
	split_context_release(&c);
	arena_release(&a);
}

static void
macros_show_what_they_stand_for(void)
{
	struct str text = STR("#define MAKE(n, v) static int n##_v = v\n"
	    "#define API extern inline\n#define SHOW(x) int shown = sizeof #x\n\n"
	    "MAKE(a, f(1, 2)), more;\nAPI int g(void) { return 1; }\nSHOW(a \"b\\n\");\n"
	    "#define OPT(n, ...) int __VA_OPT__((*)) n __VA_OPT__(= f(__VA_ARGS__))\n"
	    "OPT(o); OPT(p, 1, 2);\n");
	struct split_context c = {0};
	struct arena a;
	size_t n;
	const struct item *items, *it;

	arena_init(&a);
	items = split(text, &c, &a, &n);
	assert(n == 9);
	assert(str_eq(items[7].expansion, STR("int o ;")));
	assert(str_eq(items[8].expansion, STR("int (*) p = f(1, 2) ;")));
	it = &items[3];
	assert(it->line == 5 && it->declarators[0].line == 5);
	assert(str_eq(it->text, STR("MAKE(a, f(1, 2)), more;")));
	assert(str_eq(it->expansion, STR("static int a_v = f(1, 2) , more;")));
	assert(str_eq(it->spec, STR("static int")) && str_eq(it->storage[0], STR("static")));
	assert(str_eq(it->declarators[0].initialiser, STR("f(1, 2)")));
	it = &items[4];
	assert(!it->expansion.data);
	assert(it->nstorage == 1 && str_eq(it->storage[0], STR("API")));
	it = &items[5];
	assert(str_eq(it->declarators[0].initialiser, STR("sizeof \"a \\\"b\\\\n\\\"\"")));
	split_context_release(&c);
	arena_release(&a);
}

static void
groups_around_a_head_stay_whole(void)
{
	struct str text = STR("int x;\n#ifdef A\nint f(int a)\n#else\nint f(long a)\n#endif\n"
	    "{ return 1; }\nint y =\n#ifdef A\n1\n#else\n2\n#endif\n;");
	struct split_context c = {0};
	struct arena a;
	size_t n;
	const struct item *it;

	arena_init(&a);
	it = split(text, &c, &a, &n) + 1;
	assert(n == 3 && it->line == 2 && it->end_line == 7);
	assert(str_eq(it->spec, STR("#ifdef A\nint")));
	assert(str_eq(it->declarators[0].text, STR("f(int a)\n#else\nint f(long a)\n#endif\n")));
	it++;
	assert(str_eq(it->declarators[0].initialiser, STR("#ifdef A\n1\n#else\n2\n#endif\n")));
	split_context_release(&c);
	arena_release(&a);
}

/* ---- hostile input ---- */

static uint64_t seed = 0x2545F4914F6CDD1Du;

static size_t
random_below(size_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (size_t)(seed >> 11) % n;
}

static bool
is_inside(struct str part, struct str whole)
{
	return part.data >= whole.data && part.data + part.len <= whole.data + whole.len;
}

static bool
holds_tokens(struct str gap)
{
	struct lexer x;
	struct token t;

	lexer_init(&x, gap);
	return lexer_next(&x, &t);
}

/*
 * Items cover the text in order, what they consist of lies in them, and nothing
 * but blanks stands between them (or what an #if 0 hides, if there is one).
 */
static void
check_items(struct str text, const struct item *items, size_t n, bool dead)
{
	const char *end = text.data;
	size_t line = 1;

	for (size_t k = 0; k < n; k++) {
		const struct item *it = &items[k];

		assert(it->text.len > 0 && it->text.data >= end && is_inside(it->text, text));
		for (const char *p = end; p < it->text.data; p++)
			line += *p == '\n';
		assert(it->line == line);
		if (!dead)
			assert(!holds_tokens((struct str){ end, (size_t)(it->text.data - end) }));
		end = it->text.data + it->text.len;
		for (size_t i = 0; i < it->text.len; i++)
			line += it->text.data[i] == '\n';
		assert(it->end_line == line);
		if (it->kind == ITEM_FUNCTION && !it->expansion.data)
			assert(is_inside(it->body, it->text) && it->ndeclarators == 1);
		for (size_t i = 0; i < it->ndeclarators && !it->expansion.data; i++)
			assert(is_inside(it->declarators[i].text, it->text));
	}
	if (!dead)
		assert(!holds_tokens((struct str){ end, (size_t)(text.data + text.len - end) }));
}

/* A copy at the very end of its memory, so that ASan sees a byte too far. */
static size_t
try(struct str text, bool dead)
{
	struct split_context c = {0};
	struct arena a;
	char *copy = malloc(text.len + 1);
	struct str s = { copy + 1, text.len };
	const struct item *items;
	size_t n, work;

	assert(copy);
	if (text.len > 0)
		memcpy(copy + 1, text.data, text.len);
	arena_init(&a);
	items = split(s, &c, &a, &n);
	check_items(s, items, n, dead);
	work = c.work;
	split_context_release(&c);
	arena_release(&a);
	free(copy);
	return work;
}

static const char *const pieces[] = {
	"int", "x", "T", "*", "(", ")", "{", "}", "[", "]", ";", ";\n", ",", "=", "3", "\"s\"", "'c'",
	"struct", "enum", "typedef", "static", "const", "inline", "if", "(x)", "else", "for", "(;;)",
	"do", "while", "switch", "case", "default", ":", "?", "goto", "return", "f", "f(x)", "f(a, b)",
	"__attribute__((x))", "asm", "typeof(x)", "_Alignas(8)", "[[x]]", "{ }", "DEFINE(x)", "LOOP(x)",
	"M", "F(a)", "F(", "G(a, b)", "E", "TEST(x)", "\n", "/* c */", "// c\n", "\\\n", "\"", "'",
	"\n#if A\n", "\n#ifdef B\n", "\n#else\n", "\n#elif C\n", "\n#endif\n", "\n#define M int q\n",
	"\n#define F(x) x x;\n", "\n#define G(x, ...) for (;x;) { __VA_ARGS__ }\n", "\n#undef M\n",
	"\n#define E M F(E)\n", "\n#pragma omp for\n", "\n#include <x>\n", "_Pragma(\"x\")", "R\"(", "L",
	"<:", "%>", "##", "#", "\303\251", "->", "==", "__extension__", "_Static_assert(1)", "&",
};

static void
random_pieces_are_taken(void)
{
	for (int k = 0; k < 1500; k++) {
		struct buf b = {0};

		for (size_t n = random_below(60); n > 0; n--) {
			buf_add(&b, str_of(pieces[random_below(sizeof pieces / sizeof *pieces)]));
			if (random_below(2))
				buf_byte(&b, ' ');
		}
		try(buf_str(&b), false);
		buf_release(&b);
	}
}

static void
random_bytes_are_taken(void)
{
	for (int k = 0; k < 1000; k++) {
		char bytes[200];
		size_t n = random_below(sizeof bytes);

		for (size_t i = 0; i < n; i++) {
			bytes[i] = (char)(random_below(4) ? " \n\\\"'/*#(){};,ai0R<%:"[random_below(21)] :
			    (char)random_below(256));
		}
		try((struct str){ bytes, n }, true);
	}
}

static void
truncated_texts_are_taken(void)
{
	struct buf b = {0};

	for (size_t k = 0; k < NCASES; k++) {
		struct str text = str_of(cases[k].text);

		for (size_t n = 0; n <= text.len; n += 1 + random_below(4))
			try(str_slice(text, 0, n), true);
		buf_add(&b, text);
		buf_byte(&b, '\n');
	}
	for (size_t n = 0; n < b.len; n += 97)
		try(str_slice(buf_str(&b), n, b.len), true);
	buf_release(&b);
}

/* Twice the text is about twice the work, whatever it is that repeats. */
static void
work_is_linear(void)
{
	static const char *const repeated[] = {
		"(", ")", "{", "}", "[", "]", "*", "* ", "x ", "x", ";", "f(", "f(a, ", "f(a) ", "f(a) int ",
		"if (a) ", "if (a) x; else ", "else ", "do ", "do { } while (x) ", "for (;;) ", "case x: ",
		"a: ", "x ? ", "\"", "'", "\\\"", "\"\\", "R\"x(", "/*", "// ", "\\\n", "\\ ", "int ",
		"int (", "int *(", "int x, ", "int x = ", "T * ", "T (*", "struct a { ", "struct { int x; } ",
		"enum { ", "enum e { a, ", "enum { a }; ", "__attribute__((x)) ", "[[x]] ", "_Alignas(x) ",
		"__extension__ ", "typeof(", "VEC(int) ", "DEFINE(x)\n", "f(a, b) int a; ", "(*x)(y) ",
		"T (*f)(", "static ", "API ", "#if A\n", "#else\n", "#endif\n", "#if A\nx\n#endif\n",
		"#if A\nif (a)\n", "if (x)\n#endif\n", "#if A\n(\n#else\n", "#if A\n{\n#endif\n", "#if 0\n",
		"#if A\n}\n#elif B\n", "x =\n#endif\n1; ", "M ", "M; ", "F(", "F(x) ", "F(F(x)) ", "F(M) ",
		"F(x); ", "G ", "G; ", "H(x) ", "enum { G, ", "#define M x\n", "#define N(x) x x x\nN(N(N(1)));",
		"#if A\nint x;\n", "a, b, c, ", "f(a)(b)", "x\\\n", "{ ( ", "( } ", "#if A\n}\n#else\n}\n#endif\n",
	};
	static const char macros[] = "#define M x\n#define F(x) x x\n#define H(x) for (;;) x\n"
	    "#define G F(F(F(F(F(F(F(F(F(F(M))))))))))\n";

	for (size_t k = 0; k < sizeof repeated / sizeof *repeated; k++) {
		size_t work[2];

		for (size_t half = 0; half < 2; half++) {
			struct buf b = {0};

			buf_add(&b, str_of(macros));
			while (b.len < 6000 * (half + 1))
				buf_add(&b, str_of(repeated[k]));
			work[half] = try(buf_str(&b), true);
			buf_release(&b);
		}
		if (work[1] > work[0] * 9 / 4) {
			fprintf(stderr, "split: '%s': work %zu, twice the text %zu\n", repeated[k],
			    work[0], work[1]);
			abort();
		}
	}
}

int
main(void)
{
	the_table_holds();
	later_cells_know_what_earlier_ones_said();
	parts_are_views_into_the_text();
	macros_show_what_they_stand_for();
	groups_around_a_head_stay_whole();
	random_pieces_are_taken();
	random_bytes_are_taken();
	truncated_texts_are_taken();
	work_is_linear();
	return 0;
}
