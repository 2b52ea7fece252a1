#include "runner/lua/cdata.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- what is wrong ---- */

int
convert_error(lua_State *L, const struct ctype *t, const struct ccontext *x, const char *words)
{
	const char *name = x->name && *x->name ? x->name : NULL;

	if (x->argument > 0 && name)
		return luaL_error(L, "%s: argument %d ('%s', %s): %s", x->subject, x->argument, name, t->name, words);
	if (x->argument > 0)
		return luaL_error(L, "%s: argument %d (%s): %s", x->subject, x->argument, t->name, words);
	if (x->is_callback)
		return luaL_error(L, "callback '%s': its result (%s): %s", x->subject, t->name, words);
	if (name)
		return luaL_error(L, "%s: '%s' (%s): %s", x->subject, name, t->name, words);
	return luaL_error(L, "%s (%s): %s", x->subject, t->name, words);
}

static const char *
what_is(lua_State *L, int value)
{
	const struct cdata *d = cdata_at(L, value);

	if (d)
		return lua_pushfstring(L, "%s%s", d->is_const && d->type->kind != C_POINTER ? "const " : "",
		    d->type->name);
	if (lua_isnoneornil(L, value))
		return lua_isnone(L, value) ? "nothing" : "nil";
	if (cfunction_at(L, value, NULL))
		return "a function of C";
	return lua_pushfstring(L, "a %s", luaL_typename(L, value));
}

int
convert_refuse(lua_State *L, int value, const struct ctype *t, const struct ccontext *x, const char *expected)
{
	luaL_checkstack(L, 10, NULL);
	return convert_error(L, t, x, lua_pushfstring(L, "expected %s, got %s", expected, what_is(L, value)));
}

/* ---- numbers ---- */

static uint64_t
load_unsigned(const char *from, size_t size)
{
	uint64_t n = 0;

	memcpy(&n, from, size);		/* little-endian machines only, as libffi's words are taken */
	return n;
}

static int64_t
sign_extended(uint64_t n, unsigned bits)
{
	unsigned shift = 64 - bits;

	return bits == 0 || bits >= 64 ? (int64_t)n : (int64_t)(n << shift) >> shift;
}

/* An integer's value; of 64 bits without a sign, those of 2^63 and more are Lua's negative ones. */
static void
push_integer(lua_State *L, const struct ctype *t, uint64_t n, unsigned bits)
{
	if (t->kind == C_BOOL)
		lua_pushboolean(L, n != 0);
	else
		lua_pushinteger(L, ctype_is_signed(t) ? sign_extended(n, bits) : (int64_t)n);
}

static int64_t
constant_of(lua_State *L, int value, const struct ctype *t, const struct ccontext *x)
{
	const char *name = lua_tostring(L, value);

	for (size_t i = 0; i < t->nconstants; i++)
		if (strcmp(t->constants[i].name, name) == 0)
			return t->constants[i].value;
	return convert_error(L, t, x, lua_pushfstring(L, "there is no constant '%s'", name));
}

/* A whole number; what is no number at all is told. */
static int64_t
whole_number(lua_State *L, int value, const struct ctype *t, const struct ccontext *x)
{
	lua_Number f;
	int is_whole;
	int64_t n = lua_tointegerx(L, value, &is_whole);

	if (lua_type(L, value) == LUA_TNUMBER && is_whole)
		return n;
	if (lua_type(L, value) != LUA_TNUMBER)
		return convert_refuse(L, value, t, x, t->kind == C_ENUM ? "a number or the name of a constant" : "a number");
	f = lua_tonumber(L, value);
	/* Between 2^63 and 2^64 there are floats only. */
	if (f >= 0x1p63 && f < 0x1p64 && t->size == 8 && !ctype_is_signed(t))
		return (int64_t)(uint64_t)f;
	if (f != floor(f))
		return convert_error(L, t, x, lua_pushfstring(L, "%f has a fraction", f));
	return convert_error(L, t, x, lua_pushfstring(L, "%f is out of range", f));
}

