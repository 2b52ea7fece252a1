#include "runner/cell/splitter.h"

#include "tangle/base/arena.h"
#include "tangle/base/mem.h"

/* How much text the expansion of macros may read and make, in bytes. */
enum { BUDGET = 256 * 1024, BUDGET_A_BYTE = 64 };

/* ---- items ---- */

static void
read_expression(struct splitter *s, struct item *it)
{
	it->kind = ITEM_EXPRESSION;
	skip_to(s, ';', ';');
	if (at(s, ';')) {
		it->kind = ITEM_STATEMENT;
		step(s);
	}
}

static void
read_asm(struct splitter *s, struct item *it)
{
	size_t i = next(s, s->at);

	it->kind = ITEM_NEUTRAL;
	if (!token_is(token(s, i), '('))
		it->kind = ITEM_STATEMENT;	/* volatile, goto */
	else
		for (size_t j = i + 1; j < last_of(s, i); j++)
			if (token_is(token(s, j), ':'))
				it->kind = ITEM_STATEMENT;
	skip_to(s, ';', ';');
	if (at(s, ';'))
		step(s);
}

/* Past attributes in front of i. */
static size_t
behind_attributes(const struct splitter *s, size_t i)
{
	for (;;) {
		if (is_brackets_attribute(s, i))
			i = behind(s, i);
		else if (token(s, i)->word != WORD_ATTRIBUTE)
			return i;
		else if (i = next(s, i), token_is(token(s, i), '('))
			i = behind(s, i);
	}
}

/* Over macros that stand for nothing; what they are. */
static enum call
skip_empty_macros(struct splitter *s)
{
	enum call class;

	for (;;) {
		unsigned set = 0;
		bool storage = false;

		class = call_class(s, s->at, &set, &storage);
		if (class != CALL_EMPTY)
			return class;
		call_skip(s);
	}
}

static void
read_neutral(struct splitter *s, struct item *it)
{
	it->kind = ITEM_NEUTRAL;
	skip_to(s, ';', ';');
	if (at(s, ';'))
		step(s);
}

static void
read_pragma_operator(struct splitter *s, struct item *it)
{
	it->kind = ITEM_DIRECTIVE;
	it->directive = DIRECTIVE_PRAGMA;
	step(s);
	if (at(s, '(')) {
		struct str string = token(s, next(s, s->at))->text;

		it->directive = directive_of_pragma(str_slice(string, 1, string.len));
		skip(s);
	}
}

static void
read_opaque(struct splitter *s, struct item *it)
{
	it->kind = ITEM_MACRO;
	it->name = name_at(s, s->at);
	step(s);
	skip(s);
	if (at(s, ';') || at(s, '{'))
		skip(s);
}

static void
read_item(struct splitter *s, struct item *it)
{
	size_t first = s->at, i;
	enum call class = skip_empty_macros(s);
	const struct token *t = here(s);

	i = behind_attributes(s, s->at);
	if (at_end(s) || token_is(t, '}') || token_is(t, ')') || token_is(t, ']')) {
		it->kind = ITEM_NEUTRAL;
		if (s->at == first)
			step(s);
	} else if (token_is(t, ';')) {
		it->kind = s->at == first ? ITEM_NEUTRAL : ITEM_STATEMENT;
		step(s);
	} else if (t->word == WORD_ASSERT) {
		read_neutral(s, it);
	} else if (t->word == WORD_PRAGMA) {
		read_pragma_operator(s, it);
	} else if (t->word == WORD_ASM) {
		read_asm(s, it);
	} else if (class == CALL_OTHER && call_read(s, s->at, it)) {
		return;
	} else if (statement_begins(s, i) || (i != s->at && token_is(token(s, i), ';'))) {
		it->kind = ITEM_STATEMENT;
		statement_skip(s);
	} else if (guess_is_opaque(s, s->at)) {
		read_opaque(s, it);
	} else if (guess_begins_declaration(s, s->at)) {
		declaration_read(s, it);
	} else if (statement_is_macro_loop(s, s->at)) {
		it->kind = ITEM_STATEMENT;
		statement_skip(s);
	} else {
		read_expression(s, it);
	}
}

/* ---- the whole ---- */

static struct item *
add_item(struct splitter *s)
{
	s->items = mem_grow(s->items, &s->items_cap, s->nitems + 1, sizeof *s->items);
	return &s->items[s->nitems++];
}

/* Move what was gathered into the item. */
static void
finish_item(struct splitter *s, struct item *it, size_t first)
{
	const struct token *t = token(s, s->last);

	it->text = span(s, first, s->last);
	it->line = token(s, first)->line;
	it->end_line = t->line;
	for (size_t i = 0; i < t->text.len; i++)
		it->end_line += t->text.data[i] == '\n';
	it->declarators = arena_copy(s->arena, s->declarators, s->ndeclarators, sizeof *s->declarators);
	it->ndeclarators = s->ndeclarators;
	it->tags = arena_copy(s->arena, s->tags, s->ntags, sizeof *s->tags);
	it->ntags = s->ntags;
	it->enumerators = arena_copy(s->arena, s->enumerators, s->nenumerators, sizeof *s->enumerators);
	it->nenumerators = s->nenumerators;
	it->storage = arena_copy(s->arena, s->storage, s->nstorage, sizeof *s->storage);
	it->nstorage = s->nstorage;
	s->ndeclarators = s->ntags = s->nenumerators = s->nstorage = 0;
}

