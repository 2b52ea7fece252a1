#include "runner/cell/lex.h"

#include <string.h>

#include "runner/cell/split.h"
#include "tangle/base/arena.h"

/* ---- words ---- */

struct known_word {
	const char *text;
	enum word word;
	unsigned specifiers;
	bool is_storage;
};

/* Sorted. */
static const struct known_word known_words[] = {
	{ "_Alignas", WORD_ATTRIBUTE, 0, false },
	{ "_Alignof", WORD_OPERATOR, 0, false },
	{ "_Atomic", WORD_ATOMIC, 0, false },
	{ "_BitInt", WORD_TYPEOF, 0, false },
	{ "_Bool", WORD_TYPE, 0, false },
	{ "_Complex", WORD_TYPE, 0, false },
	{ "_Decimal128", WORD_TYPE, 0, false },
	{ "_Decimal32", WORD_TYPE, 0, false },
	{ "_Decimal64", WORD_TYPE, 0, false },
	{ "_Float128", WORD_TYPE, 0, false },
	{ "_Float16", WORD_TYPE, 0, false },
	{ "_Float32", WORD_TYPE, 0, false },
	{ "_Float32x", WORD_TYPE, 0, false },
	{ "_Float64", WORD_TYPE, 0, false },
	{ "_Float64x", WORD_TYPE, 0, false },
	{ "_Generic", WORD_OPERATOR, 0, false },
	{ "_Imaginary", WORD_TYPE, 0, false },
	{ "_Noreturn", WORD_SPECIFIER, 0, false },
	{ "_Pragma", WORD_PRAGMA, 0, false },
	{ "_Static_assert", WORD_ASSERT, 0, false },
	{ "_Thread_local", WORD_SPECIFIER, SPEC_THREAD, false },
	{ "__alignof", WORD_OPERATOR, 0, false },
	{ "__alignof__", WORD_OPERATOR, 0, false },
	{ "__always_inline", WORD_SPECIFIER, SPEC_INLINE | SPEC_ALWAYS_INLINE, true },
	{ "__asm", WORD_ASM, 0, false },
	{ "__asm__", WORD_ASM, 0, false },
	{ "__attribute", WORD_ATTRIBUTE, 0, false },
	{ "__attribute__", WORD_ATTRIBUTE, 0, false },
	{ "__auto_type", WORD_TYPE, SPEC_AUTO_TYPE, false },
	{ "__builtin_va_list", WORD_TYPE, 0, false },
	{ "__complex__", WORD_TYPE, 0, false },
	{ "__const", WORD_SPECIFIER, SPEC_CONST, false },
	{ "__const__", WORD_SPECIFIER, SPEC_CONST, false },
	{ "__declspec", WORD_ATTRIBUTE, 0, false },
	{ "__extension__", WORD_EXTENSION, 0, false },
	{ "__float128", WORD_TYPE, 0, false },
	{ "__imag__", WORD_OPERATOR, 0, false },
	{ "__inline", WORD_SPECIFIER, SPEC_INLINE, true },
	{ "__inline__", WORD_SPECIFIER, SPEC_INLINE, true },
	{ "__int128", WORD_TYPE, 0, false },
	{ "__int128_t", WORD_TYPE, 0, false },
	{ "__label__", WORD_JUMP, 0, false },
	{ "__real__", WORD_OPERATOR, 0, false },
	{ "__restrict", WORD_SPECIFIER, 0, false },
	{ "__restrict__", WORD_SPECIFIER, 0, false },
	{ "__signed__", WORD_TYPE, 0, false },
	{ "__thread", WORD_SPECIFIER, SPEC_THREAD, false },
	{ "__typeof", WORD_TYPEOF, 0, false },
	{ "__typeof__", WORD_TYPEOF, 0, false },
	{ "__uint128_t", WORD_TYPE, 0, false },
	{ "__volatile__", WORD_SPECIFIER, 0, false },
	{ "alignas", WORD_ATTRIBUTE, 0, false },
	{ "asm", WORD_ASM, 0, false },
	{ "auto", WORD_SPECIFIER, 0, false },
	{ "break", WORD_JUMP, 0, false },
	{ "case", WORD_CASE, 0, false },
	{ "char", WORD_TYPE, 0, false },
	{ "const", WORD_SPECIFIER, SPEC_CONST, false },
	{ "constexpr", WORD_SPECIFIER, SPEC_CONST | SPEC_CONSTEXPR, false },
	{ "continue", WORD_JUMP, 0, false },
	{ "default", WORD_DEFAULT, 0, false },
	{ "do", WORD_DO, 0, false },
	{ "double", WORD_TYPE, 0, false },
	{ "else", WORD_ELSE, 0, false },
	{ "enum", WORD_TAG, 0, false },
	{ "extern", WORD_SPECIFIER, SPEC_EXTERN, true },
	{ "float", WORD_TYPE, 0, false },
	{ "for", WORD_FOR, 0, false },
	{ "goto", WORD_JUMP, 0, false },
	{ "if", WORD_IF, 0, false },
	{ "inline", WORD_SPECIFIER, SPEC_INLINE, true },
	{ "int", WORD_TYPE, 0, false },
	{ "long", WORD_TYPE, 0, false },
	{ "register", WORD_SPECIFIER, SPEC_REGISTER, true },
	{ "restrict", WORD_SPECIFIER, 0, false },
	{ "return", WORD_JUMP, 0, false },
	{ "short", WORD_TYPE, 0, false },
	{ "signed", WORD_TYPE, 0, false },
	{ "sizeof", WORD_OPERATOR, 0, false },
	{ "static", WORD_SPECIFIER, SPEC_STATIC, true },
	{ "static_assert", WORD_ASSERT, 0, false },
	{ "struct", WORD_TAG, 0, false },
	{ "switch", WORD_FOR, 0, false },
	{ "thread_local", WORD_SPECIFIER, SPEC_THREAD, false },
	{ "typedef", WORD_SPECIFIER, SPEC_TYPEDEF, false },
	{ "typeof", WORD_TYPEOF, 0, false },
	{ "typeof_unqual", WORD_TYPEOF, 0, false },
	{ "union", WORD_TAG, 0, false },
	{ "unsigned", WORD_TYPE, 0, false },
	{ "void", WORD_TYPE, 0, false },
	{ "volatile", WORD_SPECIFIER, 0, false },
	{ "while", WORD_WHILE, 0, false },
};