static int64_t
integer_of(lua_State *L, int value, const struct ctype *t, unsigned bits, const struct ccontext *x)
{
	int kind = lua_type(L, value);
	int64_t n, least, most;
	size_t len;

	if (kind == LUA_TBOOLEAN && t->kind == C_BOOL)
		return lua_toboolean(L, value);
	if (kind == LUA_TSTRING && t->kind == C_ENUM)
		return constant_of(L, value, t, x);
	if (kind == LUA_TSTRING && t->kind == C_CHAR && t->size == 1) {
		const char *s = lua_tolstring(L, value, &len);

		if (len == 1)
			return ctype_is_signed(t) ? (signed char)*s : (unsigned char)*s;
		return convert_error(L, t, x, "expected a number or a string of one character");
	}
	n = whole_number(L, value, t, x);
	if (bits >= 64)
		return n;
	least = ctype_is_signed(t) ? -((int64_t)1 << (bits - 1)) : 0;
	most = t->kind == C_BOOL ? 1 : ctype_is_signed(t) ? ((int64_t)1 << (bits - 1)) - 1 : ((int64_t)1 << bits) - 1;
	/* An enumeration without negative constants is unsigned to some compilers only. */
	if (t->kind == C_ENUM && t->is_unsigned)
		least = -((int64_t)1 << (bits - 1));
	if (n < least || n > most)
		return convert_error(L, t, x, lua_pushfstring(L, "%I is out of range (%I to %I)", (LUAI_UACINT)n,
		    (LUAI_UACINT)least, (LUAI_UACINT)most));
	return n;
}

static void
load_float(lua_State *L, const struct ctype *t, const char *from)
{
	union { float f; double d; long double l; } v;

	memcpy(&v, from, t->size);
	lua_pushnumber(L, t->size == sizeof v.f ? (double)v.f : t->size == sizeof v.d ? v.d : (double)v.l);
}

static void
store_float(lua_State *L, int value, const struct ctype *t, char *to, const struct ccontext *x)
{
	union { float f; double d; long double l; } v;

	if (lua_type(L, value) != LUA_TNUMBER) {
		convert_refuse(L, value, t, x, "a number");
		return;
	}
	if (t->size == sizeof v.f)
		v.f = (float)lua_tonumber(L, value);
	else if (t->size == sizeof v.d)
		v.d = lua_tonumber(L, value);
	else if (lua_isinteger(L, value))
		v.l = (long double)lua_tointeger(L, value);
	else
		v.l = (long double)lua_tonumber(L, value);
	memcpy(to, &v, t->size);
}

void
convert_load_bits(lua_State *L, const struct cplace *place)
{
	size_t size = (place->shift + place->bits + 7) / 8, low = size < 8 ? size : 8;
	uint64_t n = load_unsigned(place->p, low) >> place->shift;

	if (size > 8)
		n |= (uint64_t)(unsigned char)place->p[8] << (64 - place->shift);
	if (place->bits < 64)
		n &= ((uint64_t)1 << place->bits) - 1;
	push_integer(L, place->type, n, place->bits);
}

void
convert_store_bits(lua_State *L, int value, const struct cplace *place, const struct ccontext *x)
{
	uint64_t n = (uint64_t)integer_of(L, value, place->type, place->bits, x);

	for (unsigned i = 0; i < place->bits; i++) {
		char *byte = place->p + (place->shift + i) / 8;
		unsigned bit = 1u << (place->shift + i) % 8;

		*byte = (char)(n >> i & 1 ? (unsigned char)*byte | bit : (unsigned char)*byte & ~bit);
	}
}

/* ---- what C's memory points to stays alive ---- */

static const char anchors;

/* Push the table of what the object's bytes, or C's own, point to. */
static void
push_anchors(lua_State *L, int owner)
{
	if (owner > 0) {
		lua_getiuservalue(L, owner, 1);		/* of a view: the object that has the bytes */
		if (lua_isnil(L, -1)) {
			lua_pop(L, 1);
			lua_pushvalue(L, owner);
		}
		if (lua_getiuservalue(L, -1, 2) != LUA_TTABLE) {
			lua_pop(L, 1);
			lua_newtable(L);
			lua_pushvalue(L, -1);
			lua_setiuservalue(L, -3, 2);
		}
		lua_remove(L, -2);
		return;
	}
	if (lua_rawgetp(L, LUA_REGISTRYINDEX, &anchors) == LUA_TTABLE)
		return;
	lua_pop(L, 1);
	lua_newtable(L);
	lua_pushvalue(L, -1);
	lua_rawsetp(L, LUA_REGISTRYINDEX, &anchors);
}

