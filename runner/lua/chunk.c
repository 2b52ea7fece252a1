/*
 * A cell's text -> a function.
 *
 * The cells of a session are one program: a local variable at the top level of one
 * is seen by those behind it, as if their texts stood in one file.  So a cell that
 * makes some ends with a function that holds them, and a cell that names some is
 * compiled as a function inside of one that has variables of these names; then they
 * are made to be the same variables.
 */
#include "runner/lua/bridge.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEPT	"skein.kept"		/* in the registry: name -> function that holds it */
#define KEEP	"_SKEIN_KEEP"		/* what a cell calls with such a function */

enum {
	MOST = 180,			/* of earlier cells' variables; Lua has 200 */
	HEADER = 6 + 6 + 3 + sizeof(lua_Integer) + sizeof(lua_Number) + 1
};

struct making {
	lua_State *L;
	const struct part_cell *cell;
	const char *text, *names, *marker, *show;
	size_t size, end;		/* of the text; where its own `return` stands */
};

/* ---- what is kept ---- */

/* The n-th name, from 0, in a list with blanks between; its length. */
static size_t
name_at(const char *names, int n, const char **at)
{
	size_t len;

	for (;; names += len, n--) {
		names += strspn(names, " ");
		len = strcspn(names, " ");
		if (len == 0 || n == 0)
			break;
	}
	*at = names;
	return len;
}

/* Which of a function's variables has that name; 0: none. */
static int
variable_of(lua_State *L, int function, const char *name)
{
	const char *its;

	for (int i = 1; (its = lua_getupvalue(L, function, i)); i++) {
		lua_pop(L, 1);
		if (strcmp(its, name) == 0)
			return i;
	}
	return 0;
}

/* A constant has become a part of the code: a variable is made that holds it. */
static void
push_holder(lua_State *L, int value)
{
	(void)luaL_loadstring(L, "local v = ... return function() return v end");
	lua_pushvalue(L, value);
	lua_call(L, 1, 1);
}

/* Called at the end of a cell: a function that returns its variables, and their names. */
static int
keep(lua_State *L)
{
	const char *names = lua_tostring(L, lua_upvalueindex(1)), *at;
	size_t len;

	lua_settop(L, 1);
	luaL_checkstack(L, MOST + 40, "a cell");
	(void)luaL_getsubtable(L, LUA_REGISTRYINDEX, KEPT);
	for (int i = 0; (len = name_at(names, i, &at)) > 0; i++) {
		const char *name = lua_pushlstring(L, at, len);

		if (variable_of(L, 1, name)) {
			lua_pushvalue(L, 1);
		} else {
			lua_pushvalue(L, 1);
			lua_call(L, 0, LUA_MULTRET);
			push_holder(L, 4 + i);
			lua_replace(L, 4);
			lua_settop(L, 4);
		}
		lua_rawset(L, 2);
	}
	return 0;
}

/* ---- the text ---- */

static bool
is_word(int c)
{
	return isalnum(c) || c == '_';
}

/* Does the text say the name?  A comment or a string may, which does no harm. */
static bool
says(const struct making *m, const char *name)
{
	size_t len = strlen(name);
	const char *at = m->text, *end = m->text + m->size;

	while ((at = memchr(at, *name, (size_t)(end - at)))) {
		if ((size_t)(end - at) >= len && memcmp(at, name, len) == 0 &&
		    (at == m->text || !is_word((unsigned char)at[-1])) &&
		    (at + len == end || !is_word((unsigned char)at[len])))
			return true;
		at++;
	}
	return false;
}

/* Push a list of the kept variables that the text may mean; returns how many. */
static int
push_wanted(const struct making *m)
{
	lua_State *L = m->L;
	int n = 0;

	lua_newtable(L);
	(void)luaL_getsubtable(L, LUA_REGISTRYINDEX, KEPT);
	for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
		const char *name = lua_tostring(L, -2);

		if (n == MOST || (!says(m, name) && strcmp(name, "_ENV") != 0))
			continue;
		lua_pushvalue(L, -2);
		lua_rawseti(L, -5, ++n);
	}
	lua_pop(L, 1);
	return n;
}

/* Push the whole text, where it is to be a function inside of another one. */
static void
push_text(const struct making *m, int wanted, int nwanted, bool keeps, bool is_inner)
{
	lua_State *L = m->L;
	luaL_Buffer b;
	int first = lua_gettop(L) + 1;

	luaL_checkstack(L, MOST + 40, "a cell");
	for (int i = 1; i <= nwanted; i++)
		lua_rawgeti(L, wanted, i);
	luaL_buffinit(L, &b);
	if (is_inner) {
		luaL_addstring(&b, "local " KEEP);
		for (int i = 0; i < nwanted; i++) {
			luaL_addstring(&b, ", ");
			luaL_addstring(&b, lua_tostring(L, first + i));
		}
		luaL_addstring(&b, " = ... return function(...) ");
	}
	luaL_addlstring(&b, m->text, m->end);
	if (keeps) {
		const char *at;
		size_t len;

		luaL_addstring(&b, " " KEEP "(function() return ");
		for (int i = 0; (len = name_at(m->names, i, &at)) > 0; i++) {
			luaL_addstring(&b, i ? ", " : "");
			luaL_addlstring(&b, at, len);
		}
		luaL_addstring(&b, " end); ");
	}
	if (*m->show != '-')	/* two values: a call in place of all would take the cell's own */
		luaL_addstring(&b, " return nil, ");
	luaL_addlstring(&b, m->text + m->end, m->size - m->end);
	if (is_inner)
		luaL_addstring(&b, "\nend");
	luaL_pushresult(&b);
	lua_copy(L, -1, first);
	lua_settop(L, first);
}

