#include "tangle/project/datum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tangle/base/buf.h"
#include "tangle/base/json.h"
#include "tangle/base/mem.h"
#include "tangle/project/closed.h"

enum {
	DEPTH = 32,			/* tables within tables */
	MOST_VALUES = 200000,
	MOST_BYTES = 32 << 20,
	LONGEST_KEY = 60		/* that is shown */
};

/* A table that is being read, and which of its values. */
struct frame {
	const struct frame *above;
	const void *table;
	struct str key;			/* empty: the index */
	lua_Integer index;
	int depth;
};

struct reading {
	struct closed *closed;
	lua_State *lua;
	struct buf *why;
	size_t values, bytes;		/* that may still come */
};

static struct json *read_value(struct reading *r, int at, const struct frame *f);

/* ---- what is wrong, and where ----------------------------------------------------------- */

static void
say_path(struct buf *to, const struct frame *f)
{
	const struct frame *list[DEPTH + 1];
	size_t n = 0;

	for (; f && n <= DEPTH; f = f->above)
		list[n++] = f;
	while (n > 0) {
		f = list[--n];
		if (f->key.len == 0)
			buf_printf(to, "[%lld]", (long long)f->index);
		else
			buf_printf(to, "%s%.*s", to->len > 1 ? "." : "",
			    STR_ARG(str_slice(f->key, 0, LONGEST_KEY)));
	}
}

static struct json *
refuse(struct reading *r, const struct frame *f, const char *what)
{
	buf_clear(r->why);
	if (f) {
		buf_byte(r->why, '\'');
		say_path(r->why, f);
		buf_printf(r->why, "' %s", what);
	} else {
		buf_printf(r->why, "it %s", what);
	}
	return NULL;
}

static struct json *
stop(struct reading *r, enum closed_end why)
{
	r->closed->end = why;
	return NULL;
}

/* ---- reading ------------------------------------------------------------------------------ */

static struct json *
read_text(struct reading *r, int at, const struct frame *f)
{
	struct str s;

	s.data = lua_tolstring(r->lua, at, &s.len);
	if (s.len > r->bytes)
		return stop(r, CLOSED_MEMORY);
	r->bytes -= s.len;
	if (str_utf8_error(s) < s.len)
		return refuse(r, f, "is a text that is not valid UTF-8");
	if (str_find_byte(s, '\0') < s.len)
		return refuse(r, f, "is a text with a NUL in it");
	return json_new_string(s);
}

static struct json *
read_number(struct reading *r, int at, const struct frame *f)
{
	if (lua_isinteger(r->lua, at))
		return json_new_integer(lua_tointeger(r->lua, at));
	if (!isfinite(lua_tonumber(r->lua, at)))
		return refuse(r, f, "is not a finite number");
	return json_new_number(lua_tonumber(r->lua, at));
}

/* Its keys are 1 to n, and no others? */
static bool
is_list(lua_State *lua, int at, lua_Integer n)
{
	lua_Integer found = 0;

	for (lua_pushnil(lua); lua_next(lua, at); lua_pop(lua, 1)) {
		lua_Integer k = lua_isinteger(lua, -2) ? lua_tointeger(lua, -2) : 0;

		found++;
		if (k < 1 || k > n) {
			lua_pop(lua, 2);
			return false;
		}
	}
	return n > 0 && found == n;
}

static struct json *
read_list(struct reading *r, int at, lua_Integer n, struct frame *f)
{
	struct json *list = json_new_array(), *one = NULL;

	for (f->index = 1; f->index <= n; f->index++) {
		lua_rawgeti(r->lua, at, f->index);
		one = read_value(r, lua_gettop(r->lua), f);
		lua_pop(r->lua, 1);
		if (!one) {
			json_end(list);
			return NULL;
		}
		json_push(list, one);
	}
	return list;
}

struct names {
	const char **list;
	size_t n, cap;
};

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* False: a key is none. */
static bool
take_names(struct reading *r, int at, struct names *names)
{
	lua_State *lua = r->lua;

	for (lua_pushnil(lua); lua_next(lua, at); lua_pop(lua, 1)) {
		struct str name = {0};

		if (lua_type(lua, -2) == LUA_TSTRING)
			name.data = lua_tolstring(lua, -2, &name.len);
		if (!name.data || str_find_byte(name, '\0') < name.len || str_utf8_error(name) < name.len) {
			lua_pop(lua, 2);
			return false;
		}
		r->bytes -= name.len < r->bytes ? name.len : r->bytes;
		names->list = mem_grow(names->list, &names->cap, names->n + 1, sizeof *names->list);
		names->list[names->n++] = name.data;
	}
	if (names->n > 1)
		qsort(names->list, names->n, sizeof *names->list, by_name);
	return true;
}

