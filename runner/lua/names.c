/*
 * The table `c`: names of C.
 *
 * It stays empty, so that what is assigned to comes here.  What has been looked up
 * is in a table behind it, where Lua finds it by itself the next time; that one is
 * emptied when a cell begins and objects have been loaded since, for names may mean
 * something new.
 */
#define _GNU_SOURCE	/* dlfcn.h, link.h */
#include "runner/lua/cdata.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>

#include "runner/lua/functions.h"
#include "runner/lua/standard.h"

static const char found_key, plain_key, variables_key, declared_key;
static unsigned long long loaded;

struct variable {
	struct ctype *type;
	char *p;
	bool is_const;
};

static void
push_table(lua_State *L, const void *key)
{
	(void)lua_rawgetp(L, LUA_REGISTRYINDEX, key);
}

/* ---- where a name leads ---- */

/* What a declaration says of it; an answer that says where it is goes before. */
static void
look_at_declarations(lua_State *L, const char *name, struct canswer *a)
{
	const char *text = standard_declaration(name), *its;

	if (a->means != MEANS_NOTHING && (a->means == MEANS_CONSTANT || a->address))
		return;
	push_table(L, &declared_key);
	if (lua_getfield(L, -1, name) == LUA_TLIGHTUSERDATA) {
		*a = (struct canswer){ .type = lua_touserdata(L, -1), .name = name };
		a->means = a->type->kind == C_FUNCTION ? MEANS_FUNCTION : MEANS_VARIABLE;
	} else if (a->means == MEANS_NOTHING && text && ctype_declaration(L, &text, &its, &a->type)) {
		a->means = MEANS_FUNCTION;
		a->name = name;
	}
	lua_pop(L, 2);
}

static int
refuse(lua_State *L, const char *name, const struct canswer *a)
{
	if (a->means == MEANS_NOTHING && dlsym(RTLD_DEFAULT, name))
		return luaL_error(L, "c.%s: a library has it, but nothing says of what type it is: "
		    "declare it, as in c.cdef \"double %s(double x)\"", name, name);
	if (a->means == MEANS_NOTHING)
		return luaL_error(L, "c.%s: %s", name, a->name ? a->name : "it is not known");
	return luaL_error(L, "c.%s: it is declared, but no cell and no library defines it", name);
}

/* What it means, with its address; an error if it means nothing. */
static void
find(lua_State *L, const char *name, struct canswer *a)
{
	ctype_ask(L, 's', name, a);
	look_at_declarations(L, name, a);
	if (a->means != MEANS_NOTHING && a->means != MEANS_CONSTANT && !a->address)
		a->address = dlsym(RTLD_DEFAULT, a->name);
	if (a->means == MEANS_NOTHING || (a->means != MEANS_CONSTANT && !a->address))
		(void)refuse(L, name, a);
}

static const char *
check_name(lua_State *L, int at)
{
	if (lua_type(L, at) != LUA_TSTRING)
		luaL_error(L, "c[%s]: names of C are strings", luaL_tolstring(L, at, NULL));
	return lua_tostring(L, at);
}

/* The variable of the name at 2; NULL if it is something else, which is pushed. */
static struct variable *
find_variable(lua_State *L, const char *name, struct canswer *a)
{
	struct variable *v;

	*a = (struct canswer){ .means = MEANS_VARIABLE };
	push_table(L, &variables_key);
	lua_pushvalue(L, 2);
	if (lua_rawget(L, -2) == LUA_TUSERDATA)
		return lua_touserdata(L, -1);
	lua_pop(L, 1);
	find(L, name, a);
	if (a->means != MEANS_VARIABLE)
		return NULL;
	lua_pushvalue(L, 2);
	v = lua_newuserdatauv(L, sizeof *v, 0);
	*v = (struct variable){ a->type, a->address, a->is_const };
	lua_rawset(L, -3);
	return v;
}

/* ---- c.name ---- */

/* __index of the table of what is found: the key is not there yet. */
static int
look_up(lua_State *L)
{
	const char *name = check_name(L, 2);
	struct canswer a;
	struct variable *v;

	luaL_checktype(L, 1, LUA_TTABLE);
	v = find_variable(L, name, &a);
	if (v) {
		convert_load(L, v->type, v->p, 0, v->is_const);
		return 1;
	}
	if (a.means == MEANS_CONSTANT) {
		lua_pushinteger(L, a.value);
	} else {
		lua_pushfstring(L, "c.%s", name);
		cfunction_push(L, a.type, a.address, ctype_string(L, lua_tostring(L, -1), lua_rawlen(L, -1)));
	}
	lua_pushvalue(L, 2);
	lua_pushvalue(L, -2);
	lua_rawset(L, 1);
	return 1;
}

