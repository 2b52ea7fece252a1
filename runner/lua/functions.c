#include "runner/lua/functions.h"

#include <string.h>

#include "runner/lua/cdata.h"

static const char types_key;

/* The type that a text says, or that a value has. */
static struct ctype *
check_type(lua_State *L, int at)
{
	struct cdata *d = cdata_at(L, at);
	struct ctype *t = d ? d->type : cfunction_at(L, at, NULL);

	if (t)
		return t;
	if (lua_type(L, at) != LUA_TSTRING)
		luaL_typeerror(L, at, "type of C, as a string");
	(void)lua_rawgetp(L, LUA_REGISTRYINDEX, &types_key);
	lua_pushvalue(L, at);
	if (lua_rawget(L, -2) == LUA_TLIGHTUSERDATA) {
		t = lua_touserdata(L, -1);
		lua_pop(L, 2);
		return t;
	}
	lua_pop(L, 1);
	t = ctype_parse(L, lua_tostring(L, at));
	lua_pushvalue(L, at);
	lua_pushlightuserdata(L, t);
	lua_rawset(L, -3);
	lua_pop(L, 1);
	return t;
}

void
functions_renew(lua_State *L)
{
	lua_newtable(L);
	lua_rawsetp(L, LUA_REGISTRYINDEX, &types_key);
}

static struct ctype *
check_object_type(lua_State *L, int at)
{
	struct ctype *t = check_type(L, at);

	ctype_complete(L, t);
	if (t->kind == C_VOID || t->kind == C_FUNCTION || (t->kind == C_ARRAY && t->count < 0))
		luaL_error(L, "no object can be a '%s': its size is not known", t->name);
	return t;
}

/* c.array(type, n), c.array(type, list), c.array("char", text) */
static int
new_array(lua_State *L)
{
	struct ctype *element = check_object_type(L, 1), *t;
	struct ccontext x = { .subject = "c.array" };
	struct cdata *from = cdata_at(L, 2);
	lua_Integer n;

	lua_settop(L, 2);
	if (from && from->type->kind == C_ARRAY && from->type->count >= 0)
		n = from->type->count;
	else if (lua_type(L, 2) == LUA_TTABLE)
		n = (lua_Integer)lua_rawlen(L, 2);
	else if (lua_type(L, 2) == LUA_TSTRING && ctype_is_bytes(element))
		n = (lua_Integer)lua_rawlen(L, 2) + 1;
	else
		n = luaL_checkinteger(L, 2);
	luaL_argcheck(L, n >= 0, 2, "a length is not negative");
	t = ctype_array(L, element, n);
	(void)cdata_new(L, t);
	if (lua_type(L, 2) != LUA_TNUMBER)
		convert_store(L, 2, t, cdata_at(L, 3)->p, 3, &x);
	return 1;
}

/* c.new(type), c.new(type, value): of a number it is an array of one, which C may fill. */
static int
new_object(lua_State *L)
{
	struct ctype *t = check_object_type(L, 1), *whole = t;
	struct ccontext x = { .subject = "c.new" };

	lua_settop(L, 2);
	if (!ctype_is_aggregate(t))
		whole = ctype_array(L, t, 1);
	(void)cdata_new(L, whole);
	if (!lua_isnil(L, 2))
		convert_store(L, 2, t, cdata_at(L, 3)->p, 3, &x);
	return 1;
}

static int
size_of(lua_State *L)
{
	struct ctype *t = check_type(L, 1);

	ctype_complete(L, t);
	if (t->kind == C_VOID || t->kind == C_FUNCTION || (t->kind == C_ARRAY && t->count < 0))
		return luaL_error(L, "the size of '%s' is not known", t->name);
	lua_pushinteger(L, (lua_Integer)t->size);
	return 1;
}

static int
type_of(lua_State *L)
{
	lua_pushstring(L, check_type(L, 1)->name);
	return 1;
}

/* What may be read from a pointer or an object on, or -1 where nobody knows. */
static lua_Integer
bytes_at(const struct cdata *d)
{
	if (d->type->kind != C_POINTER && (d->type->kind != C_ARRAY || d->type->count >= 0))
		return (lua_Integer)d->type->size;
	if (!d->low)
		return -1;
	return d->p < d->low || d->p > d->high ? 0 : d->high - d->p;
}

