#include "runner/script/exchange.h"

#include "runner/cell/cell.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/json.h"
#include "tangle/document/block.h"
#include "tangle/document/blocks.h"
#include "tangle/project/option.h"
#include "tangle/project/settings.h"

/* ---- options out ------------------------------------------------------------------------ */

/* By its setting, so that a hook always finds a list, or a truth, in the same place. */
static struct json *
option_json(const struct option *o)
{
	const struct setting *s = setting_find(o->key);
	struct str rest = o->value, word;
	struct json *list;
	bool on;

	if (o->is_list || (s && (s->type == SETTING_WORDS || s->type == SETTING_PAIRS))) {
		list = json_new_array();
		for (size_t i = 0; i < o->nitems; i++)
			json_push(list, json_new_string(o->items[i]));
		if (!o->is_list && s->type == SETTING_PAIRS)
			json_push(list, json_new_string(o->value));
		while (!o->is_list && s->type == SETTING_WORDS && (word = str_word(&rest)).len > 0)
			json_push(list, json_new_string(word));
		return list;
	}
	if ((o->is_bare || !s || s->type == SETTING_FLAG || str_eq(o->key, STR("run"))) &&
	    setting_flag(o->value, &on))
		return json_new_boolean(on);
	return json_new_string(o->value);
}

static struct json *
options_json(const struct options *o)
{
	struct json *j = json_new_object();
	char key[128];

	for (size_t i = 0; i < o->n; i++) {
		const struct option *one = &o->list[i];

		if (str_eq(one->key, STR("name")) || str_eq(one->key, STR("file")))
			continue;	/* fields of their own */
		if (one->key.len >= sizeof key || str_utf8_error(one->key) < one->key.len ||
		    str_find_byte(one->key, '\0') < one->key.len)
			continue;
		for (size_t k = 0; k < one->key.len; k++)
			key[k] = one->key.data[k];
		key[one->key.len] = '\0';
		json_put(j, key, option_json(one));
	}
	return j;
}

/* ---- blocks and cells out ---------------------------------------------------------------- */

bool
exchange_has_block(const struct block *b)
{
	return !b->is_output && !b->is_broken;
}

static void
put_place(struct json *j, struct place at)
{
	json_put_integer(j, "line", (long long)source_position(at.source, at.offset).line);
}

/* What a block and its cell have in common. */
static void
put_names(struct json *j, const struct block *b, struct str language)
{
	json_put_string(j, "document", b->document->path);
	put_place(j, b->at);
	json_put_string(j, "language", language);
	if (b->name.len > 0)
		json_put_string(j, "name", b->name);
	if (b->file.len > 0)
		json_put_string(j, "file", b->file);
	if (b->is_hidden)
		json_put_boolean(j, "hidden", true);
	json_put(j, "options", options_json(&b->options));
}

static void
put_text(struct json *j, const struct block *b)
{
	struct buf text = {0};
	struct str line;

	for (struct body rest = block_body(b); body_line(&rest, &line);) {
		buf_add(&text, str_chomp(line));
		buf_byte(&text, '\n');
	}
	json_put_string(j, "text", buf_str(&text));
	buf_release(&text);
}

struct json *
exchange_block(const struct block *b)
{
	struct json *j = json_new_object();

	json_put_integer(j, "number", (long long)b->number + 1);
	json_put_string(j, "kind", str_of(block_kind(b)));
	put_names(j, b, b->language);
	put_text(j, b);
	return j;
}

struct json *
exchange_document(const struct blocks *b)
{
	struct json *j = json_new_object(), *list = json_new_array();

	json_put_string(j, "document", b->document->path);
	json_put(j, "options", options_json(&b->document->options));
	for (size_t i = 0; i < b->n; i++)
		if (exchange_has_block(&b->list[i]))
			json_push(list, exchange_block(&b->list[i]));
	json_put(j, "blocks", list);
	return j;
}

struct str
exchange_language(const struct cell *c)
{
	return !c->generator ? c->block->language : c->is_cxx ? STR("c++") : STR("c");
}

