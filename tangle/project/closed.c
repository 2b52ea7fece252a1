#include "tangle/project/closed.h"

#include <time.h>

#include "tangle/base/mem.h"

enum {
	STRIDE = 100,		/* instructions between looks: none takes more than a few ms */
	PER_STEP = 64,		/* bytes of memory given */
	REFUSAL = 100000,	/* steps: each has the collector go through all */
	LARGE = 64 << 10,	/* a block before which the clock is looked at */
	PIECE = 256		/* of a text, as a parser gets it: it has no hook */
};

/* ---- the clock ---------------------------------------------------------------------- */

static int64_t
clock_now(clockid_t which)
{
	struct timespec t;

	if (clock_gettime(which, &t) == -1)
		return 0;
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* The wall's clock costs next to nothing; the processor's only has to be right at the end. */
bool
closed_is_late(struct closed *c)
{
	int64_t now = clock_now(CLOCK_MONOTONIC), taken;

	if (now < c->look)
		return false;
	taken = clock_now(CLOCK_PROCESS_CPUTIME_ID) - c->began;
	c->look = now + c->bounds.time - taken;
	return taken >= c->bounds.time;
}

/* ---- the end -------------------------------------------------------------------------- */

static int
line_of(lua_State *lua)
{
	lua_Debug about;

	for (int level = 0; lua_getstack(lua, level, &about); level++)
		if (lua_getinfo(lua, "l", &about) && about.currentline > 0)
			return about.currentline;
	return 0;
}

static void count(lua_State *lua, lua_Debug *about);

/* From here on, each instruction ends in this error. */
static void
end(lua_State *lua, enum closed_end why)
{
	struct closed *c = closed_of(lua);

	if (c->end == CLOSED_NOT) {
		c->end = why;
		c->line = line_of(lua);
		lua_sethook(lua, count, LUA_MASKCOUNT, 1);
	}
	lua_pushboolean(lua, 0);
	lua_error(lua);
}

static void
count(lua_State *lua, lua_Debug *about)
{
	struct closed *c = closed_of(lua);

	c->left -= STRIDE;
	if (c->end != CLOSED_NOT || c->left < 0)
		end(lua, CLOSED_STEPS);
	if (closed_is_late(c))
		end(lua, CLOSED_TIME);
	if (c->shown && lua_getinfo(lua, "l", about))
		*c->shown = about->currentline;
}

void
closed_charge(lua_State *lua, size_t steps)
{
	struct closed *c = closed_of(lua);

	c->left -= steps < INT32_MAX ? (int64_t)steps : INT32_MAX;
	if (c->end != CLOSED_NOT || c->left < 0)
		end(lua, CLOSED_STEPS);
	if (closed_is_late(c))
		end(lua, CLOSED_TIME);
}

uint64_t
closed_left(lua_State *lua)
{
	const struct closed *c = closed_of(lua);

	return c->left > 0 ? (uint64_t)c->left : 0;
}

void
closed_pass(lua_State *lua, int status)
{
	struct closed *c = closed_of(lua);

	if (status == LUA_ERRMEM && c->end == CLOSED_NOT)
		c->end = c->refused;
	if (c->end != CLOSED_NOT)
		lua_error(lua);
}

/* ---- memory ----------------------------------------------------------------------------- */

/* Lua has the collector go round, and asks once more; then this is an error. */
static void *
refuse(struct closed *c, enum closed_end why)
{
	c->refused = why;
	c->line = c->lua ? line_of(c->lua) : 0;
	c->left -= REFUSAL;
	return NULL;
}

static void *
allocate(void *arg, void *p, size_t was, size_t size)
{
	struct closed *c = arg;

	was = p ? was : 0;	/* else it tells the type */
	if (size == 0) {
		c->used -= was;
		mem_free(p);
		return NULL;
	}
	if (size > was) {
		if (size > c->bounds.block)
			return refuse(c, CLOSED_BLOCK);
		if (size - was > c->bounds.memory - c->used)
			return refuse(c, CLOSED_MEMORY);
		if (size >= LARGE && closed_is_late(c))
			return refuse(c, CLOSED_TIME);
		c->left -= (int64_t)(size / PER_STEP);
	}
	c->used = c->used - was + size;
	return mem_resize(p, 1, size);
}

struct closed *
closed_of(lua_State *lua)
{
	void *arg;

	(void)lua_getallocf(lua, &arg);
	return arg;
}

/* ---- its life ---------------------------------------------------------------------------- */

static int
furnish(lua_State *lua)
{
	world_push(lua);
	lua_rawseti(lua, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
	return 0;
}

bool
closed_open(struct closed *c, const struct closed_bounds *b)
{
	*c = (struct closed){ .bounds = *b };
	closed_begin(c);
	c->lua = lua_newstate(allocate, c);
	if (!c->lua)
		return false;
	lua_pushcfunction(c->lua, furnish);
	return lua_pcall(c->lua, 0, 0, 0) == LUA_OK;
}

void
closed_close(struct closed *c)
{
	if (c->lua) {
		lua_sethook(c->lua, NULL, 0, 0);
		lua_close(c->lua);
	}
	buf_release(&c->printed);
}

void
closed_begin(struct closed *c)
{
	c->left = (int64_t)c->bounds.steps;
	c->began = clock_now(CLOCK_PROCESS_CPUTIME_ID);
	c->look = clock_now(CLOCK_MONOTONIC) + c->bounds.time;
	c->end = c->refused = CLOSED_NOT;
	c->line = 0;
	if (c->lua)
		lua_sethook(c->lua, count, LUA_MASKCOUNT, STRIDE);
}

static const char *
read_piece(lua_State *lua, void *arg, size_t *size)
{
	struct str *rest = arg, piece = str_slice(*rest, 0, PIECE);

	closed_charge(lua, 1 + piece.len);
	*rest = str_slice(*rest, piece.len, rest->len);
	*size = piece.len;
	return piece.data;
}

int
closed_load(struct closed *c, struct str text, const char *name)
{
	int status = lua_load(c->lua, read_piece, &text, name, "t");

	if (status == LUA_ERRMEM && c->end == CLOSED_NOT)
		c->end = c->refused;
	return status;
}

/* Where an error was made, for those that have no place in their words. */
static int
note_line(lua_State *lua)
{
	struct closed *c = closed_of(lua);

	if (c->end == CLOSED_NOT)
		c->line = line_of(lua);
	return 1;
}

int
closed_run(struct closed *c, int narguments, int nresults)
{
	int at = lua_gettop(c->lua) - narguments, status;

	lua_pushcfunction(c->lua, note_line);
	lua_insert(c->lua, at);
	status = lua_pcall(c->lua, narguments, nresults, at);
	lua_remove(c->lua, at);
	if (status == LUA_ERRMEM && c->end == CLOSED_NOT)
		c->end = c->refused;
	return status;
}
