#include "runner/cell/names.h"

#include <assert.h>
#include <string.h>

#include "runner/cell/lex.h"
#include "tangle/base/arena.h"

void *
names_room(struct arena *a, void *array, size_t *cap, size_t n, size_t size)
{
	void *more;

	if (n < *cap)
		return array;
	*cap = *cap ? *cap * 2 : 4;
	more = arena_alloc(a, *cap, size);
	if (n > 0)
		memcpy(more, array, n * size);
	return more;
}

void
names_list_add(struct arena *a, struct list *l, void *value)
{
	l->list = names_room(a, l->list, &l->cap, l->n, sizeof *l->list);
	l->list[l->n++] = value;
}

void
names_mention_add(struct arena *a, struct mentions *m, struct mention one)
{
	m->list = names_room(a, m->list, &m->cap, m->n, sizeof *m->list);
	m->list[m->n++] = one;
}

struct name *
names_get(struct interface *i, struct str text)
{
	struct name *n = map_get(&i->names, text);

	if (!n) {
		n = arena_alloc(i->arena, 1, sizeof *n);
		n->text = arena_str(i->arena, text);
		map_put(&i->names, n->text, n);
	}
	return n;
}

bool
names_is_visible(const struct entry *e, size_t cell)
{
	return e->cell < cell && cell < e->hidden_from;
}

const struct reference *
names_in(struct interface *i, struct str text, size_t *n)
{
	struct reference *list = NULL;
	size_t cap = 0, stamp = ++i->stamp;
	struct lexer x;
	struct token t;
	bool tag = false;

	*n = 0;
	lexer_init(&x, text);
	while (lexer_next(&x, &t)) {
		if (t.kind == TOKEN_IDENTIFIER && t.word == WORD_NONE) {
			struct name *name = names_get(i, token_text(&t, i->arena));

			if (name->seen != stamp || tag) {
				name->seen = stamp;
				list = names_room(i->arena, list, &cap, *n, sizeof *list);
				list[(*n)++] = (struct reference){ name, tag };
			}
		}
		tag = t.word == WORD_TAG;
	}
	return list;
}

size_t
names_version(const struct name *n, size_t index)
{
	size_t v = n->nversions;

	while (v > 1 && n->versions[v - 1] > index)
		v--;
	return v;
}

size_t
names_cell_index(const struct interface *i, size_t number)
{
	size_t low = 0, high = i->cells.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct interface_cell *c = i->cells.list[middle];

		if (c->source.number < number)
			low = middle + 1;
		else
			high = middle;
	}
	assert(low < i->cells.n && "cells are added before they are asked for");
	return low;
}

/* Symbols that are ours: skein_b1, skein_store, ... */
static bool
is_reserved(struct str name)
{
	static const char *const ours[] = { "store", "show", "unit", "block", "value", "type" };
	size_t k;

	for (k = 0; k < sizeof ours / sizeof *ours; k++)
		if (str_eq(name, str_of(ours[k])))
			return true;
	if (str_starts(name, STR("s_")) || str_starts(name, STR("image"))
	    || str_starts(name, STR("svg")))
		return true;
	return name.len > 1 && (name.data[0] == 'b' || name.data[0] == 'p')
	    && name.data[1] >= '0' && name.data[1] <= '9';
}

struct str
names_symbol(const struct interface *i, const struct name *n, size_t index)
{
	size_t v = names_version(n, index);
	const char *escape = is_reserved(n->text) ? "0" : "";

	if (v == 0)
		return (struct str){ 0 };
	if (v == 1)
		return arena_printf(i->arena, "skein_%s%.*s", escape, STR_ARG(n->text));
	return arena_printf(i->arena, "skein_%s%.*s__%zu", escape, STR_ARG(n->text), v);
}

