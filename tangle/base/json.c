#include "tangle/base/json.h"

#include <jansson.h>

#include "tangle/base/buf.h"
#include "tangle/base/mem.h"

/* struct json is never defined: it is jansson's json_t, seen from outside. */

static struct json *
ours(json_t *j)
{
	return (struct json *)j;
}

static json_t *
theirs(const struct json *j)
{
	union {
		const struct json *in;
		json_t *out;
	} view = { j };

	return view.out;
}

static void *
allocate(size_t size)
{
	return mem_alloc(1, size);
}

static void
take_allocator(void)
{
	static bool taken;

	if (!taken)
		json_set_alloc_funcs(allocate, mem_free);
	taken = true;
}

struct json *
json_new_object(void)
{
	take_allocator();
	return ours(json_object());
}

struct json *
json_new_array(void)
{
	take_allocator();
	return ours(json_array());
}

struct json *
json_new_string(struct str s)
{
	struct buf clean = {0};
	struct json *j;

	take_allocator();
	while (s.len > 0) {
		size_t bad = str_utf8_error(s);

		buf_add(&clean, str_slice(s, 0, bad));
		if (bad < s.len)
			buf_add(&clean, STR("\xEF\xBF\xBD"));
		s = str_slice(s, bad + 1, s.len);
	}
	j = ours(json_stringn_nocheck(buf_cstr(&clean), clean.len));
	buf_release(&clean);
	return j;
}

struct json *
json_new_integer(long long n)
{
	take_allocator();
	return ours(json_integer(n));
}

struct json *
json_new_number(double n)
{
	json_t *j;

	take_allocator();
	j = json_real(n);
	return j ? ours(j) : json_new_null();
}

struct json *
json_new_boolean(bool b)
{
	return ours(json_boolean(b));
}

struct json *
json_new_null(void)
{
	return ours(json_null());
}

struct json *
json_duplicate(const struct json *j)
{
	json_t *copy;

	take_allocator();
	copy = json_deep_copy(theirs(j));
	return copy ? ours(copy) : json_new_null();
}

void
json_end(struct json *j)
{
	json_decref(theirs(j));
}

void
json_put(struct json *object, const char *key, struct json *value)
{
	json_object_set_new_nocheck(theirs(object), key, theirs(value));
}

void
json_push(struct json *array, struct json *value)
{
	json_array_append_new(theirs(array), theirs(value));
}

void
json_push_into(struct json *object, const char *key, struct json *value)
{
	if (!json_object_get(theirs(object), key))
		json_put(object, key, json_new_array());
	json_push(ours(json_object_get(theirs(object), key)), value);
}

void
json_put_string(struct json *object, const char *key, struct str s)
{
	json_put(object, key, json_new_string(s));
}

void
json_put_integer(struct json *object, const char *key, long long n)
{
	json_put(object, key, json_new_integer(n));
}

void
json_put_boolean(struct json *object, const char *key, bool b)
{
	json_put(object, key, json_new_boolean(b));
}

static int
add(const char *bytes, size_t n, void *to)
{
	buf_add(to, (struct str){ bytes, n });
	return 0;
}

void
json_write(const struct json *j, struct buf *to)
{
	json_dump_callback(theirs(j), add, to, JSON_COMPACT | JSON_ENCODE_ANY);
}

/* ---- reading ------------------------------------------------------------------------- */

/* Brackets that are open at once, outside of strings. */
static size_t
depth_of(struct str text)
{
	size_t open = 0, deepest = 0;
	bool quoted = false;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '[' || c == '{'))
			deepest = ++open > deepest ? open : deepest;
		else if (!quoted && (c == ']' || c == '}'))
			open -= open > 0;
	}
	return deepest;
}