/* c.string(p), c.string(p, n) */
static int
to_string(lua_State *L)
{
	struct cdata *d;
	lua_Integer most, n;

	if (lua_type(L, 1) == LUA_TSTRING) {	/* text that C had was made one already */
		most = (lua_Integer)lua_rawlen(L, 1);
		n = luaL_optinteger(L, 2, most);
		luaL_argcheck(L, n >= 0, 2, "a length is not negative");
		luaL_argcheck(L, n <= most, 2, "the text is shorter");
		lua_pushlstring(L, lua_tostring(L, 1), (size_t)n);
		return 1;
	}
	d = cdata_check(L, 1);
	most = bytes_at(d);
	n = luaL_optinteger(L, 2, -1);
	luaL_argcheck(L, lua_isnoneornil(L, 2) || n >= 0, 2, "a length is not negative");
	luaL_argcheck(L, n <= most || most < 0, 2, "the object is shorter");
	if (n < 0)
		n = most < 0 ? (lua_Integer)strlen(d->p) : (lua_Integer)strnlen(d->p, (size_t)most);
	lua_pushlstring(L, d->p, (size_t)n);
	return 1;
}

/* c.copy(to, from), c.copy(to, from, n): bytes */
static int
copy(lua_State *L)
{
	struct cdata *to = cdata_check(L, 1), *from = cdata_at(L, 2);
	lua_Integer room = bytes_at(to), there, n;
	const char *p = from ? from->p : luaL_checkstring(L, 2);

	there = from ? bytes_at(from) : (lua_Integer)lua_rawlen(L, 2) + 1;
	n = luaL_optinteger(L, 3, there);
	luaL_argcheck(L, n >= 0, 3, "how many bytes are to be copied is not known");
	luaL_argcheck(L, there < 0 || n <= there, 2, "it has less bytes");
	luaL_argcheck(L, room < 0 || n <= room, 1, "it has less bytes");
	luaL_argcheck(L, !(to->type->kind == C_POINTER ? to->type->is_const : to->is_const), 1, "it is const");
	memmove(to->p, p, (size_t)n);
	return 0;
}

/* ---- pointers ---- */

static void
bound(struct cdata *pointer, const struct cdata *by)
{
	lua_Integer n = bytes_at(by);

	if (by->type->kind == C_POINTER || by->low) {
		pointer->low = by->low;
		pointer->high = by->high;
	} else if (n >= 0) {
		pointer->low = by->p;
		pointer->high = by->p + n;
	}
}

static int
cast_to_pointer(lua_State *L, struct ctype *t)
{
	struct cdata *d = cdata_at(L, 2), *to;
	void *address = NULL;

	if (lua_isnil(L, 2)) {
		lua_pushnil(L);
		return 1;
	}
	if (d) {
		address = d->p;
	} else if (lua_isinteger(L, 2)) {
		address = (void *)(uintptr_t)lua_tointeger(L, 2);
	} else if (lua_type(L, 2) == LUA_TLIGHTUSERDATA) {
		address = lua_touserdata(L, 2);
	} else if (cfunction_at(L, 2, &address)) {
		;
	} else if (lua_isfunction(L, 2) && t->target->kind == C_FUNCTION) {
		address = callback_of(L, 2, t);
	} else if (lua_type(L, 2) == LUA_TSTRING) {
		return luaL_error(L, "c.cast: a string has no address of its own: make it c.array(\"char\", s) first");
	} else {
		luaL_typeerror(L, 2, "pointer, object, function or number");
	}
	if (!address) {
		lua_pushnil(L);
		return 1;
	}
	to = cdata_pointer(L, t, address, d ? 2 : 0);
	if (d)
		bound(to, d);
	return 1;
}

static uint64_t
bits_of(lua_State *L, int at)
{
	struct cdata *d = cdata_at(L, at);
	lua_Number f;
	void *address;

	if (d)
		return (uint64_t)(uintptr_t)d->p;
	if (cfunction_at(L, at, &address))
		return (uint64_t)(uintptr_t)address;
	if (lua_isboolean(L, at))
		return (uint64_t)lua_toboolean(L, at);
	if (lua_isinteger(L, at))
		return (uint64_t)lua_tointeger(L, at);
	f = luaL_checknumber(L, at);
	return f >= -0x1p63 && f < 0x1p63 ? (uint64_t)(int64_t)f : f >= 0 && f < 0x1p64 ? (uint64_t)f : 0;
}

