#include "runner/lua/cdata.h"

#include <string.h>

enum { ALIGN = 16, ALIGN_MAX = 256 };

static const char magic, metatable;

struct cdata *
cdata_at(lua_State *L, int at)
{
	struct cdata *d = lua_touserdata(L, at);

	return d && lua_rawlen(L, at) >= sizeof *d && d->magic == &magic ? d : NULL;
}

struct cdata *
cdata_check(lua_State *L, int at)
{
	struct cdata *d = cdata_at(L, at);

	if (!d)
		luaL_typeerror(L, at, "object or pointer of C");
	return d;
}

static struct cdata *
push(lua_State *L, struct ctype *t, size_t extra)
{
	struct cdata *d = lua_newuserdatauv(L, sizeof *d + extra, 2);

	memset(d, 0, sizeof *d + extra);
	d->magic = &magic;
	d->type = t;
	(void)lua_rawgetp(L, LUA_REGISTRYINDEX, &metatable);
	lua_setmetatable(L, -2);
	return d;
}

struct cdata *
cdata_new(lua_State *L, struct ctype *t)
{
	size_t align = t->align > ALIGN ? t->align : ALIGN;
	struct cdata *d;

	if (align > ALIGN_MAX || (align & (align - 1)) != 0)
		align = ALIGN;
	d = push(L, t, t->size + align);
	d->p = (char *)(((uintptr_t)(d + 1) + align - 1) & ~(uintptr_t)(align - 1));
	return d;
}

/* The object that has the bytes is what lives on, not a view of it. */
static void
keep(lua_State *L, int owner)
{
	if (owner <= 0)
		return;
	if (lua_getiuservalue(L, owner, 1) == LUA_TNIL) {
		lua_pop(L, 1);
		lua_pushvalue(L, owner);
	}
	lua_setiuservalue(L, -2, 1);
}

/* An array without a length ends where the object does in which it is. */
static void
end_with_owner(lua_State *L, struct cdata *d)
{
	const struct cdata *owner;

	if (d->type->kind != C_ARRAY || d->type->count >= 0)
		return;
	(void)lua_getiuservalue(L, -1, 1);
	owner = cdata_at(L, -1);
	lua_pop(L, 1);
	if (owner && (owner->low || owner->type->kind != C_POINTER)) {
		d->low = owner->low ? owner->low : owner->p;
		d->high = owner->low ? owner->high : owner->p + owner->type->size;
	}
}

struct cdata *
cdata_view(lua_State *L, struct ctype *t, char *p, int owner, bool is_const)
{
	struct cdata *d;

	owner = owner > 0 ? lua_absindex(L, owner) : 0;
	d = push(L, t, 0);
	d->p = p;
	d->is_const = is_const;
	keep(L, owner);
	end_with_owner(L, d);
	return d;
}

struct cdata *
cdata_pointer(lua_State *L, struct ctype *t, char *p, int owner)
{
	return cdata_view(L, t, p, owner, false);
}

/* ---- what Lua does with them ---- */

static int
free_callback(lua_State *L)
{
	struct cdata *d = cdata_check(L, 1);

	if (d->type->kind != C_POINTER || !callback_free(L, d->p))
		return luaL_error(L, "that is no callback, or has been freed already");
	return 0;
}

static int
index(lua_State *L)
{
	struct cdata *d = cdata_check(L, 1);
	struct cplace place;

	if (d->type->kind == C_POINTER && d->type->target->kind == C_FUNCTION &&
	    lua_type(L, 2) == LUA_TSTRING && strcmp(lua_tostring(L, 2), "free") == 0) {
		lua_pushcfunction(L, free_callback);
		return 1;
	}
	cdata_find(L, d, 2, &place);
	if (place.bits)
		convert_load_bits(L, &place);
	else
		convert_load(L, place.type, place.p, 1, place.is_const);
	return 1;
}

static int
newindex(lua_State *L)
{
	struct cdata *d = cdata_check(L, 1);
	struct ccontext x = {0};
	struct cplace place;

	cdata_find(L, d, 2, &place);
	x.subject = d->type->kind == C_POINTER && place.name ? d->type->target->name : d->type->name;
	x.name = place.name;
	if (place.is_const)
		convert_error(L, place.type, &x, "it is const");
	if (place.bits)
		convert_store_bits(L, 3, &place, &x);
	else
		convert_store(L, 3, place.type, place.p, d->type->kind == C_POINTER && !d->low ? 0 : 1, &x);
	return 0;
}

static int
length(lua_State *L)
{
	struct cdata *d = cdata_check(L, 1);

	if (d->type->kind != C_ARRAY || d->type->count < 0)
		return luaL_error(L, "a %s has no length", d->type->name);
	lua_pushinteger(L, d->type->count);
	return 1;
}

