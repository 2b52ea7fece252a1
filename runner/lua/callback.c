/*
 * Functions of Lua that C calls.
 *
 * An error in one must not jump over C's own frames, which know nothing of it: it is
 * kept, C gets zeroes until it has come back to Lua, and there the error goes on.
 * One that nobody in Lua would catch ends the cell where it is (bridge_call).
 */
#include "runner/lua/cdata.h"

#include <errno.h>
#include <string.h>

struct callback {
	lua_State *main;
	struct ctype *type;		/* of the function */
	ffi_closure *closure;
	void *code;
	ffi_cif cif;
	int function;			/* in the registry */
	ffi_type **types;
};

enum { GONE = 256 };

/* The last ones that were freed: C that calls one of them is told so, not led to a newer one. */
static struct {
	struct callback *list[GONE];
	size_t n;
} gone;

/* What one call has. */
struct frame {
	struct callback *b;
	void **arguments;
	void *result;
};

bool callback_failed;

static const char error_key, by_code, by_function;
static _Thread_local bool is_luas;

void
callback_begin(lua_State *L)
{
	(void)L;
	is_luas = true;
}

void
callback_raise(lua_State *L)
{
	callback_failed = false;
	(void)lua_rawgetp(L, LUA_REGISTRYINDEX, &error_key);
	lua_error(L);
	__builtin_unreachable();
}

/* ---- a call ---- */

static void
store_result(lua_State *L, const struct callback *b, char *to)
{
	struct ctype *t = b->type->target;
	struct ccontext x = { .subject = b->type->name, .is_callback = true };
	int64_t wide = 0;

	if (t->kind == C_VOID)
		return;
	if (ctype_is_integer(t)) {	/* libffi takes a whole word */
		convert_store(L, -1, t, (char *)&wide, 0, &x);
		if (ctype_is_signed(t) && t->size < 8)
			wide = (int64_t)((uint64_t)wide << (64 - t->size * 8)) >> (64 - t->size * 8);
		memcpy(to, &wide, sizeof wide);
		return;
	}
	convert_store(L, lua_gettop(L), t, to, 0, &x);
}

static int
run(lua_State *L)
{
	struct frame *f = lua_touserdata(L, 1);
	struct callback *b = f->b;
	int n = (int)b->type->nfields;

	luaL_checkstack(L, n + 20, "arguments of a callback");
	if (b->function == LUA_NOREF)
		luaL_error(L, "C has called a callback '%s' that was freed", b->type->name);
	lua_rawgeti(L, LUA_REGISTRYINDEX, b->function);
	for (int i = 0; i < n; i++) {
		struct ctype *t = b->type->fields[i].type;

		if (ctype_is_aggregate(t))
			memcpy(cdata_new(L, t)->p, f->arguments[i], t->size);
		else
			convert_load(L, t, f->arguments[i], 0, false);
	}
	lua_call(L, n, 1);
	store_result(L, b, f->result);
	return 0;
}

/* Nothing may be raised from here. */
static void
called(ffi_cif *cif, void *result, void **arguments, void *user)
{
	static const char words[] = "a function of Lua was called in another thread than Lua's: C may call it only "
	    "in the thread that runs the cell";
	struct callback *b = user;
	struct frame f = { b, arguments, result };
	int its = cfunction_errno, now = errno;
	lua_State *L;

	(void)cif;
	if (!is_luas)
		bridge_host->raise(words, sizeof words - 1, 0);
	memset(result, 0, b->type->target->size > sizeof(ffi_arg) ? b->type->target->size :
	    b->type->target->kind == C_VOID ? 0 : sizeof(ffi_arg));
	L = bridge_innermost ? bridge_innermost->L : b->main;
	if (callback_failed || !lua_checkstack(L, 8))
		return;
	lua_pushcfunction(L, run);
	lua_pushlightuserdata(L, &f);
	if (bridge_call(L, 1, 0) != LUA_OK) {
		memset(result, 0, b->type->target->kind == C_VOID ? 0 : b->type->target->size);
		lua_rawsetp(L, LUA_REGISTRYINDEX, &error_key);
		callback_failed = true;
	}
	cfunction_errno = its;
	errno = now;
}