/* c.cast(type, value): as a cast of C. */
static int
cast(lua_State *L)
{
	struct ctype *t = check_type(L, 1);
	union { uint64_t u; float f; double d; long double l; } v = {0};
	struct ccontext x = { .subject = "c.cast" };

	lua_settop(L, 2);
	if (t->kind == C_FUNCTION)
		t = ctype_pointer(L, t, false);
	if (t->kind == C_POINTER)
		return cast_to_pointer(L, t);
	if (t->kind == C_FLOAT)
		convert_store(L, 2, t, (char *)&v, 0, &x);
	else if (t->kind == C_ENUM && lua_type(L, 2) == LUA_TSTRING)
		convert_store(L, 2, t, (char *)&v, 0, &x);
	else if (t->kind == C_BOOL)
		v.u = lua_type(L, 2) == LUA_TNUMBER ? lua_tonumber(L, 2) != 0 : bits_of(L, 2) != 0;
	else if (ctype_is_integer(t))
		v.u = bits_of(L, 2);
	else
		return luaL_error(L, "c.cast: to numbers and pointers only, not to a '%s'", t->name);
	convert_load(L, t, (char *)&v, 0, false);
	return 1;
}

/* c.ref(object), c.ref(object, key), c.ref(c, name): what `&` gives. */
static int
reference(lua_State *L)
{
	struct cdata *d, *to;
	struct cplace place;

	lua_settop(L, 2);
	if (names_is_table(L, 1)) {
		names_push_reference(L);
		return 1;
	}
	d = cdata_check(L, 1);
	if (!lua_isnil(L, 2))
		cdata_find(L, d, 2, &place);
	else if (d->type->kind == C_ARRAY)
		place = (struct cplace){ .type = d->type->target, .p = d->p, .is_const = d->is_const };
	else if (d->type->kind == C_POINTER)
		return luaL_error(L, "c.ref: a pointer has no place in C's memory itself");
	else
		place = (struct cplace){ .type = d->type, .p = d->p, .is_const = d->is_const };
	if (place.bits)
		return luaL_error(L, "c.ref: '%s' is a bit-field, which has no address", place.name);
	to = cdata_pointer(L, ctype_pointer(L, place.type->kind == C_ARRAY ? place.type->target : place.type,
	    place.is_const), place.p, 1);
	if (place.type->kind == C_ARRAY && place.type->count >= 0) {
		to->low = place.p;
		to->high = place.p + place.type->size;
	} else {
		bound(to, d);
	}
	return 1;
}

static int
dereference(lua_State *L)
{
	(void)cdata_check(L, 1);
	lua_pushinteger(L, 0);
	lua_gettable(L, 1);
	return 1;
}

/* c.callback(type, function) */
static int
new_callback(lua_State *L)
{
	struct ctype *t = check_type(L, 1);

	luaL_checktype(L, 2, LUA_TFUNCTION);
	if (t->kind == C_POINTER)
		t = t->target;
	if (t->kind != C_FUNCTION)
		return luaL_error(L, "c.callback: '%s' is no type of functions", t->name);
	callback_push(L, 2, t);
	return 1;
}

/* c.errno(): the number and what it says; c.errno(n) sets it. */
static int
error_number(lua_State *L)
{
	if (!lua_isnoneornil(L, 1))
		cfunction_errno = (int)luaL_checkinteger(L, 1);
	lua_pushinteger(L, cfunction_errno);
	lua_pushstring(L, strerror(cfunction_errno));
	return 2;
}

void
functions_open(lua_State *L)
{
	static const luaL_Reg list[] = {
		{ "array", new_array }, { "callback", new_callback }, { "cast", cast }, { "cdef", names_declare },
		{ "copy", copy }, { "deref", dereference }, { "errno", error_number }, { "new", new_object },
		{ "ref", reference }, { "sizeof", size_of }, { "string", to_string }, { "typeof", type_of },
		{ NULL, NULL } };

	luaL_setfuncs(L, list, 0);
	functions_renew(L);
}
