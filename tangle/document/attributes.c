#include "tangle/document/attributes.h"

#include <string.h>

#include "tangle/base/arena.h"
#include "tangle/base/diag.h"
#include "tangle/project/settings.h"

const struct option *
options_find(const struct options *o, const char *key)
{
	for (size_t i = 0; i < o->n; i++)
		if (str_eq(o->list[i].key, str_of(key)))
			return &o->list[i];
	return NULL;
}

void
options_remove(struct options *o, struct str key)
{
	size_t kept = 0;

	for (size_t i = 0; i < o->n; i++)
		if (!str_eq(o->list[i].key, key))
			o->list[kept++] = o->list[i];
	o->n = kept;
}

enum { MOST_OPTIONS = 1000 };

static bool
same_value(const struct option *a, const struct option *b)
{
	if (a->is_list != b->is_list || a->nitems != b->nitems)
		return false;
	for (size_t i = 0; i < a->nitems; i++)
		if (!str_eq(a->items[i], b->items[i]))
			return false;
	return str_eq(a->value, b->value);
}

bool
options_add(struct options *to, struct option o, struct diag *d)
{
	o.written = o.key;
	if (!setting_find(o.key)) {	/* else it is canonical as it is */
		o.key = setting_key(to->arena, o.key);
		if (!setting_find(o.key) && setting_alias(&o.key, &o.value))
			o.is_bare = false;
	}
	if (to->n >= MOST_OPTIONS) {	/* all are looked at for each that is added */
		diag_error(d, STATUS_LIMIT, o.at, "too-many-options",
		    "there are more than %d options; '%.*s' is not taken", MOST_OPTIONS, STR_ARG(o.written));
		return false;
	}
	for (size_t i = 0; i < to->n; i++) {
		if (!str_eq(to->list[i].key, o.key))
			continue;
		if (same_value(&to->list[i], &o) || !setting_find(o.key))
			return true;
		diag_error(d, STATUS_STRUCTURE, o.at, "option-twice",
		    "option '%.*s' is given twice with different values",
		    STR_ARG(o.written));
		diag_note(d, to->list[i].at, "the other value is here");
		return false;
	}
	if (to->n == to->cap) {
		size_t cap = to->cap ? 2 * to->cap : 1;	/* most blocks have one */
		struct option *list = arena_alloc(to->arena, cap, sizeof *list);

		if (to->n)
			memcpy(list, to->list, to->n * sizeof *list);
		to->list = list;
		to->cap = cap;
	}
	to->list[to->n++] = o;
	return true;
}

size_t
option_words(const struct option *o, struct arena *a, const struct str **words)
{
	struct str rest = o->value, *list;
	size_t n = 0;

	if (o->is_list) {
		*words = o->items;
		return o->nitems;
	}
	list = arena_alloc(a, o->value.len / 2 + 1, sizeof *list);
	for (struct str w; (w = str_word(&rest)).len > 0;)
		list[n++] = w;
	*words = list;
	return n;
}