/*
 * The item holds the front of an #if group: take it whole.  Returns the number
 * of # lines up to the item's end.
 */
static size_t
close_groups(struct splitter *s, size_t first, struct item *it)
{
	size_t from = token(s, first)->lines, end = token(s, s->last)->lines, lines = end;
	const struct line *l;

	for (size_t d = from; d < lines; d++) {
		l = &s->ts.line[d];
		if (l->group == GROUP_IF && l->closer != TOKEN_NONE && l->closer >= end)
			end = l->closer + 1;
	}
	if (end == lines)
		return lines;
	l = &s->ts.line[end - 1];
	s->last = l->before - 1;
	it->text.len = (size_t)(l->text.data + l->text.len - it->text.data);
	it->end_line = l->end_line;
	return end;
}

/*
 * The item holds the end of an #if group that begins before it: take the front
 * into the item, with what stands between, as far as that can be one item.
 */
static void
open_groups(struct splitter *s, size_t first, size_t end, struct item *it)
{
	enum { FARTHEST = 64 };		/* so that the search stays linear */
	const char *opener = NULL;
	size_t from = token(s, first)->lines, k = s->nitems;

	for (size_t d = from, lowest = from; d < end; d++)
		if (s->ts.line[d].opener < lowest) {
			lowest = s->ts.line[d].opener;
			opener = s->ts.line[lowest].text.data;
		}
	if (!opener)
		return;
	for (; k > 0 && s->nitems - k < FARTHEST; k--) {
		const struct item *before = &s->items[k - 1];

		if (before->text.data == opener)
			break;
		if (before->kind != ITEM_DIRECTIVE && (before->kind != ITEM_STATEMENT ||
		    (it->kind != ITEM_STATEMENT && it->kind != ITEM_EXPRESSION)))
			return;
	}
	if (k == 0 || s->items[k - 1].text.data != opener)
		return;
	s->nitems = k - 1;
	it->line = s->items[s->nitems].line;
	it->text.len += (size_t)(it->text.data - opener);
	it->text.data = opener;
	if (it->kind == ITEM_DECLARATION || it->kind == ITEM_FUNCTION) {
		it->spec.len += (size_t)(it->spec.data - opener);
		it->spec.data = opener;
	}
}

/* A body whose head is one of several: there is no single declaration of it. */
static bool
has_several_heads(const struct splitter *s, size_t first, const struct item *it)
{
	for (size_t d = token(s, first)->lines; d < token(s, s->last)->lines; d++) {
		const struct line *l = &s->ts.line[d];

		if (l->text.data > it->body.data && l->opener != TOKEN_NONE &&
		    s->ts.line[l->opener].text.data < it->body.data)
			return true;
	}
	return false;
}

static void
take_inner(struct splitter *s, struct item *it)
{
	it->inner = arena_copy(s->arena, s->inner, s->ninner, sizeof *s->inner);
	it->ninner = s->ninner;
	s->ninner = 0;
}

void
split_read(struct splitter *s)
{
	for (;;) {
		struct item it = {0};
		size_t first = s->at, end;

		while (s->line < here(s)->lines) {
			struct item directive;

			directive_read(s, &directive);
			*add_item(s) = directive;
		}
		if (at_end(s) || (s->limit && here(s)->text.data >= s->limit))
			return;
		read_item(s, &it);
		finish_item(s, &it, first);
		if (it.kind == ITEM_FUNCTION && !it.expansion.data &&
		    has_several_heads(s, first, &it))
			it.kind = ITEM_MACRO;
		end = close_groups(s, first, &it);
		open_groups(s, first, end, &it);
		directive_learn(s, end);
		take_inner(s, &it);
		*add_item(s) = it;
		s->line = end;
		s->at = s->last + 1;
	}
}

void
splitter_release(struct splitter *s)
{
	mem_free(s->items);
	mem_free(s->declarators);
	mem_free(s->tags);
	mem_free(s->enumerators);
	mem_free(s->storage);
	mem_free(s->pending);
	mem_free(s->inner);
	mem_free(s->macros);
	mem_free(s->groups);
	tokens_release(&s->ts);
}

const struct item *
split(struct str text, struct split_context *c, struct arena *a, size_t *nitems)
{
	size_t budget = BUDGET + BUDGET_A_BYTE * text.len;
	struct splitter s = { .context = c, .arena = a, .budget = &budget, .work = &c->work };
	const struct item *items;

	tokens_read(&s.ts, text);
	c->work += s.ts.work;
	split_read(&s);
	items = arena_copy(a, s.items, s.nitems, sizeof *s.items);
	*nitems = s.nitems;
	splitter_release(&s);
	return items;
}

void
split_context_release(struct split_context *c)
{
	map_release(&c->typedefs);
	map_release(&c->variables);
	map_release(&c->macros);
}