static int
assign(lua_State *L)
{
	const char *name = check_name(L, 2);
	struct ccontext x = {0};
	struct canswer a;
	struct variable *v = find_variable(L, name, &a);

	if (!v)
		return luaL_error(L, "c.%s is a %s of C: it cannot be assigned to", name,
		    a.means == MEANS_CONSTANT ? "constant" : "function");
	x.subject = lua_pushfstring(L, "c.%s", name);
	if (v->is_const)
		return convert_error(L, v->type, &x, "it is const");
	convert_store(L, 3, v->type, v->p, 0, &x);
	return 0;
}

bool
names_is_table(lua_State *L, int at)
{
	bool is = lua_istable(L, at) && lua_getmetatable(L, at);

	if (!is)
		return false;
	is = lua_getfield(L, -1, "__newindex") == LUA_TFUNCTION && lua_tocfunction(L, -1) == assign;
	lua_pop(L, 2);
	return is;
}

void
names_push_reference(lua_State *L)
{
	const char *name = check_name(L, 2);
	struct canswer a;
	struct variable *v = find_variable(L, name, &a);
	struct cdata *d;

	if (!v)
		luaL_error(L, "c.%s is a %s of C, and no variable", name,
		    a.means == MEANS_CONSTANT ? "constant" : "function");
	d = cdata_pointer(L, ctype_pointer(L, v->type->kind == C_ARRAY ? v->type->target : v->type, v->is_const), v->p, 0);
	if (v->type->size > 0) {
		d->low = v->p;
		d->high = v->p + v->type->size;
	}
}

/* ---- declarations ---- */

int
names_declare(lua_State *L)
{
	const char *text = luaL_checkstring(L, 1), *name;
	struct ctype *t;

	while (ctype_declaration(L, &text, &name, &t)) {
		push_table(L, &declared_key);
		lua_pushlightuserdata(L, t);
		lua_setfield(L, -2, name);
		push_table(L, &found_key);
		lua_pushstring(L, name);
		if (lua_rawget(L, -2) == LUA_TFUNCTION && cfunction_at(L, -1, NULL)) {
			lua_pushnil(L);
			lua_setfield(L, -3, name);
		}
		lua_pop(L, 3);
	}
	return 0;
}

/* ---- the tables ---- */

static int
show(lua_State *L)
{
	lua_pushliteral(L, "functions and variables of C");
	return 1;
}

static void
new_table(lua_State *L, const void *key)
{
	lua_newtable(L);
	lua_rawsetp(L, LUA_REGISTRYINDEX, key);
}

/* Push a table of which Lua asks us what is not in it. */
static void
push_found(lua_State *L, const void *key)
{
	push_table(L, key);
	lua_newtable(L);
	lua_pushcfunction(L, look_up);
	lua_setfield(L, -2, "__index");
	lua_setmetatable(L, -2);
}

/* Push an empty one before it. */
static void
push_front(lua_State *L, const void *key)
{
	lua_newtable(L);
	lua_newtable(L);
	push_found(L, key);
	lua_setfield(L, -2, "__index");
	lua_pushcfunction(L, assign);
	lua_setfield(L, -2, "__newindex");
	lua_pushcfunction(L, show);
	lua_setfield(L, -2, "__tostring");
	lua_setmetatable(L, -2);
}

static int
see_object(struct dl_phdr_info *info, size_t size, void *to)
{
	if (size >= offsetof(struct dl_phdr_info, dlpi_subs))
		*(unsigned long long *)to = info->dlpi_adds;
	return 1;
}

static void
clear(lua_State *L, const void *key, bool all)
{
	push_table(L, key);
	for (lua_pushnil(L); lua_next(L, -2); ) {
		bool goes = all || lua_isinteger(L, -1) || cfunction_at(L, -1, NULL);

		lua_pop(L, 1);
		if (!goes)
			continue;
		lua_pushvalue(L, -1);
		lua_pushnil(L);
		lua_rawset(L, -4);
	}
	lua_pop(L, 1);
}

int
bridge_renew(lua_State *L)
{
	unsigned long long now = 0;

	dl_iterate_phdr(see_object, &now);
	if (now == loaded)
		return 0;
	loaded = now;
	clear(L, &found_key, false);
	clear(L, &plain_key, true);
	clear(L, &variables_key, true);
	functions_renew(L);
	return 0;
}

int
bridge_open(lua_State *L)
{
	callback_begin(L);
	cdata_open(L);
	new_table(L, &found_key);
	new_table(L, &plain_key);
	new_table(L, &variables_key);
	new_table(L, &declared_key);
	push_table(L, &found_key);
	functions_open(L);
	push_front(L, &plain_key);
	lua_setfield(L, -2, "C");
	lua_pop(L, 1);
	push_front(L, &found_key);
	return 1;
}