struct json *
exchange_cell(const struct cell *c)
{
	struct json *j = json_new_object();

	json_put_integer(j, "cell", (long long)c->ordinal);
	json_put_string(j, "session", c->session);
	if (c->instance.len > 0)
		json_put_string(j, "instance", c->instance);
	put_names(j, c->block, exchange_language(c));
	return j;
}

/* ---- what came back ------------------------------------------------------------------------ */

static struct str
nearest_field(const struct json *given, const char *changeable, struct str name)
{
	const struct json *value;
	struct str key, best = {0}, rest = str_of(changeable);
	unsigned limit = name.len <= 4 ? 1 : 2;

	for (void *at = json_next(given, NULL, &key, &value); at; at = json_next(given, at, &key, &value)) {
		unsigned far = str_distance(name, key, limit);

		if (far <= limit) {
			best = key;
			limit = far;
		}
	}
	while (best.len == 0 && rest.len > 0) {
		key = str_cut(rest, '|', &rest);
		if (str_distance(name, key, limit) <= limit)
			best = key;
	}
	return best;
}

static void
say_changeable(struct buf *to, const char *changeable)
{
	struct str rest = str_of(changeable);

	for (bool first = true; rest.len > 0; first = false) {
		struct str one = str_cut(rest, '|', &rest);

		buf_printf(to, "%s'%.*s'", first ? "" : rest.len > 0 ? ", " : " and ", STR_ARG(one));
	}
}

static bool
check_field(const struct json *given, struct str key, const struct json *value,
    const char *changeable, struct arena *a, struct str *why)
{
	struct buf b = {0};
	struct str near;

	if (setting_is_choice(changeable, key) ||
	    (json_get(given, key.data) && json_same(json_get(given, key.data), value)))
		return true;
	near = nearest_field(given, changeable, key);
	if (json_get(given, key.data)) {
		buf_printf(&b, "'%.*s' cannot be changed here, but ", STR_ARG(key));
		say_changeable(&b, changeable);
	} else if (near.len > 0) {
		buf_printf(&b, "there is no field '%.*s'; did you mean '%.*s'?", STR_ARG(key), STR_ARG(near));
	} else {
		buf_printf(&b, "there is no field '%.*s'; what can be changed is ", STR_ARG(key));
		say_changeable(&b, changeable);
	}
	*why = buf_take(&b, a);
	return false;
}

bool
exchange_check(const struct json *given, const struct json *back, const char *changeable,
    struct arena *a, struct str *why)
{
	const struct json *value;
	struct str key;

	if (json_kind(back) != JSON_KIND_OBJECT) {
		*why = STR("it must return the table, false to leave it out, or nothing");
		return false;
	}
	for (void *at = json_next(back, NULL, &key, &value); at; at = json_next(back, at, &key, &value))
		if (!check_field(given, key, value, changeable, a, why))
			return false;
	return true;
}

/* ---- options in ------------------------------------------------------------------------------ */

/* What `skein tangle` writes rests on these, and it never runs a hook. */
static bool
is_fixed(struct str key)
{
	return setting_is_choice("name|file|mode|append|replace|unused|annotate|inline|line-directives|"
	    "repeat|names|syntax|fences", key);
}

/* A word, number or truth as an option has it; false if it is none. */
static bool
take_word(const struct json *j, struct arena *a, struct str *word)
{
	switch (json_kind(j)) {
	case JSON_KIND_STRING:
		*word = arena_str(a, json_text(j));
		return true;
	case JSON_KIND_BOOLEAN:
		*word = json_truth(j) ? STR("true") : STR("false");
		return true;
	case JSON_KIND_INTEGER:
		*word = arena_printf(a, "%lld", json_number(j));
		return true;
	case JSON_KIND_NUMBER:
		*word = arena_printf(a, "%g", json_to_real(j));
		return true;
	case JSON_KIND_NULL:
	case JSON_KIND_ARRAY:
	case JSON_KIND_OBJECT:
		break;
	}
	return false;
}

