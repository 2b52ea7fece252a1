/*
 * Questions about C, which the supervisor answers from the cells' debug information.
 */
#include "runner/lua/ctype.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Push all that can be read there. */
static void
push_answer(lua_State *L, int fd)
{
	luaL_Buffer b;
	ssize_t n;

	luaL_buffinit(L, &b);
	while ((n = read(fd, luaL_prepbuffer(&b), LUAL_BUFFERSIZE)) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			break;
		luaL_addsize(&b, (size_t)n);
	}
	luaL_pushresult(&b);
}

static int
read_answer(lua_State *L)
{
	push_answer(L, *(int *)lua_touserdata(L, 1));
	return 1;
}

static void
ask(lua_State *L, const char *question, struct canswer *a)
{
	struct report r = { .type = REPORT_MEANING, .pid = getpid(),
	    .value = (uint64_t)(uintptr_t)question, .value_size = strlen(question) };
	int before = errno, fd = bridge_host->ask(&r), status, top = lua_gettop(L);

	*a = (struct canswer){ .name = "nobody answers" };
	if (fd == -1)
		return;
	lua_pushcfunction(L, read_answer);
	lua_pushlightuserdata(L, &fd);
	status = lua_pcall(L, 1, 1, 0);
	close(fd);
	errno = before;
	if (status != LUA_OK)
		lua_error(L);
	if (lua_rawlen(L, -1) > 0 && !ctype_read(L, lua_tostring(L, -1), lua_rawlen(L, -1), a))
		*a = (struct canswer){ .name = "what is known of it cannot be understood" };
	lua_settop(L, top);
}

void
ctype_ask(lua_State *L, char sort, const char *name, struct canswer *a)
{
	char question[300];
	int n = snprintf(question, sizeof question, "%c %s", sort, name);

	*a = (struct canswer){ .name = "its name is too long" };
	if (n > 0 && (size_t)n < sizeof question)
		ask(L, question, a);
}

void
ctype_complete(lua_State *L, struct ctype *t)
{
	char question[80];
	struct canswer a = {0};
	struct cfield *fields;

	if (t->is_known || (t->kind != C_STRUCT && t->kind != C_UNION))
		return;
	if (t->is_incomplete && t->tag) {	/* a later cell may know more */
		snprintf(question, sizeof question, "%s %.60s", t->kind == C_UNION ? "union" : "struct", t->tag);
		ctype_ask(L, 't', question, &a);
	} else if (!t->is_incomplete) {
		snprintf(question, sizeof question, "i %llu %llu", (unsigned long long)t->object,
		    (unsigned long long)t->offset);
		ask(L, question, &a);
	}
	if (a.means != MEANS_TYPE || a.type->kind != t->kind || !a.type->is_known)
		luaL_error(L, "what is in a %s is not known: no cell defines it", t->name);
	fields = a.type->fields;
	t->fields = fields;
	t->nfields = a.type->nfields;
	t->size = a.type->size;
	t->align = a.type->align;
	t->is_known = true;
	t->is_incomplete = false;
}