/* Most differ in the first byte already. */
static int
compare_word(struct str text, const char *known)
{
	int d = (unsigned char)text.data[0] - (unsigned char)known[0];

	return d ? d : str_compare(text, str_of(known));
}

static void
know_word(struct token *t)
{
	size_t from = 0, to = sizeof known_words / sizeof *known_words;

	if (t->text.len < 2 || t->text.len > 17)
		return;
	while (from < to) {
		size_t middle = (from + to) / 2;
		const struct known_word *k = &known_words[middle];
		int d = compare_word(t->text, k->text);

		if (d == 0) {
			t->word = k->word;
			t->specifiers = k->specifiers;
			t->is_storage = k->is_storage;
			return;
		}
		if (d < 0)
			to = middle;
		else
			from = middle + 1;
	}
}

/* ---- tokens ---- */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_word_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) ||
	    c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

/* Length of the line splice at p: a backslash and the end of its line. */
static size_t
splice(const char *p, const char *end)
{
	const char *q = p + 1;

	if (p >= end || *p != '\\')
		return 0;
	while (q < end && (*q == ' ' || *q == '\t' || *q == '\r'))
		q++;
	return q < end && *q == '\n' ? (size_t)(q + 1 - p) : 0;
}

static void
skip_line_comment(struct lexer *x)
{
	while (x->at < x->end && *x->at != '\n') {
		size_t n = splice(x->at, x->end);

		x->line += n != 0;
		x->at += n ? n : 1;
	}
}

static void
skip_comment(struct lexer *x)
{
	for (x->at += 2; x->at < x->end; x->at++) {
		if (*x->at == '*' && x->at + 1 < x->end && x->at[1] == '/') {
			x->at += 2;
			return;
		}
		x->line += *x->at == '\n';
	}
}

