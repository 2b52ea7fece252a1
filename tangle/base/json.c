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

static struct json *
json_new_boolean(bool b)
{
	return ours(json_boolean(b));
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
