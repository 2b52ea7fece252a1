/*
 * Values in and out as JSON (RFC 8259).
 *
 * A value is owned by whoever made it until it is put into an object or array,
 * which then owns it; json_end ends a value and all that it holds.  Strings
 * that are not valid UTF-8 are written with U+FFFD for each bad byte.
 */
#ifndef TANGLE_BASE_JSON_H
#define TANGLE_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct buf;
struct json;

struct json *json_new_object(void);
struct json *json_new_array(void);
struct json *json_new_string(struct str s);
struct json *json_new_integer(long long n);
struct json *json_new_number(double n);	/* not finite: null, which JSON has instead */
struct json *json_new_boolean(bool b);
struct json *json_new_null(void);
struct json *json_duplicate(const struct json *j);
void json_end(struct json *j);

/* Keys are valid UTF-8 and NUL-terminated; the value is taken over. */
void json_put(struct json *object, const char *key, struct json *value);
void json_push(struct json *array, struct json *value);
/* Push into the array of that name, which is made if there is none. */
void json_push_into(struct json *object, const char *key, struct json *value);

void json_put_string(struct json *object, const char *key, struct str s);
void json_put_integer(struct json *object, const char *key, long long n);
void json_put_boolean(struct json *object, const char *key, bool b);

/* One line, keys in the order they were set, no final newline. */
void json_write(const struct json *j, struct buf *to);

/*
 * Read one value.  NULL, and *why, when the text is no JSON or has a key twice, or
 * objects and arrays within one another deeper than `depth`.
 */
struct json *json_read(struct str text, size_t depth, const char **why);

enum json_kind {
	JSON_KIND_NULL, JSON_KIND_BOOLEAN, JSON_KIND_INTEGER, JSON_KIND_NUMBER, JSON_KIND_STRING,
	JSON_KIND_ARRAY, JSON_KIND_OBJECT
};

/* NULL is null. */
enum json_kind json_kind(const struct json *j);

/*
 * Go through what an object holds, in order: from NULL on, each answer leads to the
 * next; NULL behind the last.
 *
 *	for (void *at = json_next(o, NULL, &key, &value); at; at = json_next(o, at, &key, &value))
 */
void *json_next(const struct json *object, void *at, struct str *key, const struct json **value);

/*
 * What is in a value.  Each may be asked of any value, and of NULL: what is not
 * there is NULL, an empty string, 0, false.  Strings are views into the value.
 */
const struct json *json_get(const struct json *object, const char *key);
const struct json *json_at(const struct json *array, size_t i);
size_t json_length(const struct json *array);
struct str json_text(const struct json *j);
long long json_number(const struct json *j);
double json_to_real(const struct json *j);	/* of an integer, too */
bool json_truth(const struct json *j);

/* Out of an object, for the caller to end; NULL if it is not there. */
struct json *json_take(struct json *object, const char *key);

/*
 * Do they hold the same, in whatever order objects have it?  What is empty is the same,
 * list or object, and a key without a value is none: as tables of Lua have it.
 */
bool json_same(const struct json *a, const struct json *b);

/* json_text(json_get(object, key)), and so on. */
struct str json_get_string(const struct json *object, const char *key);
long long json_get_integer(const struct json *object, const char *key);
bool json_get_true(const struct json *object, const char *key);

#endif