static struct json *
read_names(struct reading *r, int at, struct frame *f)
{
	struct names names = {0};
	struct json *table = NULL, *one = NULL;

	if (!take_names(r, at, &names)) {
		refuse(r, f->above, "is a table with keys that are neither names nor 1, 2, 3, and so on");
		mem_free(names.list);
		return NULL;
	}
	table = json_new_object();
	for (size_t i = 0; i < names.n; i++) {
		f->key = str_of(names.list[i]);
		lua_pushlstring(r->lua, f->key.data, f->key.len);
		lua_rawget(r->lua, at);
		one = read_value(r, lua_gettop(r->lua), f);
		lua_pop(r->lua, 1);
		if (!one) {
			json_end(table);
			table = NULL;
			break;
		}
		json_put(table, names.list[i], one);
	}
	mem_free(names.list);
	return table;
}

static struct json *
read_table(struct reading *r, int at, const struct frame *above)
{
	struct frame f = { .above = above, .table = lua_topointer(r->lua, at),
	    .depth = above ? above->depth + 1 : 1 };
	lua_Integer n = (lua_Integer)lua_rawlen(r->lua, at);

	for (const struct frame *a = above; a; a = a->above)
		if (a->table == f.table)
			return refuse(r, above, "is a table that it stands in itself");
	if (f.depth > DEPTH || !lua_checkstack(r->lua, 4))
		return refuse(r, above, "stands in too many tables");
	if (is_list(r->lua, at, n))
		return read_list(r, at, n, &f);
	return read_names(r, at, &f);
}

static struct json *
read_function(lua_State *lua, int at)
{
	struct json *j = json_new_object();
	lua_Debug about;

	lua_pushvalue(lua, at);
	lua_getinfo(lua, ">S", &about);
	json_put_integer(j, "function", about.linedefined > 0 ? about.linedefined : 0);
	return j;
}

static struct json *
read_value(struct reading *r, int at, const struct frame *f)
{
	/* a table may be empty, but long to go through */
	if (r->values-- == 0)
		return stop(r, CLOSED_MEMORY);
	if (closed_is_late(r->closed))
		return stop(r, CLOSED_TIME);
	switch (lua_type(r->lua, at)) {
	case LUA_TNIL:
		return json_new_null();
	case LUA_TBOOLEAN:
		return json_new_boolean(lua_toboolean(r->lua, at));
	case LUA_TNUMBER:
		return read_number(r, at, f);
	case LUA_TSTRING:
		return read_text(r, at, f);
	case LUA_TTABLE:
		return read_table(r, at, f);
	case LUA_TFUNCTION:
		return read_function(r->lua, at);
	default:
		return refuse(r, f, "is no plain value");
	}
}

struct json *
datum_read(struct closed *c, int at, struct buf *why)
{
	struct reading r = { c, c->lua, why, MOST_VALUES, MOST_BYTES };

	return read_value(&r, lua_absindex(c->lua, at), NULL);
}

/* ---- and back ------------------------------------------------------------------------------- */

static void
push_list(lua_State *lua, const struct json *j)
{
	size_t n = json_length(j);

	lua_createtable(lua, (int)(n < INT32_MAX ? n : 0), 0);
	for (size_t i = 0; i < n; i++) {
		datum_push(lua, json_at(j, i));
		lua_rawseti(lua, -2, (lua_Integer)i + 1);
	}
}

static void
push_names(lua_State *lua, const struct json *j)
{
	const struct json *value;
	struct str key;

	lua_newtable(lua);
	for (void *at = json_next(j, NULL, &key, &value); at; at = json_next(j, at, &key, &value)) {
		lua_pushlstring(lua, key.data, key.len);
		datum_push(lua, value);
		lua_rawset(lua, -3);
	}
}

void
datum_push(lua_State *lua, const struct json *j)
{
	luaL_checkstack(lua, 4, NULL);
	switch (json_kind(j)) {
	case JSON_KIND_NULL:
		lua_pushnil(lua);
		break;
	case JSON_KIND_BOOLEAN:
		lua_pushboolean(lua, json_truth(j));
		break;
	case JSON_KIND_INTEGER:
		lua_pushinteger(lua, json_number(j));
		break;
	case JSON_KIND_NUMBER:
		lua_pushnumber(lua, json_to_real(j));
		break;
	case JSON_KIND_STRING:
		lua_pushlstring(lua, json_text(j).data, json_text(j).len);
		break;
	case JSON_KIND_ARRAY:
		push_list(lua, j);
		break;
	case JSON_KIND_OBJECT:
		push_names(lua, j);
		break;
	}
}