/* A pointer to the first element, from which others are counted. */
static struct ctype *
as_pointer(lua_State *L, const struct cdata *d)
{
	if (d->type->kind == C_ARRAY)
		return ctype_pointer(L, d->type->target, d->is_const);
	if (d->type->kind != C_POINTER || d->type->target->kind == C_VOID || d->type->target->kind == C_FUNCTION)
		luaL_error(L, "no arithmetic with a %s", d->type->name);
	return d->type;
}

static size_t
step(lua_State *L, const struct ctype *pointer)
{
	ctype_complete(L, pointer->target);
	if (pointer->target->size == 0)
		luaL_error(L, "no arithmetic with a %s: the size of what it points to is not known", pointer->name);
	return pointer->target->size;
}

static void
push_moved(lua_State *L, int at, lua_Integer n)
{
	struct cdata *d = cdata_check(L, at), *to;
	struct ctype *t = as_pointer(L, d);

	to = cdata_pointer(L, t, d->p + n * (lua_Integer)step(L, t), at);
	to->low = d->type->kind == C_ARRAY && d->type->count >= 0 ? d->p : d->low;
	to->high = d->type->kind == C_ARRAY && d->type->count >= 0 ? d->p + d->type->size : d->high;
}

static int
add(lua_State *L)
{
	int at = cdata_at(L, 1) ? 1 : 2;

	push_moved(L, at, luaL_checkinteger(L, 3 - at));
	return 1;
}

static int
subtract(lua_State *L)
{
	struct cdata *a = cdata_check(L, 1), *b = cdata_at(L, 2);
	struct ctype *t = as_pointer(L, a);

	if (!b) {
		push_moved(L, 1, -luaL_checkinteger(L, 2));
		return 1;
	}
	if (!ctype_same(t, as_pointer(L, b)))
		return luaL_error(L, "no difference between a %s and a %s", a->type->name, b->type->name);
	lua_pushinteger(L, (a->p - b->p) / (lua_Integer)step(L, t));
	return 1;
}

static int
equal(lua_State *L)
{
	struct cdata *a = cdata_at(L, 1), *b = cdata_at(L, 2);

	lua_pushboolean(L, a && b && a->p == b->p);
	return 1;
}

static int
less(lua_State *L)
{
	lua_pushboolean(L, cdata_check(L, 1)->p < cdata_check(L, 2)->p);
	return 1;
}

static int
less_or_equal(lua_State *L)
{
	lua_pushboolean(L, cdata_check(L, 1)->p <= cdata_check(L, 2)->p);
	return 1;
}

static int
to_string(lua_State *L)
{
	cdata_show(L, cdata_check(L, 1));
	return 1;
}

/* ---- pairs ---- */

static int
next_element(lua_State *L)
{
	struct cdata *d = cdata_check(L, 1);
	lua_Integer i = lua_isnil(L, 2) ? 0 : lua_tointeger(L, 2) + 1;

	if (i >= d->type->count)
		return 0;
	lua_pushinteger(L, i);
	lua_pushvalue(L, -1);
	lua_gettable(L, 1);
	return 2;
}

static int
next_member(lua_State *L)
{
	struct ctype *t = cdata_check(L, 1)->type;
	lua_Integer i = lua_tointeger(L, lua_upvalueindex(1));

	while ((size_t)i < t->nfields && !*t->fields[i].name)
		i++;
	if ((size_t)i >= t->nfields)
		return 0;
	lua_pushinteger(L, i + 1);
	lua_replace(L, lua_upvalueindex(1));
	lua_pushstring(L, t->fields[i].name);
	lua_pushvalue(L, -1);
	lua_gettable(L, 1);
	return 2;
}

static int
pairs(lua_State *L)
{
	struct cdata *d = cdata_check(L, 1);

	if (d->type->kind == C_ARRAY && d->type->count >= 0) {
		lua_pushcfunction(L, next_element);
	} else if (d->type->kind == C_STRUCT || d->type->kind == C_UNION) {
		ctype_complete(L, d->type);
		lua_pushinteger(L, 0);
		lua_pushcclosure(L, next_member, 1);
	} else {
		return luaL_error(L, "what a %s consists of is not known", d->type->name);
	}
	lua_pushvalue(L, 1);
	lua_pushnil(L);
	return 3;
}

void
cdata_open(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{ "__index", index }, { "__newindex", newindex }, { "__len", length }, { "__add", add },
		{ "__sub", subtract }, { "__eq", equal }, { "__lt", less }, { "__le", less_or_equal },
		{ "__tostring", to_string }, { "__pairs", pairs }, { "__call", cfunction_call_pointer },
		{ NULL, NULL } };

	luaL_newlib(L, functions);
	lua_pushliteral(L, "object of C");
	lua_setfield(L, -2, "__name");
	lua_pushboolean(L, false);
	lua_setfield(L, -2, "__metatable");
	lua_rawsetp(L, LUA_REGISTRYINDEX, &metatable);
}
