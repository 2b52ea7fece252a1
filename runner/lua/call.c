/*
 * Calls of C.
 */
#include "runner/lua/cdata.h"

#include <errno.h>
#include <string.h>

enum { PARAMETERS = 64, SLOT = 16, WORDS = 4 };

union value {
	char bytes[SLOT];
	int64_t i;
	uint64_t u;
	double d;
	float f;
	long double l;
	void *p;
};

struct cfunction {
	struct ctype *type;
	void (*address)(void);
	const char *name;		/* as messages have it: "c.axpy" */
	ffi_cif cif;
	struct parameter {
		enum { AS_DOUBLE, AS_INTEGER, AS_OBJECT, AS_OTHER } way;
		int64_t least, most;	/* AS_INTEGER */
		struct ctype *type;
	} *parameters;
	size_t n;
	bool takes_words;		/* see call_words */
	bool is_large;			/* what it returns does not fit a slot */
};

int cfunction_errno;

static int call(lua_State *L);

/* ---- what a function of that type is to libffi ---- */

static void
prepare_parameter(struct parameter *p, struct ctype *t)
{
	unsigned bits = (unsigned)t->size * 8;

	p->type = t;
	p->way = AS_OTHER;
	if (t->kind == C_FLOAT && t->size == sizeof(double)) {
		p->way = AS_DOUBLE;
	} else if (t->kind == C_SIGNED || t->kind == C_UNSIGNED) {
		p->way = AS_INTEGER;
		p->least = t->kind == C_UNSIGNED && bits < 64 ? 0 : bits == 64 ? INT64_MIN : -((int64_t)1 << (bits - 1));
		p->most = bits == 64 ? INT64_MAX : ((int64_t)1 << (t->kind == C_UNSIGNED ? bits : bits - 1)) - 1;
	} else if (ctype_is_aggregate(t)) {
		p->way = AS_OBJECT;
	}
}

/* Passed and returned in one register for integers, as is all that is narrower. */
static bool
is_word(const struct ctype *t)
{
	return t->kind == C_VOID || ((t->kind == C_SIGNED || t->kind == C_UNSIGNED || t->kind == C_POINTER) &&
	    t->size <= sizeof(int64_t));
}

static bool
takes_words(const struct cfunction *f)
{
#if defined(__x86_64__) || defined(__aarch64__)
	bool all = f->n <= WORDS && !f->type->has_others && is_word(f->type->target);

	for (size_t i = 0; i < f->n; i++)
		all = all && is_word(f->parameters[i].type);
	return all;
#else
	(void)f;
	return false;
#endif
}

static void
prepare(lua_State *L, struct cfunction *f)
{
	struct ctype *t = f->type;
	ffi_type **list = ctype_alloc(L, t->nfields + 1, sizeof *list), *result;

	if (t->nfields > PARAMETERS)
		luaL_error(L, "%s has more than %d parameters", f->name, PARAMETERS);
	f->parameters = ctype_alloc(L, t->nfields + 1, sizeof *f->parameters);
	f->n = t->nfields;
	for (size_t i = 0; i < f->n; i++) {
		prepare_parameter(&f->parameters[i], t->fields[i].type);
		list[i] = ctype_ffi(L, t->fields[i].type);
	}
	result = ctype_ffi(L, t->target);
	f->is_large = t->target->size > SLOT;
	f->takes_words = takes_words(f);
	if (!t->has_others && ffi_prep_cif(&f->cif, FFI_DEFAULT_ABI, (unsigned)f->n, result, list) != FFI_OK)
		luaL_error(L, "libffi cannot call %s", f->name);
}

void
cfunction_push(lua_State *L, struct ctype *t, void *address, const char *name)
{
	struct cfunction *f;

	luaL_checkstack(L, 10, NULL);
	f = lua_newuserdatauv(L, sizeof *f, 0);
	*f = (struct cfunction){ .type = t, .name = name };
	memcpy(&f->address, &address, sizeof address);
	prepare(L, f);
	lua_pushcclosure(L, call, 1);
}

static struct cfunction *
function_at(lua_State *L, int at)
{
	struct cfunction *f = NULL;

	if (lua_tocfunction(L, at) == call && lua_getupvalue(L, at, 1)) {
		f = lua_touserdata(L, -1);
		lua_pop(L, 1);
	}
	return f;
}

struct ctype *
cfunction_at(lua_State *L, int at, void **address)
{
	struct cfunction *f = function_at(L, at);

	if (f && address)
		memcpy(address, &f->address, sizeof *address);
	return f ? f->type : NULL;
}