/* Blanks, comments, splices; false if p stands at none. */
static bool
skip_blank(struct lexer *x)
{
	const char *p = x->at;
	size_t n;

	if (*p == '\n') {
		x->line++;
		x->is_first = true;
		x->at++;
	} else if (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\f' || *p == '\v') {
		x->at++;
	} else if (*p == '/' && p + 1 < x->end && p[1] == '/') {
		skip_line_comment(x);
	} else if (*p == '/' && p + 1 < x->end && p[1] == '*') {
		skip_comment(x);
	} else if ((n = splice(p, x->end)) != 0) {
		x->line++;
		x->at += n;
	} else {
		return false;
	}
	return true;
}

/* A string or character at *x->at; false if its line ends before it does. */
static bool
read_quoted(struct lexer *x)
{
	const char *p = x->at;
	char quote = *p++;
	const char **unclosed = &x->unclosed[quote == '"'];
	size_t lines = 0;

	if (*unclosed && p <= *unclosed)
		return false;
	while (p < x->end && *p != quote && *p != '\n') {
		size_t n = splice(p, x->end);

		lines += n != 0;
		p += n ? n : *p == '\\' && p + 1 < x->end ? 2 : 1;
	}
	x->work += (size_t)(p - x->at);
	if (p >= x->end || *p != quote) {
		*unclosed = p;
		return false;
	}
	x->at = p + 1;
	x->line += lines;
	return true;
}

/* R"delimiter( ... )delimiter", x->at at the quote. */
static bool
read_raw(struct lexer *x)
{
	const char *open = x->at + 1, *p = open;
	size_t n;

	while (p < x->end && p - open <= 16 && *p != '(' && *p != '"' && *p != '\\' && *p > ' ')
		p++;
	if (p >= x->end || *p != '(')
		return false;
	n = (size_t)(p - open);
	x->work += (size_t)(x->end - p);
	for (p++; (size_t)(x->end - p) >= n + 2; p++) {
		if (*p == ')' && memcmp(p + 1, open, n) == 0 && p[n + 1] == '"') {
			for (const char *q = open; q < p; q++)
				x->line += *q == '\n';
			x->at = p + n + 2;
			return true;
		}
	}
	x->no_raw = true;
	return false;
}

static void
read_number(struct lexer *x)
{
	const char *p = x->at + 1;

	for (; p < x->end; p++) {
		if ((*p == '+' || *p == '-') && strchr("eEpP", p[-1]))
			continue;
		if (*p == '\'' && p + 1 < x->end && is_word_byte(p[1]))
			continue;
		if (!is_word_byte(*p) && *p != '.')
			break;
	}
	x->at = p;
}

static void
read_word(struct lexer *x, struct token *t)
{
	while (x->at < x->end) {
		size_t n = splice(x->at, x->end);
		const char *p = x->at + n;

		if (n && p < x->end && is_word_byte(*p)) {
			t->is_spliced = true;
			x->line++;
		} else if (!n && *p == '\\' && p + 1 < x->end && (p[1] == 'u' || p[1] == 'U')) {
			p++;
		} else if (n || !is_word_byte(*p)) {
			break;
		}
		x->at = p + 1;
	}
}

static bool
is_prefix(struct str s, bool *raw)
{
	*raw = s.len > 0 && s.data[s.len - 1] == 'R';
	if (*raw)
		s.len--;
	return s.len == 0 || str_eq(s, STR("L")) || str_eq(s, STR("u")) || str_eq(s, STR("U")) ||
	    str_eq(s, STR("u8"));
}

/* A word, or what it is the prefix of: L"x", u8"x", R"(x)". */
static void
read_word_or_string(struct lexer *x, struct token *t)
{
	const char *from = x->at;
	bool raw = false;

	t->kind = TOKEN_IDENTIFIER;
	read_word(x, t);
	t->text = (struct str){ from, (size_t)(x->at - from) };
	if (x->at < x->end && (*x->at == '"' || *x->at == '\'') && t->text.len <= 3 &&
	    is_prefix(t->text, &raw)) {
		char quote = *x->at;

		if (raw ? quote == '"' && !x->no_raw && read_raw(x) : read_quoted(x))
			t->kind = quote == '"' ? TOKEN_STRING : TOKEN_CHARACTER;
	}
	if (t->kind == TOKEN_IDENTIFIER)
		know_word(t);
}