/* For as long as it stands there. */
static void
anchor(lua_State *L, int owner, const char *to, int value)
{
	value = lua_absindex(L, value);
	if (owner < 0)
		return;
	luaL_checkstack(L, 6, NULL);
	push_anchors(L, owner);
	lua_pushvalue(L, value);
	lua_rawsetp(L, -2, to);
	lua_pop(L, 1);
}

/* ---- pointers ---- */

static bool
may_point(const struct ctype *pointer, const struct ctype *to)
{
	return pointer->target->kind == C_VOID || to->kind == C_VOID || ctype_same(pointer->target, to);
}

/* Where a pointer to `t` may point because of an object; false if that is of another type. */
static bool
address_of(const struct cdata *d, const struct ctype *t, char **p, bool *is_const)
{
	*p = d->p;
	*is_const = d->type->kind == C_POINTER ? d->type->is_const : d->is_const;
	if (d->type->kind == C_POINTER)
		return may_point(t, d->type->target);
	if (d->type->kind == C_ARRAY && may_point(t, d->type->target))
		return true;
	return may_point(t, d->type);
}

static const char *
pointer_words(const struct ctype *t, bool is_argument)
{
	if (t->target->kind == C_FUNCTION)
		return "a function";
	if (t->is_const && ctype_is_bytes(t->target))
		return "a string, an array or a pointer";
	return ctype_is_aggregate(t->target) && t->target->kind != C_ARRAY ?
	    is_argument && t->is_const ? "an object, a table or a pointer" : "an object or a pointer" :
	    is_argument && t->is_const && t->target->kind != C_VOID ? "an array, a table or a pointer" :
	    "an array or a pointer";
}

/* A list, for C to read during a call. */
static char *
push_list(lua_State *L, int value, struct ctype *t, const struct ccontext *x)
{
	struct ctype *element = t->target;
	bool is_one = (element->kind == C_STRUCT || element->kind == C_UNION) && lua_rawlen(L, value) == 0;
	struct cdata *d;

	ctype_complete(L, element);
	d = cdata_new(L, is_one ? element : ctype_array(L, element, (int64_t)lua_rawlen(L, value)));
	convert_store(L, value, d->type, d->p, lua_gettop(L), x);
	return d->p;
}

static char *
pointer_of_object(lua_State *L, int value, const struct ctype *t, const struct ccontext *x)
{
	struct cdata *d = cdata_at(L, value);
	bool is_const;
	char *p;

	if (!address_of(d, t, &p, &is_const)) {
		convert_refuse(L, value, t, x, pointer_words(t, x->argument > 0));
		return NULL;
	}
	if (is_const && !t->is_const && t->target->kind != C_FUNCTION)
		convert_error(L, t, x, "what it points to is const, and C may write to it here: use c.cast if it does not");
	return p;
}

static char *
pointer_of(lua_State *L, int value, struct ctype *t, int owner, const struct ccontext *x)
{
	bool is_argument = owner == -1;
	luaL_Stream *file;
	void *address;

	if (t->target->kind == C_STRUCT && t->target->tag && strcmp(t->target->tag, "_IO_FILE") == 0 &&
	    (file = luaL_testudata(L, value, LUA_FILEHANDLE)) && file->f)
		return (char *)file->f;
	switch (lua_type(L, value)) {
	case LUA_TNIL:
		if (t->is_reference)
			break;
		return NULL;
	case LUA_TSTRING:
		if (!ctype_is_bytes(t->target))
			break;
		if (!t->is_const)
			convert_error(L, t, x, "C may write to it, and strings of Lua never change: "
			    "pass c.array(\"char\", s), or declare it const");
		return (char *)(uintptr_t)lua_tostring(L, value);
	case LUA_TUSERDATA:
		if (!cdata_at(L, value))
			break;
		return pointer_of_object(L, value, t, x);
	case LUA_TTABLE:
		if (!is_argument || t->target->kind == C_VOID || t->target->kind == C_FUNCTION)
			break;
		if (!t->is_const)
			convert_error(L, t, x, "C may write to it, and would to a copy of the table: "
			    "make an array or object of it first");
		return push_list(L, value, t, x);
	case LUA_TFUNCTION:
		if (cfunction_at(L, value, &address) && (t->target->kind == C_FUNCTION || t->target->kind == C_VOID))
			return address;
		if (t->target->kind != C_FUNCTION)
			break;
		return callback_of(L, value, t);
	case LUA_TLIGHTUSERDATA:
		if (t->target->kind == C_VOID)
			return lua_touserdata(L, value);
		break;
	}
	convert_refuse(L, value, t, x, pointer_words(t, is_argument));
	return NULL;
}