/* ---- arguments ---- */

static int
refuse_count(lua_State *L, const struct cfunction *f, int n)
{
	return luaL_error(L, "%s: expected %s%I argument%s, got %d: %s", f->name, f->type->has_others ? "at least " : "",
	    (LUAI_UACINT)f->n, f->n == 1 ? "" : "s", n, f->type->name);
}

static void
convert(lua_State *L, const struct cfunction *f, size_t i, union value *slot, void **value)
{
	const struct parameter *p = &f->parameters[i];
	struct ccontext x = { f->name, (int)i + 1, f->type->fields[i].name, false };
	struct cdata *d;
	int at = (int)i + 1;

	luaL_checkstack(L, 20, "arguments");
	if (p->way != AS_OBJECT) {
		convert_store(L, at, p->type, slot->bytes, -1, &x);
		return;
	}
	d = cdata_at(L, at);
	if (!d || !ctype_same(d->type, p->type) || d->type->size != p->type->size) {
		d = cdata_new(L, p->type);
		convert_store(L, at, p->type, d->p, lua_gettop(L), &x);
	}
	*value = d->p;
}

static inline void
take_arguments(lua_State *L, const struct cfunction *f, union value *slots, void **values)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct parameter *p = &f->parameters[i];
		int at = (int)i + 1, is_number;

		values[i] = &slots[i];
		if (p->way == AS_INTEGER && lua_isinteger(L, at)) {
			int64_t n = lua_tointegerx(L, at, &is_number);

			if (n >= p->least && n <= p->most) {
				slots[i].i = n;
				continue;
			}
		} else if (p->way == AS_DOUBLE && lua_type(L, at) == LUA_TNUMBER) {
			slots[i].d = lua_tonumberx(L, at, &is_number);
			continue;
		}
		convert(L, f, i, &slots[i], &values[i]);
	}
}

/* One of those behind the parameters, by what C makes of such a value. */
static ffi_type *
take_other(lua_State *L, const struct cfunction *f, int at, union value *slot, void **value)
{
	struct ccontext x = { f->name, at, NULL, false };
	static const struct ctype other = { .name = "..." };
	struct cdata *d = cdata_at(L, at);
	void *address;

	*value = slot;
	switch (lua_type(L, at)) {
	case LUA_TNUMBER:
		if (lua_isinteger(L, at)) {
			slot->i = lua_tointeger(L, at);
			return &ffi_type_sint64;
		}
		slot->d = lua_tonumber(L, at);
		return &ffi_type_double;
	case LUA_TBOOLEAN:
		slot->i = lua_toboolean(L, at);
		return &ffi_type_sint64;
	case LUA_TNIL:
		slot->p = NULL;
		return &ffi_type_pointer;
	case LUA_TSTRING:
		slot->p = (void *)(uintptr_t)lua_tostring(L, at);
		return &ffi_type_pointer;
	case LUA_TFUNCTION:
		if (!cfunction_at(L, at, &address))
			break;
		slot->p = address;
		return &ffi_type_pointer;
	case LUA_TUSERDATA:
		if (!d)
			break;
		slot->p = d->p;
		if (d->type->kind == C_POINTER || d->type->kind == C_ARRAY)
			return &ffi_type_pointer;
		*value = d->p;
		return ctype_ffi(L, d->type);
	}
	convert_refuse(L, at, &other, &x, "a number, a string, an object or a pointer");
	return NULL;
}

/* ---- results ---- */

/* libffi widens small integers to a word; what is ours is the low part of it. */
static int
give_result(lua_State *L, const struct cfunction *f, union value *result)
{
	struct ctype *t = f->type->target;

	if (callback_failed)
		callback_raise(L);
	switch (t->kind) {
	case C_VOID:
		return 0;
	case C_SIGNED:
		lua_pushinteger(L, t->size == 4 ? (int32_t)result->i : t->size == 8 ? result->i :
		    t->size == 2 ? (int16_t)result->i : (int8_t)result->i);
		return 1;
	case C_FLOAT:
		if (t->size == sizeof(double)) {
			lua_pushnumber(L, result->d);
			return 1;
		}
		break;
	case C_UNSIGNED:
	case C_BOOL:
	case C_CHAR:
	case C_ENUM:
	case C_POINTER:
	case C_ARRAY:
	case C_STRUCT:
	case C_UNION:
	case C_COMPLEX:
	case C_FUNCTION:
	case C_OTHER:
		break;
	}
	if (ctype_is_aggregate(t)) {
		struct cdata *d = cdata_new(L, t);

		memcpy(d->p, result->bytes, t->size);
		return 1;
	}
	convert_load(L, t, result->bytes, 0, false);
	return 1;
}

