#include "runner/cell/constant.h"

#include <string.h>

#include "runner/cell/lex.h"

/* Macros within macros: deeper is called not constant. */
#define NESTING	16
/* Macros may double at each level: so many are opened, then it is no. */
#define BUDGET	256

/* A window on the tokens: what stands before and behind matters. */
struct reader {
	struct lexer lexer[NESTING];
	size_t depth, opened;
	struct token before, now, behind;
	meaning_fn *means;
	void *arg;
};

static bool
is_upper(struct str s)
{
	bool letter = false;
	size_t i;

	for (i = 0; i < s.len; i++) {
		char c = s.data[i];

		if (c >= 'A' && c <= 'Z')
			letter = true;
		else if (c != '_' && !(c >= '0' && c <= '9'))
			return false;
	}
	return letter;
}

static bool
is_known_constant(struct str s)
{
	return str_eq(s, STR("true")) || str_eq(s, STR("false")) || str_eq(s, STR("nullptr"));
}

static bool
is_measuring(struct str s)
{
	return str_eq(s, STR("sizeof")) || str_eq(s, STR("_Alignof")) || str_eq(s, STR("alignof"))
	    || str_eq(s, STR("__alignof__")) || str_eq(s, STR("offsetof"))
	    || str_eq(s, STR("__builtin_offsetof")) || str_eq(s, STR("__builtin_types_compatible_p"));
}

/* The next token into `behind`; # lines do not count. */
static void
read_behind(struct reader *r)
{
	struct token *t = &r->behind;

	for (;;) {
		struct lexer *x = &r->lexer[r->depth];
		bool more = lexer_next(x, t);

		if (more && t->is_first && token_is(t, '#'))
			lexer_skip_line(x);
		else if (more || r->depth == 0)
			return;
		else
			r->depth--;
	}
}

static void
advance(struct reader *r)
{
	r->before = r->now;
	r->now = r->behind;
	read_behind(r);
}

/* From an opening bracket to the one that closes it. */
static void
skip_brackets(struct reader *r)
{
	size_t open = 0;

	for (; r->now.kind != TOKEN_END; advance(r)) {
		if (token_is(&r->now, '('))
			open++;
		else if (token_is(&r->now, ')') && --open == 0)
			return;
	}
}

/* Could a value begin with t?  Then what stands in parentheses before is a cast. */
static bool
begins_operand(const struct token *t)
{
	return t->kind == TOKEN_IDENTIFIER || t->kind == TOKEN_NUMBER || t->kind == TOKEN_STRING
	    || t->kind == TOKEN_CHARACTER || token_is(t, '(') || token_is(t, '{')
	    || token_is(t, '&') || token_is(t, '-') || token_is(t, '~') || token_is(t, '!');
}

/* (name) or (name *) before an operand. */
static bool
is_cast(const struct reader *r)
{
	struct lexer x = r->lexer[r->depth];
	struct token t = r->behind;

	if (!token_is(&r->before, '('))
		return false;
	while (token_is(&t, '*') || t.word == WORD_SPECIFIER)
		if (!lexer_next(&x, &t))
			return false;
	return token_is(&t, ')') && lexer_next(&x, &t) && begins_operand(&t);
}

/* &name, the & being no "and". */
static bool
is_address(const struct reader *r, const struct token *before_that)
{
	return token_is(&r->before, '&') && (before_that->kind == TOKEN_END
	    || (before_that->kind == TOKEN_PUNCTUATOR && !token_is(before_that, ')')
	    && !token_is(before_that, ']')));
}

static bool
is_constant_macro(struct reader *r, struct str body)
{
	if (r->depth + 1 == NESTING || ++r->opened > BUDGET)
		return false;
	/* `behind` stands in the outer text: read it again afterwards. */
	r->lexer[r->depth].at = r->behind.kind == TOKEN_END ? r->lexer[r->depth].end
	    : r->behind.text.data;
	lexer_init(&r->lexer[++r->depth], body);
	read_behind(r);
	return true;
}

static bool
is_constant_name(struct reader *r, const struct token *before_that)
{
	struct str name = r->now.text, body = { 0 };
	bool call = token_is(&r->behind, '(');

	if (is_measuring(name)) {
		advance(r);
		if (token_is(&r->now, '('))
			skip_brackets(r);
		return true;
	}
	if (r->now.word != WORD_NONE)
		return r->now.word != WORD_OPERATOR && r->now.word != WORD_ASM;
	if (token_is(&r->before, '.') || is_address(r, before_that))
		return true;
	switch (r->means(r->arg, name, &body)) {
	case MEANS_VARIABLE:
		return false;
	case MEANS_ARRAY:
		return !token_is(&r->behind, '[');
	case MEANS_FUNCTION:
		return !call;
	case MEANS_ENUMERATOR:
	case MEANS_TYPE:
		return true;
	case MEANS_MACRO:
		return is_constant_macro(r, body);
	case MEANS_UNKNOWN:
		break;
	}
	return is_upper(name) || is_known_constant(name) || is_cast(r);
}

bool
constant_is(struct str initialiser, meaning_fn *means, void *arg)
{
	struct reader r = { .means = means, .arg = arg };
	struct token before_that = { 0 };

	lexer_init(&r.lexer[0], initialiser);
	advance(&r);
	r.now = (struct token){ 0 };
	for (advance(&r); r.now.kind != TOKEN_END; advance(&r)) {
		if (token_is(&r.now, '{') && token_is(&r.before, '('))
			return false;		/* a statement expression */
		if (r.now.kind == TOKEN_PUNCTUATOR && r.now.punctuator == 0
		    && (str_eq(r.now.text, STR("->")) || str_eq(r.now.text, STR("++"))))
			return false;
		if (r.now.kind == TOKEN_IDENTIFIER && !is_constant_name(&r, &before_that))
			return false;
		before_that = r.before;
	}
	return true;
}
