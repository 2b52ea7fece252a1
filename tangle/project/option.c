#include "tangle/project/option.h"

#include <string.h>

#include "tangle/base/arena.h"
#include "tangle/base/diag.h"
#include "tangle/project/settings.h"

const struct option *
options_own(const struct options *o, const char *key)
{
	for (size_t i = 0; i < o->n; i++)
		if (str_eq(o->list[i].key, str_of(key)))
			return &o->list[i];
	return NULL;
}

const struct option *
options_find(const struct options *o, const char *key)
{
	for (; o; o = o->below) {
		const struct option *found = options_own(o, key);

		if (found)
			return found;
	}
	return NULL;
}

size_t
options_stack(const struct options *o, const char *key, struct arena *a, const struct option *const **stack)
{
	const struct option **list = NULL;
	size_t n = 0, at = 0;

	*stack = NULL;
	for (const struct options *l = o; l; l = l->below) {
		const struct option *found = options_own(l, key);

		n += found != NULL;
		if (found && found->is_final)
			break;
	}
	if (n == 0)
		return 0;
	list = arena_alloc(a, n, sizeof *list);
	for (at = n; at > 0; o = o->below)
		if ((list[at - 1] = options_own(o, key)))
			at--;
	*stack = list;
	return n;
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

/* ---- values ------------------------------------------------------------------ */

static void
complain_value(const struct option *o, const struct setting *s, struct diag *d)
{
	static const char *const kinds[] = {
		[SETTING_FLAG] = "true or false",
		[SETTING_TEXT] = "a word",
		[SETTING_WORDS] = "words",
		[SETTING_PAIRS] = "NAME=..., or a list of these",
		[SETTING_NUMBER] = "a number, or none",
		[SETTING_DURATION] = "a time such as 500ms, 10s or 2m, or none",
		[SETTING_SIZE] = "a size such as 64K, 16M or 1G, or none",
		[SETTING_GRID] = "NAME={VALUE, ...}, with a name for each parameter",
		[SETTING_TABLE] = "a table",
	};

	diag_error(d, STATUS_STRUCTURE, o->at, "bad-value",
	    "the value '%.*s' of '%.*s' must be %s", STR_ARG(o->value), STR_ARG(o->written),
	    s->choices ? s->choices : kinds[s->type]);
}

/* Each word of the value, or item of the list? */
static bool
are_choices(const struct option *o, const char *choices)
{
	struct str rest = o->value;

	for (size_t i = 0; i < o->nitems; i++)
		if (!setting_is_choice(choices, o->items[i]))
			return false;
	for (struct str word = str_word(&rest); word.len > 0; word = str_word(&rest))
		if (!setting_is_choice(choices, word))
			return false;
	return true;
}

bool
option_check(const struct option *o, const struct setting *s, struct diag *d)
{
	bool flag, ok = true;
	int64_t time;
	uint64_t size;

	if (o->is_list && s->type != SETTING_WORDS && s->type != SETTING_PAIRS && s->type != SETTING_GRID)
		ok = false;
	else if (s->choices && s->type == SETTING_WORDS)
		ok = are_choices(o, s->choices);
	else if (s->choices)
		ok = setting_is_choice(s->choices, o->value);
	else if (s->type == SETTING_FLAG)
		ok = setting_flag(o->value, &flag);
	else if (s->type == SETTING_DURATION)
		ok = setting_duration(o->value, &time) && time > 0;
	else if (s->type == SETTING_SIZE)
		ok = setting_size(o->value, &size);
	else if (s->type == SETTING_NUMBER)
		ok = setting_number(o->value, &size);
	else if (s->type == SETTING_TEXT && o->is_bare)
		ok = false;
	if (!ok)
		complain_value(o, s, d);
	return ok;
}

void
option_canonical(struct option *o)
{
	bool on;

	if (!setting_flag(o->value, &on))
		return;
	if (str_eq(o->key, STR("run")))
		o->value = on ? STR("true") : STR("false");
	else if (str_eq(o->key, STR("cache")) && !str_eq_nocase(o->value, STR("off")))
		o->value = on ? STR("run") : STR("object");
}

bool
option_has_word(const struct option *o, struct str wanted)
{
	struct str rest = o->value;

	for (size_t i = 0; i < o->nitems; i++)
		if (str_eq(o->items[i], wanted))
			return true;
	for (struct str word = str_word(&rest); word.len > 0; word = str_word(&rest))
		if (str_eq(word, wanted))
			return true;
	return false;
}
