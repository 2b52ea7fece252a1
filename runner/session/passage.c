#include "runner/session/passage.h"

#include <stdbool.h>
#include <stddef.h>

#include "runner/cell/lex.h"

struct passage {
	struct lexer lexer;
	struct token t, before, earlier;
	size_t braces;
};

static bool
passage_next(struct passage *p)
{
	p->earlier = p->before;
	p->before = p->t;
	if (!lexer_next(&p->lexer, &p->t))
		return false;
	if (token_is(&p->t, '{'))
		p->braces++;
	else if (token_is(&p->t, '}'))
		p->braces--;
	return true;
}

/* Past brackets that open here. */
static bool
passage_skip(struct passage *p)
{
	size_t depth = 0;

	do {
		if (token_is(&p->t, '[') || token_is(&p->t, '(') || token_is(&p->t, '{'))
			depth++;
		else if (token_is(&p->t, ']') || token_is(&p->t, ')') || token_is(&p->t, '}'))
			depth--;
		if (!passage_next(p))
			return false;
	} while (depth > 0);
	return true;
}

/* To the end of an initialiser or of an assignment; false if it is not reached. */
static bool
passage_end(struct passage *p)
{
	while (!token_is(&p->t, ';') && !token_is(&p->t, ',')) {
		if (token_is(&p->t, '[') || token_is(&p->t, '(') || token_is(&p->t, '{')) {
			if (!passage_skip(p))
				return false;
		} else if (token_is(&p->t, ')') || token_is(&p->t, ']') || token_is(&p->t, '}')) {
			return false;
		} else if (!passage_next(p)) {
			return false;
		}
	}
	return true;
}

/* From behind the name of a declaration. */
static enum passage_setting
setting_of(struct passage *p, struct str name)
{
	size_t braces = p->braces;
	bool is_set;

	while (token_is(&p->t, '['))
		if (!passage_skip(p))
			return PASSAGE_NOT_YET;
	is_set = str_eq(p->t.text, STR("="));
	if (is_set || token_is(&p->t, '{') || token_is(&p->t, '('))
		return passage_end(p) ? PASSAGE_SETTLED : PASSAGE_NOT_YET;
	/* At the same level a statement later sets it, which is not passed by. */
	while (passage_next(p) && p->braces + 1 > braces) {
		bool is_for = token_is(&p->before, '(') && str_eq(p->earlier.text, STR("for"));
		bool is_statement = token_is(&p->before, ';') || token_is(&p->before, '}');

		if (p->braces != braces || !str_eq(p->t.text, name) || !(is_for || is_statement))
			continue;
		if (!passage_next(p))
			break;
		if (str_eq(p->t.text, STR("=")))
			return passage_end(p) ? PASSAGE_SETTLED : PASSAGE_UNKNOWN;
	}
	return PASSAGE_UNKNOWN;
}

enum passage_setting
passage_setting(struct str text, struct str name)
{
	struct passage p = {0};

	lexer_init(&p.lexer, text);
	if (!passage_next(&p) || !str_eq(p.t.text, name))
		return PASSAGE_ELSEWHERE;
	return passage_next(&p) ? setting_of(&p, name) : PASSAGE_NOT_YET;
}