/* The second byte of some longer one? */
static bool
continues_punctuator(char c)
{
	switch (c) {
	case '%': case ':': case '.': case '<': case '>': case '#':
	case '-': case '+': case '=': case '&': case '|':
		return true;
	default:
		return false;
	}
}

static void
read_punctuator(struct lexer *x, struct token *t)
{
	static const struct { char text[5]; char means; } longer[] = {
		{ "%:%:", 0 }, { "...", 0 }, { "<<=", 0 }, { ">>=", 0 }, { "<:", '[' },
		{ ":>", ']' }, { "<%", '{' }, { "%>", '}' }, { "%:", '#' }, { "##", 0 },
		{ "->", 0 }, { "++", 0 }, { "--", 0 }, { "<<", 0 }, { ">>", 0 }, { "<=", 0 },
		{ ">=", 0 }, { "==", 0 }, { "!=", 0 }, { "&&", 0 }, { "||", 0 }, { "*=", 0 },
		{ "/=", 0 }, { "%=", 0 }, { "+=", 0 }, { "-=", 0 }, { "&=", 0 }, { "^=", 0 },
		{ "|=", 0 }, { "::", 0 },
	};
	size_t room = (size_t)(x->end - x->at);

	t->kind = TOKEN_PUNCTUATOR;
	t->punctuator = *x->at;
	t->text.len = 1;
	if (room > 1 && continues_punctuator(x->at[1])) {
		for (size_t k = 0; k < sizeof longer / sizeof *longer; k++) {
			size_t n = strlen(longer[k].text);

			if (n <= room && memcmp(x->at, longer[k].text, n) == 0) {
				t->punctuator = longer[k].means;
				t->text.len = n;
				break;
			}
		}
	}
	x->at += t->text.len;
}

void
lexer_init(struct lexer *x, struct str text)
{
	const char *at = text.data ? text.data : "";

	*x = (struct lexer){ .at = at, .end = at + text.len, .line = 1, .is_first = true };
}

bool
lexer_next(struct lexer *x, struct token *t)
{
	const char *from;

	while (x->at < x->end && skip_blank(x))
		;
	*t = (struct token){ .line = x->line, .is_first = x->is_first,
	    .text = { x->at, 0 }, .after = TOKEN_NONE, .up = TOKEN_NONE, .brace = TOKEN_NONE };
	if (x->at >= x->end)
		return false;
	x->is_first = false;
	from = x->at;
	if (is_digit(*from) || (*from == '.' && from + 1 < x->end && is_digit(from[1]))) {
		t->kind = TOKEN_NUMBER;
		read_number(x);
	} else if (is_word_byte(*from) ||
	    (*from == '\\' && from + 1 < x->end && (from[1] == 'u' || from[1] == 'U'))) {
		read_word_or_string(x, t);
	} else if ((*from == '"' || *from == '\'') && read_quoted(x)) {
		t->kind = *from == '"' ? TOKEN_STRING : TOKEN_CHARACTER;
	} else {
		read_punctuator(x, t);
	}
	t->text = (struct str){ from, (size_t)(x->at - from) };
	return true;
}

void
lexer_skip_line(struct lexer *x)
{
	while (x->at < x->end && *x->at != '\n')
		if (!skip_blank(x) && !((*x->at == '"' || *x->at == '\'') && read_quoted(x)))
			x->at++;
}

struct str
token_text(const struct token *t, struct arena *a)
{
	struct str s = t->text, copy;
	char *to;

	if (!t->is_spliced)
		return s;
	to = arena_alloc(a, s.len, 1);
	copy = (struct str){ to, 0 };
	for (size_t i = 0; i < s.len;) {
		size_t n = splice(s.data + i, s.data + s.len);

		if (n)
			i += n;
		else
			to[copy.len++] = s.data[i++];
	}
	return copy;
}

bool
token_is(const struct token *t, char punctuator)
{
	return t->kind == TOKEN_PUNCTUATOR && t->punctuator == punctuator;
}
