#include "runner/cli/wishes.h"

struct wish *
wishes_find(struct wishes *w, struct str key)
{
	for (size_t i = 0; i < w->n; i++)
		if (str_eq(w->list[i].key, key))
			return &w->list[i];
	return NULL;
}

void
wishes_add(struct wishes *w, struct str key, struct str value)
{
	if (value.len > 0 && !wishes_find(w, key) && w->n < WISHES_MOST)
		w->list[w->n++] = (struct wish){ key, value };
}

void
wishes_set(struct wishes *w, struct str key, struct str value)
{
	struct wish *known = wishes_find(w, key);

	if (!known && w->n < WISHES_MOST)
		known = &w->list[w->n++];
	if (known)
		*known = (struct wish){ key, value };
}

void
wishes_drop(struct wishes *w, struct str key)
{
	size_t n = 0;

	for (size_t i = 0; i < w->n; i++)
		if (!str_eq(w->list[i].key, key))
			w->list[n++] = w->list[i];
	w->n = n;
}

bool
wishes_differ(const struct wishes *a, const struct wishes *b)
{
	if (a->n != b->n)
		return true;
	for (size_t i = 0; i < a->n; i++)
		if (!str_eq(a->list[i].key, b->list[i].key) || !str_eq(a->list[i].value, b->list[i].value))
			return true;
	return false;
}