/* C came back to us, and not by way of those that it has called since. */
static void
jumped(struct activation *back)
{
	static const char words[] = "C has jumped out of a function of Lua that it had called (by longjmp, or an "
	    "exception): calls of Lua can only return";

	bridge_innermost = back;
	bridge_host->raise(words, sizeof words - 1, 0);
}

/* An argument that was converted fills as many bytes of its slot as its type has. */
static int64_t
word(const struct parameter *p, const union value *slot)
{
	unsigned unused = 64 - (unsigned)p->type->size * 8;

	return p->type->kind == C_SIGNED ? (int64_t)(slot->u << unused) >> unused :
	    (int64_t)(slot->u << unused >> unused);
}

/*
 * A few integers and pointers, and one of these or nothing back: they stand in the
 * registers where they are looked for, whatever else stands in others (System V psABI
 * for AMD64, 3.2.3; AAPCS64, 6.8).  That is half of what a call by libffi costs.
 */
static void
call_words(const struct cfunction *f, const union value *slots, union value *result)
{
	int64_t (*address)(int64_t, int64_t, int64_t, int64_t);
	int64_t words[WORDS] = {0};

	memcpy(&address, &f->address, sizeof address);
	for (size_t i = 0; i < f->n; i++)
		words[i] = word(&f->parameters[i], &slots[i]);
	result->i = address(words[0], words[1], words[2], words[3]);
}

static int
call_plain(lua_State *L, struct cfunction *f)
{
	struct activation *innermost = bridge_innermost;
	union value slots[WORDS], result;
	void *values[WORDS];

	take_arguments(L, f, slots, values);
	errno = cfunction_errno;
	call_words(f, slots, &result);
	cfunction_errno = errno;
	if (bridge_innermost != innermost)
		jumped(innermost);
	return give_result(L, f, &result);
}

static int
invoke(lua_State *L, struct cfunction *f, ffi_cif *cif, void **values)
{
	struct activation *innermost = bridge_innermost;
	union value result;
	struct cdata *d = NULL;

	if (f->is_large)
		d = cdata_new(L, f->type->target);
	errno = cfunction_errno;
	ffi_call(cif, f->address, d ? (void *)d->p : &result, values);
	cfunction_errno = errno;
	if (bridge_innermost != innermost)
		jumped(innermost);
	if (!d)
		return give_result(L, f, &result);
	if (callback_failed)
		callback_raise(L);
	return 1;
}

static int
call_with_others(lua_State *L, struct cfunction *f, int n)
{
	union value slots[PARAMETERS];
	void *values[PARAMETERS];
	ffi_type *types[PARAMETERS];
	ffi_cif cif;

	if (n > PARAMETERS)
		luaL_error(L, "%s: at most %d arguments", f->name, PARAMETERS);
	take_arguments(L, f, slots, values);
	for (int i = 0; i < n; i++)
		types[i] = (size_t)i < f->n ? ctype_ffi(L, f->parameters[i].type) :
		    take_other(L, f, i + 1, &slots[i], &values[i]);
	if (ffi_prep_cif_var(&cif, FFI_DEFAULT_ABI, (unsigned)f->n, (unsigned)n, ctype_ffi(L, f->type->target),
	    types) != FFI_OK)
		luaL_error(L, "libffi cannot call %s with these arguments", f->name);
	return invoke(L, f, &cif, values);
}

static int
call_function(lua_State *L, struct cfunction *f)
{
	union value slots[PARAMETERS];
	void *values[PARAMETERS];
	int n = lua_gettop(L);

	if ((size_t)n != f->n && !(f->type->has_others && (size_t)n > f->n))
		return refuse_count(L, f, n);
	if (f->type->has_others)
		return call_with_others(L, f, n);
	take_arguments(L, f, slots, values);
	return invoke(L, f, &f->cif, values);
}

static int
call(lua_State *L)
{
	struct cfunction *f = lua_touserdata(L, lua_upvalueindex(1));

	return f->takes_words && (size_t)lua_gettop(L) == f->n ? call_plain(L, f) : call_function(L, f);
}

int
cfunction_call_pointer(lua_State *L)
{
	struct cdata *d = cdata_check(L, 1);

	if (d->type->kind != C_POINTER || d->type->target->kind != C_FUNCTION)
		return luaL_error(L, "a %s cannot be called", d->type->name);
	cfunction_push(L, d->type->target, d->p, d->type->name);
	lua_replace(L, 1);
	lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
	return lua_gettop(L);
}
