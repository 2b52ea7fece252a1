/*
 * Elements and members.
 */
#include "runner/lua/cdata.h"

#include <string.h>

enum { DEPTH = 16 };	/* of members without a name in one another */

/* What the members are, for who asked for another one. */
static int
refuse_member(lua_State *L, const struct ctype *t, const char *name)
{
	luaL_Buffer b;
	int n = 0;

	luaL_buffinit(L, &b);
	for (size_t i = 0; i < t->nfields && n < 20; i++) {
		if (!*t->fields[i].name)
			continue;
		luaL_addstring(&b, n++ ? ", " : "");
		luaL_addstring(&b, t->fields[i].name);
	}
	luaL_pushresult(&b);
	return luaL_error(L, "%s has no member '%s': it has %s", t->name, name, lua_tostring(L, -1));
}

static bool
find_member(struct ctype *t, const char *name, struct cplace *place, int depth)
{
	for (size_t i = 0; i < t->nfields; i++) {
		struct cfield *f = &t->fields[i];
		struct cplace inner = { .p = place->p + f->at, .is_const = place->is_const || f->is_const };

		if (strcmp(f->name, name) == 0) {
			*place = (struct cplace){ f->type, inner.p, f->bits, f->shift, inner.is_const, f->name };
			return true;
		}
		if (!*f->name && (f->type->kind == C_STRUCT || f->type->kind == C_UNION) && depth > 0 &&
		    find_member(f->type, name, &inner, depth - 1)) {
			*place = inner;
			return true;
		}
	}
	return false;
}

static void
find_by_name(lua_State *L, struct ctype *t, int key, struct cplace *place)
{
	static const char *const parts[2] = { "re", "im" };
	const char *name = lua_tostring(L, key);

	if (t->kind == C_COMPLEX) {
		for (size_t i = 0; i < 2; i++) {
			if (strcmp(name, parts[i]) != 0)
				continue;
			place->type = ctype_basic(L, C_FLOAT, t->size / 2, t->size == 8 ? "float" :
			    t->size == 16 ? "double" : "long double");
			place->p += i * t->size / 2;
			place->name = parts[i];
			return;
		}
	} else if (t->kind == C_STRUCT || t->kind == C_UNION) {
		ctype_complete(L, t);
		if (find_member(t, name, place, DEPTH))
			return;
		(void)refuse_member(L, t, name);
	}
	luaL_error(L, "a %s has no member '%s'", t->name, name);
}

static void
check_bounds(lua_State *L, const struct cdata *d, const char *p, size_t size)
{
	if (d->low && (p < d->low || p > d->high || size > (size_t)(d->high - p)))
		luaL_error(L, "outside of the object into which this %s points", d->type->name);
}

static void
find_by_number(lua_State *L, const struct cdata *d, lua_Integer n, struct cplace *place)
{
	struct ctype *t = d->type;
	bool is_array = t->kind == C_ARRAY;
	uintptr_t at = 0;

	if (is_array && t->count >= 0 && (n < 0 || n >= t->count))
		luaL_error(L, "index %I is out of range: %s has %s%I", (LUAI_UACINT)n, t->name,
		    t->count > 0 ? "0 to " : "none, its length is ", (LUAI_UACINT)(t->count > 0 ? t->count - 1 : 0));
	if (!is_array && t->kind != C_POINTER)
		luaL_error(L, "a %s has no elements", t->name);
	ctype_complete(L, t->target);
	if (t->target->kind == C_VOID || t->target->kind == C_FUNCTION || t->target->size == 0)
		luaL_error(L, "what a %s points to is not known: c.cast says it", t->name);
	place->type = t->target;
	if (__builtin_mul_overflow(n, (lua_Integer)t->target->size, &n) ||
	    __builtin_add_overflow((uintptr_t)d->p, n, &at))
		luaL_error(L, "no address of a %s is that far away", t->name);
	place->p = (char *)at;
	check_bounds(L, d, place->p, t->target->size);
	place->is_const = is_array ? d->is_const : t->is_const;
}

void
cdata_find(lua_State *L, const struct cdata *d, int key, struct cplace *place)
{
	struct ctype *t = d->type;
	int is_whole;
	lua_Integer n;

	*place = (struct cplace){ .type = t, .p = d->p, .is_const = d->is_const };
	if (lua_type(L, key) == LUA_TSTRING) {
		if (t->kind == C_POINTER) {
			place->is_const = t->is_const;
			t = t->target;
			if (t->kind == C_STRUCT || t->kind == C_UNION) {
				ctype_complete(L, t);
				check_bounds(L, d, d->p, t->size);
			}
		}
		find_by_name(L, t, key, place);
		return;
	}
	n = lua_tointegerx(L, key, &is_whole);
	if (!is_whole || lua_type(L, key) != LUA_TNUMBER)
		luaL_error(L, "a %s is indexed by a %s", t->name,
		    t->kind == C_STRUCT || t->kind == C_UNION ? "member's name" : "whole number");
	find_by_number(L, d, n, place);
}