static void
load_pointer(lua_State *L, struct ctype *t, char *from, int owner)
{
	char *p;

	memcpy(&p, from, sizeof p);
	if (!p)
		lua_pushnil(L);
	else if (t->target->kind == C_CHAR && t->target->size == 1)
		lua_pushstring(L, p);
	else
		(void)cdata_pointer(L, t, p, owner);
}

/* ---- objects ---- */

static void
store_list(lua_State *L, int value, struct ctype *t, char *to, int owner, const struct ccontext *x)
{
	size_t size = t->target->size, n = lua_rawlen(L, value);
	struct ccontext inner = { .subject = t->name };
	char name[32];

	if (t->count < 0)
		convert_error(L, t, x, "its length is not known: assign to its elements, one by one");
	if (n > (size_t)t->count)
		convert_error(L, t, x, lua_pushfstring(L, "%I values are too many", (LUAI_UACINT)n));
	memset(to, 0, t->size);
	luaL_checkstack(L, 12, NULL);
	for (lua_pushnil(L); lua_next(L, value); ) {
		int at = lua_gettop(L);
		lua_Integer i = lua_isinteger(L, -2) ? lua_tointeger(L, -2) : 0;

		if (i < 1 || i > t->count)
			convert_error(L, t, x, "a list of its elements is expected, from 1 on");
		snprintf(name, sizeof name, "[%lld]", (long long)i - 1);
		inner.name = name;
		/* What is made for an argument's elements is not left on the stack: it stays by the address. */
		convert_store(L, at, t->target, to + (size_t)(i - 1) * size, owner == -1 ? 0 : owner, &inner);
		lua_settop(L, at - 1);
	}
}

/* A member by its key in the table of values: a name, or its number from 1. */
static void
store_members(lua_State *L, int value, struct ctype *t, char *to, int owner, const struct ccontext *x)
{
	struct cdata whole = { .type = t, .p = to };
	struct ccontext inner = { .subject = t->name };
	struct cplace place;

	ctype_complete(L, t);
	memset(to, 0, t->size);
	luaL_checkstack(L, 12, NULL);
	for (lua_pushnil(L); lua_next(L, value); ) {
		int at = lua_gettop(L);
		lua_Integer n = lua_isinteger(L, -2) ? lua_tointeger(L, -2) : 0;

		if (n > 0 && (size_t)n <= t->nfields && *t->fields[n - 1].name) {
			lua_pushstring(L, t->fields[n - 1].name);
		} else if (lua_type(L, -2) == LUA_TSTRING) {
			lua_pushvalue(L, -2);
		} else {
			convert_error(L, t, x, "a table of its members by name or in their order is expected");
		}
		cdata_find(L, &whole, at + 1, &place);
		inner.name = place.name;
		if (place.bits)
			convert_store_bits(L, at, &place, &inner);
		else
			convert_store(L, at, place.type, place.p, owner == -1 ? 0 : owner, &inner);
		lua_settop(L, at - 1);
	}
}

static void
store_text(lua_State *L, int value, struct ctype *t, char *to, const struct ccontext *x)
{
	size_t len;
	const char *s = lua_tolstring(L, value, &len);

	if (len >= t->size)
		convert_error(L, t, x, lua_pushfstring(L, "a text of %I bytes and its NUL do not fit", (LUAI_UACINT)len));
	memset(to, 0, t->size);
	memcpy(to, s, len);
}

