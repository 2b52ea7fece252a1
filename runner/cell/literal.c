#include "runner/cell/literal.h"

#include "runner/cell/lex.h"
#include "runner/cell/split.h"

/* Parentheses around a literal: further out they are not looked for. */
enum { NESTING = 64 };

/* From the brace at hand to behind the one that closes it. */
static const char *
behind_braces(struct lexer *x)
{
	struct token t;
	size_t depth = 1;

	while (depth > 0 && lexer_next(x, &t)) {
		if (token_is(&t, '{'))
			depth++;
		else if (token_is(&t, '}'))
			depth--;
	}
	return x->at;
}

struct str
literal_next(struct str text, size_t *body)
{
	const char *open[NESTING], *from = NULL;
	struct token before = { 0 }, t;
	size_t depth = 0;
	struct lexer x;

	lexer_init(&x, text);
	for (; lexer_next(&x, &t); before = t) {
		if (token_is(&t, '(')) {
			bool is_call = before.kind == TOKEN_IDENTIFIER && before.word == WORD_NONE;

			if (depth < NESTING)
				open[depth] = is_call ? NULL : t.text.data;
			depth++;
		} else if (token_is(&t, ')') && depth > 0) {
			from = --depth < NESTING ? open[depth] : NULL;
		} else if (token_is(&t, '{') && token_is(&before, ')') && from) {
			*body = (size_t)(x.at - from);
			return (struct str){ from, (size_t)(behind_braces(&x) - from) };
		}
	}
	return (struct str){ 0 };
}

bool
literal_is_kept(const struct declarator *d)
{
	bool address = str_find_byte(d->text, '*') < d->text.len;
	struct token before = { 0 }, t;
	struct lexer x;

	lexer_init(&x, d->initialiser);
	for (; lexer_next(&x, &t); before = t) {
		if (token_is(&before, '&') && token_is(&t, '('))
			address = true;
		if (address && token_is(&before, ')') && token_is(&t, '{'))
			return true;
	}
	return false;
}

bool
literal_is_plain(struct str initialiser)
{
	struct token before = { 0 }, t;
	size_t depth = 0;
	struct lexer x;

	lexer_init(&x, initialiser);
	for (; lexer_next(&x, &t); before = t) {
		if ((token_is(&before, '(') && token_is(&t, '{')) || (t.is_first && token_is(&t, '#')))
			return false;		/* ({ ... }), #if */
		if (token_is(&t, '{') && ++depth > LITERAL_DEEPEST)
			return false;
		if (token_is(&t, '}') && depth > 0)
			depth--;
	}
	return true;
}