/* ---- the name of the chunk ---- */

static int
count_dump(lua_State *L, const void *p, size_t n, void *total)
{
	(void)L;
	(void)p;
	*(size_t *)total += n;
	return 0;
}

static int
copy_dump(lua_State *L, const void *p, size_t n, void *to)
{
	char **at = to;

	(void)L;
	memcpy(*at, p, n);
	*at += n;
	return 0;
}

/* A size as Lua's bytecode has it: seven bits a byte, the last one marked. */
static size_t
put_size(size_t n, char to[10])
{
	char all[10];
	size_t at = sizeof all;

	do
		all[--at] = (char)(n & 0x7f);
	while ((n >>= 7) > 0);
	all[sizeof all - 1] = (char)(all[sizeof all - 1] | 0x80);
	memcpy(to, all + at, sizeof all - at);
	return sizeof all - at;
}

/*
 * Many cells have no name, and each function is to know its cell.  So the number of
 * the cell is put behind a NUL at the end of its chunk's name, which Lua shows up to
 * there only: names with a NUL come into Lua by bytecode alone.  Where that looks
 * otherwise than we know it, the function on top stays as it is.
 */
static void
number_function(lua_State *L, const char *name, uint64_t number)
{
	char was[10], is[10], digits[24], *dump, *at;
	int function = lua_gettop(L);
	size_t size = 0, len = strlen(name), nwas = put_size(len + 1, was), nis, ndigits;
	size_t rest = HEADER + nwas + len;

	lua_dump(L, count_dump, &size, 0);
	dump = at = lua_newuserdatauv(L, size + sizeof is + sizeof digits, 0);
	lua_pushvalue(L, function);
	lua_dump(L, copy_dump, &at, 0);
	if (size >= rest && memcmp(dump + HEADER, was, nwas) == 0 &&
	    memcmp(dump + HEADER + nwas, name, len) == 0) {
		ndigits = (size_t)snprintf(digits, sizeof digits, "%c%llu", 0, (unsigned long long)number);
		nis = put_size(len + ndigits + 1, is);
		at = dump + HEADER;
		memmove(at + nis + len + ndigits, dump + rest, size - rest);
		memcpy(at, is, nis);
		memcpy(at + nis, name, len);
		memcpy(at + nis + len, digits, ndigits);
		if (luaL_loadbufferx(L, dump, size - nwas + nis + ndigits, name, "b") == LUA_OK)
			lua_replace(L, function);
	}
	lua_settop(L, function);
}

/* ---- all of it ---- */

/* The text, for as long as it stays on the stack. */
static bool
push_file(struct making *m, int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	size_t at = 0;
	char *to;

	if (size < 0)
		return false;
	to = lua_newuserdatauv(m->L, (size_t)size + 1, 0);
	while (at < (size_t)size) {
		ssize_t n = pread(fd, to + at, (size_t)size - at, (off_t)at);

		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	m->text = to;
	m->size = at;
	return true;
}

static void
take_arguments(struct making *m)
{
	const char *end = m->cell->arguments + strlen(m->cell->arguments) + 1;

	m->show = m->cell->arguments;
	m->end = strtoull(end, NULL, 10);
	m->names = end + strlen(end) + 1;
	m->marker = m->names + strlen(m->names) + 1;
	if (m->end > m->size)
		m->end = m->size;
}

/* The function on top has variables of the names that are kept: let them be those. */
static void
join(lua_State *L)
{
	const char *name;

	(void)luaL_getsubtable(L, LUA_REGISTRYINDEX, KEPT);
	for (int i = 1; (name = lua_getupvalue(L, -2, i)); i++) {
		lua_pop(L, 1);
		if (lua_getfield(L, -1, name) == LUA_TFUNCTION) {
			int its = variable_of(L, -1, name);

			lua_upvaluejoin(L, -3, i, -1, its ? its : 1);
		}
		lua_pop(L, 1);
	}
	lua_pop(L, 1);
}

static int
load(struct making *m, int wanted, int nwanted, bool keeps)
{
	lua_State *L = m->L;
	bool is_inner = nwanted > 0 || keeps;
	const char *name = lua_pushfstring(L, "=%s", m->marker);
	int status;

	push_text(m, wanted, nwanted, keeps, is_inner);
	status = luaL_loadbufferx(L, lua_tostring(L, -1), lua_rawlen(L, -1), name, "t");
	if (status != LUA_OK)
		return status;
	number_function(L, name, m->cell->number);
	if (!is_inner)
		return LUA_OK;
	lua_pushstring(L, m->names);
	lua_pushcclosure(L, keep, 1);
	lua_call(L, 1, 1);
	join(L);
	return LUA_OK;
}

int
chunk_load(lua_State *L, const struct part_cell *c)
{
	struct making m = { .L = L, .cell = c };
	int wanted, nwanted, status;

	luaL_checkstack(L, MOST + 40, "a cell");
	if (!push_file(&m, c->text)) {
		lua_pushliteral(L, "its text cannot be read");
		return LUA_ERRRUN;
	}
	take_arguments(&m);
	nwanted = push_wanted(&m);
	wanted = lua_gettop(L);
	status = load(&m, wanted, nwanted, *m.names);
	/* A label at the end, or very many variables: then they end with the cell. */
	if (status == LUA_ERRSYNTAX && *m.names)
		status = load(&m, wanted, nwanted, false);
	return status;
}