static void
store_complex(lua_State *L, int value, struct ctype *t, char *to, const struct ccontext *x)
{
	struct ctype part = { .kind = C_FLOAT, .size = t->size / 2, .align = t->size / 2, .name = t->name };
	static const char *const names[2] = { "re", "im" };

	memset(to, 0, t->size);
	if (lua_type(L, value) != LUA_TTABLE) {
		store_float(L, value, &part, to, x);
		return;
	}
	luaL_checkstack(L, 4, NULL);
	for (int i = 0; i < 2; i++) {
		if (lua_getfield(L, value, names[i]) == LUA_TNIL) {
			lua_pop(L, 1);
			(void)lua_rawgeti(L, value, i + 1);
		}
		if (!lua_isnil(L, -1))
			store_float(L, lua_gettop(L), &part, to + (size_t)i * part.size, x);
		lua_pop(L, 1);
	}
}

static void
store_object(lua_State *L, int value, struct ctype *t, char *to, int owner, const struct ccontext *x)
{
	struct cdata *d = cdata_at(L, value);
	bool is_text = t->kind == C_ARRAY && ctype_is_bytes(t->target);

	if (d && d->type->kind == t->kind && ctype_same(d->type, t) && d->type->size <= t->size) {
		memmove(to, d->p, d->type->size);
		anchor(L, owner, to, value);
	} else if (!d && t->kind == C_COMPLEX && (lua_istable(L, value) || lua_type(L, value) == LUA_TNUMBER)) {
		store_complex(L, value, t, to, x);
	} else if (lua_istable(L, value) && t->kind == C_ARRAY) {
		store_list(L, value, t, to, owner, x);
	} else if (lua_istable(L, value)) {
		store_members(L, value, t, to, owner, x);
	} else if (lua_type(L, value) == LUA_TSTRING && is_text) {
		store_text(L, value, t, to, x);
	} else {
		convert_refuse(L, value, t, x, lua_pushfstring(L, "%sa table or a %s",
		    is_text ? "a string, " : t->kind == C_COMPLEX ? "a number, " : "", t->name));
	}
}

/* ---- all of them ---- */

void
convert_load(lua_State *L, struct ctype *t, char *from, int owner, bool is_const)
{
	luaL_checkstack(L, 8, NULL);
	switch (t->kind) {
	case C_VOID:
		lua_pushnil(L);
		return;
	case C_SIGNED:
	case C_UNSIGNED:
	case C_BOOL:
	case C_CHAR:
	case C_ENUM:
		push_integer(L, t, load_unsigned(from, t->size), (unsigned)t->size * 8);
		return;
	case C_FLOAT:
		load_float(L, t, from);
		return;
	case C_POINTER:
		load_pointer(L, t, from, owner);
		return;
	case C_ARRAY:
		if (t->target->kind == C_CHAR && t->target->size == 1 && t->count >= 0) {
			lua_pushlstring(L, from, strnlen(from, t->size));
			return;
		}
		break;
	case C_STRUCT:
	case C_UNION:
	case C_COMPLEX:
		break;
	case C_FUNCTION:
		(void)cdata_pointer(L, ctype_pointer(L, t, false), from, 0);
		return;
	case C_OTHER:
		luaL_error(L, "a %s is a value that only C can handle: reach it through a function of a C cell", t->name);
	}
	(void)cdata_view(L, t, from, owner, is_const);
}

void
convert_store(lua_State *L, int value, struct ctype *t, char *to, int owner, const struct ccontext *x)
{
	int64_t n;
	char *p;

	switch (t->kind) {
	case C_SIGNED:
	case C_UNSIGNED:
	case C_BOOL:
	case C_CHAR:
	case C_ENUM:
		n = integer_of(L, value, t, (unsigned)t->size * 8, x);
		memcpy(to, &n, t->size);
		return;
	case C_FLOAT:
		store_float(L, value, t, to, x);
		return;
	case C_POINTER:
		p = pointer_of(L, value, t, owner, x);
		anchor(L, owner, to, value);
		memcpy(to, &p, sizeof p);
		return;
	case C_ARRAY:
	case C_STRUCT:
	case C_UNION:
	case C_COMPLEX:
		store_object(L, value, t, to, owner, x);
		return;
	case C_VOID:
	case C_FUNCTION:
	case C_OTHER:
		convert_error(L, t, x, "only C can handle it: reach it through a function of a C cell");
	}
}
