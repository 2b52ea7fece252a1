/* Values out as text, and back in. */
#include "tangle/base/json.h"

#undef NDEBUG
#include <assert.h>

#include "tangle/base/buf.h"

enum { DEEP = 8 };

static void
what_is_written_is_read(void)
{
	struct str odd = STR("a\"\\\n\0b\x01 \xC3\xA9");
	struct json *j = json_new_object(), *list = json_new_array(), *back;
	struct buf one = {0}, two = {0};
	const char *why;

	json_push(list, json_new_integer(-7));
	json_push(list, json_new_string(odd));
	json_put(j, "list", list);
	json_put_boolean(j, "yes", true);
	json_write(j, &one);
	back = json_read(buf_str(&one), DEEP, &why);
	assert(back);
	json_write(back, &two);
	assert(str_eq(buf_str(&one), buf_str(&two)));
	assert(json_length(json_get(back, "list")) == 2);
	assert(json_number(json_at(json_get(back, "list"), 0)) == -7);
	assert(str_eq(json_text(json_at(json_get(back, "list"), 1)), odd));
	assert(json_get_true(back, "yes"));
	json_end(j);
	json_end(back);
	buf_release(&one);
	buf_release(&two);
}

static void
what_is_not_there_is_nothing(void)
{
	const char *why;
	struct json *j = json_read(STR("{\"a\":1}"), DEEP, &why);

	assert(json_get_integer(j, "a") == 1);
	assert(json_get_string(j, "a").data == NULL);
	assert(!json_get_true(j, "a") && !json_get(j, "b") && json_get_integer(j, "b") == 0);
	assert(!json_get(json_get(j, "a"), "x") && !json_at(j, 0) && json_length(j) == 0);
	assert(!json_get(NULL, "x") && json_text(NULL).len == 0 && !json_truth(NULL));
	json_end(j);
}

static bool
reads(struct str text)
{
	const char *why;
	struct json *j = json_read(text, DEEP, &why);

	json_end(j);
	return j != NULL;
}

static void
what_is_no_json_or_too_deep_is_refused(void)
{
	static const char *const bad[] = { "", " ", "{", "{\"a\":1,\"a\":2}", "[1] 2", "nul", "\"\xFF\"",
		"\"\\ud800\"", "[99999999999999999999999]", "[[[[[[[[[]]]]]]]]]" };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert(!reads(str_of(bad[i])));
	assert(reads(STR("[[[[[[[[]]]]]]]]")));
	assert(reads(STR("[\"[[[[[[[[[\\\"[[[[[\"]")));
	assert(reads(STR("[[],[],[],[],[],[],[],[],[]]")));
}

int
main(void)
{
	what_is_written_is_read();
	what_is_not_there_is_nothing();
	what_is_no_json_or_too_deep_is_refused();
	return 0;
}
