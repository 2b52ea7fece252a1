#include "runner/cell/scan.h"

void
scan_init(struct scan *s, struct str text)
{
	*s = (struct scan){ 0 };
	lexer_init(&s->lexer, text);
}

void
scan_was_type(struct scan *s)
{
	s->after_type = true;
}

static bool
is_name(const struct token *t)
{
	return t->kind == TOKEN_IDENTIFIER && t->word == WORD_NONE;
}

/* "int a, b": does what stands at a comma's right look like b? */
static bool
ends_declarator(const struct scan *s)
{
	struct lexer x = s->lexer;
	struct token t;

	return lexer_next(&x, &t)
	    && (token_is(&t, '=') || token_is(&t, ',') || token_is(&t, ';') || token_is(&t, '['));
}

static enum said
how_said(const struct scan *s)
{
	if (s->before.word == WORD_TAG)
		return SAID_AS_TAG;
	if (token_is(&s->before, '.') || str_eq(s->before.text, STR("->")))
		return SAID_AS_MEMBER;
	if (s->is_extern)
		return SAID_PLAINLY;
	if (s->after_type || is_name(&s->before))
		return SAID_AS_OWN;
	if (s->in_list && s->depth == s->list_depth && token_is(&s->before, ',')
	    && ends_declarator(s))
		return SAID_AS_OWN;
	return SAID_PLAINLY;
}

/* A token that is no name. */
static void
pass(struct scan *s, const struct token *t)
{
	if (token_is(t, '(') || token_is(t, '['))
		s->depth++;
	if ((token_is(t, ')') || token_is(t, ']')) && s->depth > 0)
		s->depth--;
	if (s->depth < s->list_depth || token_is(t, ';') || token_is(t, '{') || token_is(t, '}'))
		s->in_list = s->is_extern = false;
	if (t->kind == TOKEN_IDENTIFIER && str_eq(t->text, STR("extern")))
		s->is_extern = true;
	if (t->word == WORD_TYPE)
		s->after_type = true;
	else if (!token_is(t, '*') && t->word != WORD_SPECIFIER)
		s->after_type = false;
	/* Stars and qualifiers between a comma and the next declarator do not count. */
	if (!(token_is(&s->before, ',') && (token_is(t, '*') || t->word == WORD_SPECIFIER)))
		s->before = *t;
}

bool
scan_next(struct scan *s, struct token *name, enum said *how)
{
	while (lexer_next(&s->lexer, name)) {
		if (!is_name(name)) {
			pass(s, name);
			continue;
		}
		*how = how_said(s);
		if (*how == SAID_AS_OWN) {
			s->in_list = true;
			s->list_depth = s->depth;
		}
		s->after_type = *how == SAID_AS_TAG;
		s->before = *name;
		return true;
	}
	return false;
}