/* { "m", "z" }, or of pairs { NAME = "..." }. */
static bool
take_list(const struct json *j, struct arena *a, struct option *o)
{
	bool is_list = json_kind(j) == JSON_KIND_ARRAY;
	const struct json *value;
	struct str key, word, *items;
	size_t n = json_length(j);

	for (void *at = is_list ? NULL : json_next(j, NULL, &key, &value); at; at = json_next(j, at, &key, &value))
		n++;
	items = arena_alloc(a, n, sizeof *items);
	for (size_t i = 0; is_list && i < n; i++)
		if (!take_word(json_at(j, i), a, &items[i]))
			return false;
	n = is_list ? n : 0;
	for (void *at = is_list ? NULL : json_next(j, NULL, &key, &value); at; at = json_next(j, at, &key, &value)) {
		if (!take_word(value, a, &word))
			return false;
		items[n++] = arena_printf(a, "%.*s=%.*s", STR_ARG(key), STR_ARG(word));
	}
	o->items = items;
	o->nitems = n;
	o->is_list = true;
	return true;
}

/* Does `false` mean something as its value, or that it is not there? */
static bool
is_absent(const struct setting *s, const struct json *value)
{
	if (json_kind(value) != JSON_KIND_BOOLEAN || json_truth(value) || !s || s->type == SETTING_FLAG)
		return false;
	return !s->choices || !setting_is_choice(s->choices, STR("false"));
}

static bool
add_option(struct str key, const struct json *value, struct place at, struct options *now, struct str *why,
    struct diag *d)
{
	struct arena *a = now->arena;
	struct option o = { .key = arena_str(a, key), .at = at };
	const struct setting *s;
	bool ok;

	o.key = setting_key(a, o.key);
	s = setting_find(o.key);
	if (is_absent(s, value))
		return true;
	ok = json_kind(value) == JSON_KIND_ARRAY ||
	    (json_kind(value) == JSON_KIND_OBJECT && s && s->type == SETTING_PAIRS) ?
	    take_list(value, a, &o) : take_word(value, a, &o.value);
	if (!ok)
		*why = arena_printf(a, "the option '%.*s' must be a text, a number, true, false or a list of these",
		    STR_ARG(key));
	o.is_bare = !s && str_eq(o.value, STR("true"));
	return ok && options_add(now, o, d);
}

static bool
complain_fixed(struct str key, struct arena *a, struct str *why)
{
	*why = arena_printf(a, "the option '%.*s' cannot be changed: skein tangle, which runs no hooks, goes by it",
	    STR_ARG(key));
	return false;
}

/* It stays as it was written. */
static void
keep_option(const struct option *o, struct options *now, struct diag *d)
{
	if (options_add(now, *o, d))
		now->list[now->n - 1].written = o->written;
}

bool
exchange_options(const struct json *given, const struct json *back, const struct options *was,
    struct place at, struct options *now, struct str *why, struct diag *d)
{
	struct arena *a = was->arena;
	const struct json *value;
	struct str key;

	if (json_kind(back) != JSON_KIND_OBJECT && !(json_kind(back) == JSON_KIND_ARRAY && json_length(back) == 0)) {
		*why = back ? STR("'options' must be a table") :
		    STR("'options' is missing: return the table that came in");
		return false;
	}
	*now = (struct options){ .arena = a, .below = was->below };
	for (size_t i = 0; i < was->n; i++) {
		const struct option *o = &was->list[i];
		const char *name = arena_cstr(a, o->key);
		const struct json *before = json_get(given, name), *is = json_get(back, name);

		if (!before || o->is_final || (is && json_same(before, is)))
			keep_option(o, now, d);
		else if (is_fixed(o->key))
			return complain_fixed(o->key, a, why);
	}
	for (void *e = json_next(back, NULL, &key, &value); e; e = json_next(back, e, &key, &value)) {
		if (options_own(now, arena_cstr(a, key)))
			continue;
		if (is_fixed(setting_key(a, key)))
			return complain_fixed(key, a, why);
		if (!add_option(key, value, at, now, why, d))
			return false;
	}
	return true;
}
