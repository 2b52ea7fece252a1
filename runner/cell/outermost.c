#include "runner/cell/outermost.h"

#include "runner/cell/lex.h"

static bool
is_start(const struct token *before, const struct token *t)
{
	if (t->word == WORD_ELSE || (token_is(before, '}') && t->word == WORD_WHILE))
		return false;
	return token_is(before, ';') || token_is(before, '}');
}

size_t
outermost_line(struct str text, size_t line)
{
	struct token t, before = { .kind = TOKEN_END };
	struct lexer x;
	size_t depth = 0, start = 0;

	lexer_init(&x, text);
	while (lexer_next(&x, &t) && t.line <= line) {
		if (token_is(&t, '#') && t.is_first) {
			lexer_skip_line(&x);
			continue;
		}
		if (depth == 0 && (start == 0 || is_start(&before, &t)))
			start = t.line;
		if (token_is(&t, '(') || token_is(&t, '{') || token_is(&t, '['))
			depth++;
		else if (depth > 0 && (token_is(&t, ')') || token_is(&t, '}') || token_is(&t, ']')))
			depth--;
		before = t;
	}
	return start > 0 ? start : line;
}