/* ---- to make one ---- */

static struct callback *
make(lua_State *L, int function, struct ctype *t)
{
	struct callback *b = ctype_alloc(L, 1, sizeof *b);

	*b = (struct callback){ .type = t };
	(void)lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
	b->main = lua_tothread(L, -1);
	lua_pop(L, 1);
	b->types = ctype_alloc(L, t->nfields + 1, sizeof *b->types);
	for (size_t i = 0; i < t->nfields; i++)
		b->types[i] = ctype_ffi(L, t->fields[i].type);
	if (t->has_others)
		luaL_error(L, "a function of Lua cannot be a '%s': libffi makes none with `...`", t->name);
	if (ffi_prep_cif(&b->cif, FFI_DEFAULT_ABI, (unsigned)t->nfields, ctype_ffi(L, t->target), b->types) != FFI_OK)
		luaL_error(L, "libffi cannot make a '%s'", t->name);
	b->closure = ffi_closure_alloc(sizeof *b->closure, &b->code);
	if (!b->closure)
		luaL_error(L, "there is no room for a callback: libffi gets no memory that can be executed");
	if (ffi_prep_closure_loc(b->closure, &b->cif, called, b, b->code) != FFI_OK) {
		ffi_closure_free(b->closure);
		luaL_error(L, "libffi cannot make a '%s'", t->name);
	}
	lua_pushvalue(L, function);
	b->function = luaL_ref(L, LUA_REGISTRYINDEX);
	return b;
}

/* Push a table of the registry's. */
static void
push_table(lua_State *L, const void *key)
{
	if (lua_rawgetp(L, LUA_REGISTRYINDEX, key) == LUA_TTABLE)
		return;
	lua_pop(L, 1);
	lua_newtable(L);
	lua_pushvalue(L, -1);
	lua_rawsetp(L, LUA_REGISTRYINDEX, key);
}

static void
note(lua_State *L, struct callback *b)
{
	push_table(L, &by_code);
	lua_pushlightuserdata(L, b);
	lua_rawsetp(L, -2, b->code);
	lua_pop(L, 1);
}

void *
callback_of(lua_State *L, int function, struct ctype *pointer)
{
	struct callback *b = NULL;
	int top = lua_gettop(L);

	luaL_checkstack(L, 12, NULL);
	push_table(L, &by_function);
	lua_pushvalue(L, function);
	if (lua_rawget(L, -2) == LUA_TTABLE && lua_rawgetp(L, -1, pointer->target) == LUA_TLIGHTUSERDATA) {
		b = lua_touserdata(L, -1);
		lua_settop(L, top);
		return b->code;
	}
	lua_settop(L, top + 1);
	b = make(L, function, pointer->target);
	note(L, b);
	lua_pushvalue(L, function);
	if (lua_rawget(L, top + 1) != LUA_TTABLE) {
		lua_pop(L, 1);
		lua_newtable(L);
		lua_pushvalue(L, function);
		lua_pushvalue(L, -2);
		lua_rawset(L, top + 1);
	}
	lua_pushlightuserdata(L, b);
	lua_rawsetp(L, -2, pointer->target);
	lua_settop(L, top);
	return b->code;
}

void
callback_push(lua_State *L, int function, struct ctype *t)
{
	struct callback *b = make(L, function, t);

	note(L, b);
	(void)cdata_pointer(L, ctype_pointer(L, t, false), b->code, 0);
}

static void
bury(struct callback *b)
{
	struct callback **place = &gone.list[gone.n++ % GONE];

	if (*place)
		ffi_closure_free((*place)->closure);
	*place = b;
}

bool
callback_free(lua_State *L, void *code)
{
	struct callback *b;

	push_table(L, &by_code);
	(void)lua_rawgetp(L, -1, code);
	b = lua_touserdata(L, -1);
	lua_pop(L, 1);
	if (b) {
		lua_pushnil(L);
		lua_rawsetp(L, -2, code);
		luaL_unref(L, LUA_REGISTRYINDEX, b->function);
		b->function = LUA_NOREF;
		bury(b);
	}
	lua_pop(L, 1);
	return b != NULL;
}