struct json *
json_read(struct str text, size_t depth, const char **why)
{
	json_error_t error;
	json_t *j;

	take_allocator();
	*why = "it is nested too deeply";
	if (depth_of(text) > depth)
		return NULL;
	*why = "it is not JSON";
	j = json_loadb(text.data ? text.data : "", text.len,
	    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
	return ours(j);
}

enum json_kind
json_kind(const struct json *j)
{
	switch (j ? json_typeof(theirs(j)) : JSON_NULL) {
	case JSON_TRUE:
	case JSON_FALSE:
		return JSON_KIND_BOOLEAN;
	case JSON_INTEGER:
		return JSON_KIND_INTEGER;
	case JSON_REAL:
		return JSON_KIND_NUMBER;
	case JSON_STRING:
		return JSON_KIND_STRING;
	case JSON_ARRAY:
		return JSON_KIND_ARRAY;
	case JSON_OBJECT:
		return JSON_KIND_OBJECT;
	case JSON_NULL:
		break;
	}
	return JSON_KIND_NULL;
}

void *
json_next(const struct json *object, void *at, struct str *key, const struct json **value)
{
	json_t *o = theirs(object);

	at = at ? json_object_iter_next(o, at) : json_object_iter(o);
	if (at) {
		*key = str_of(json_object_iter_key(at));
		*value = ours(json_object_iter_value(at));
	}
	return at;
}

const struct json *
json_get(const struct json *object, const char *key)
{
	return ours(json_object_get(theirs(object), key));
}

const struct json *
json_at(const struct json *array, size_t i)
{
	return ours(json_array_get(theirs(array), i));
}

struct json *
json_take(struct json *object, const char *key)
{
	json_t *value = json_incref(json_object_get(theirs(object), key));

	json_object_del(theirs(object), key);
	return ours(value);
}

size_t
json_length(const struct json *array)
{
	return json_array_size(theirs(array));
}

struct str
json_text(const struct json *j)
{
	if (!json_is_string(theirs(j)))
		return (struct str){0};
	return (struct str){ json_string_value(theirs(j)), json_string_length(theirs(j)) };
}

long long
json_number(const struct json *j)
{
	return json_integer_value(theirs(j));
}

double
json_to_real(const struct json *j)
{
	return json_number_value(theirs(j));
}

bool
json_truth(const struct json *j)
{
	return json_boolean_value(theirs(j));
}

struct str
json_get_string(const struct json *object, const char *key)
{
	return json_text(json_get(object, key));
}

long long
json_get_integer(const struct json *object, const char *key)
{
	return json_number(json_get(object, key));
}

bool
json_get_true(const struct json *object, const char *key)
{
	return json_truth(json_get(object, key));
}

/* ---- comparing -------------------------------------------------------------------------- */

static bool
is_empty(const struct json *j)
{
	const struct json *value;
	struct str key;

	return (json_kind(j) == JSON_KIND_ARRAY && json_length(j) == 0) ||
	    (json_kind(j) == JSON_KIND_OBJECT && !json_next(j, NULL, &key, &value));
}

static bool
is_number(const struct json *j)
{
	return json_kind(j) == JSON_KIND_INTEGER || json_kind(j) == JSON_KIND_NUMBER;
}

/* Has b all that is in a? */
static bool
is_within(const struct json *a, const struct json *b)
{
	const struct json *value;
	struct str key;

	for (void *at = json_next(a, NULL, &key, &value); at; at = json_next(a, at, &key, &value))
		if (!json_same(value, json_get(b, key.data)))
			return false;
	return true;
}

/* Values end somewhere: whoever reads them sets how deep they may be. */
bool
json_same(const struct json *a, const struct json *b)
{
	if (is_empty(a) || is_empty(b))
		return is_empty(a) && is_empty(b);
	if (is_number(a) && is_number(b))
		return json_number(a) == json_number(b) && json_to_real(a) == json_to_real(b);
	if (json_kind(a) != json_kind(b))
		return false;
	if (json_kind(a) == JSON_KIND_STRING)
		return str_eq(json_text(a), json_text(b));
	if (json_kind(a) == JSON_KIND_OBJECT)
		return is_within(a, b) && is_within(b, a);
	for (size_t i = 0; i < json_length(a) || i < json_length(b); i++)
		if (!json_at(a, i) || !json_same(json_at(a, i), json_at(b, i)))
			return false;
	return json_truth(a) == json_truth(b);
}
