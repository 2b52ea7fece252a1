#include "runner/cell/nature.h"

#include "runner/cell/split.h"

const char *
nature_word(enum nature n)
{
	switch (n) {
	case NATURE_EMPTY: return "directives";
	case NATURE_PROGRAM: return "program";
	case NATURE_DECLARATIONS: return "declarations";
	case NATURE_STATEMENTS: return "statements";
	case NATURE_EXPRESSION: return "expression";
	}
	return "";
}

static enum nature
nature_of_item(const struct item *it)
{
	switch (it->kind) {
	case ITEM_DIRECTIVE:
	case ITEM_NEUTRAL:
		return NATURE_EMPTY;
	case ITEM_FUNCTION:
		if (it->ndeclarators > 0 && str_eq(it->declarators[0].name, STR("main")))
			return NATURE_PROGRAM;
		return NATURE_DECLARATIONS;
	case ITEM_DECLARATION:
	case ITEM_MACRO:
		return NATURE_DECLARATIONS;
	case ITEM_STATEMENT:
		return NATURE_STATEMENTS;
	case ITEM_EXPRESSION:
		return NATURE_EXPRESSION;
	}
	return NATURE_EMPTY;
}

/* Of two texts together. */
static enum nature
join(enum nature a, enum nature b)
{
	if (a == NATURE_EMPTY || a == b)
		return b;
	if (b == NATURE_EMPTY)
		return a;
	if (a == NATURE_PROGRAM || b == NATURE_PROGRAM)
		return NATURE_PROGRAM;
	return NATURE_STATEMENTS;
}

enum nature
nature_of(struct str text, struct split_context *c, struct arena *a)
{
	enum nature all = NATURE_EMPTY;
	size_t n;
	const struct item *items = split(text, c, a, &n);

	for (size_t i = 0; i < n; i++)
		all = join(all, nature_of_item(&items[i]));
	return all;
}
