#include "runner/script/re.h"

#include <string.h>

#include "runner/output/pattern.h"
#include "tangle/base/arena.h"
#include "tangle/project/closed.h"

enum {
	MOST_CACHED = 64,
	MOST_STEPS = 20000000,	/* of one search: half a second */
	PER_STEP = 16		/* bytes */
};

/* A pattern, or what takes the place of what it finds; the collector gives it back. */
struct held {
	struct arena arena;
	struct pattern *pattern;
	struct replacement *replacement;
};

struct search {
	const struct pattern *pattern;
	struct pattern_walk walk;
};

static char cache_key;		/* by its address: the patterns of late, by their texts */
static const char held_name[] = "skein.re";

static int
release(lua_State *lua)
{
	struct held *h = lua_touserdata(lua, 1);

	pattern_free(h->pattern);
	arena_release(&h->arena);
	*h = (struct held){0};
	return 0;
}

static struct held *
push_held(lua_State *lua)
{
	struct held *h = lua_newuserdatauv(lua, sizeof *h, 0);

	*h = (struct held){0};
	arena_init(&h->arena);
	luaL_setmetatable(lua, held_name);
	return h;
}

/* ---- patterns ------------------------------------------------------------------------- */

static struct str
text_at(lua_State *lua, int at)
{
	struct str s;

	s.data = luaL_checklstring(lua, at, &s.len);
	return s;
}

/* A copy of a text of UTF-8 stays where it is, as long as its value does. */
static struct str
utf8_at(lua_State *lua, int at)
{
	struct str s = text_at(lua, at);

	closed_charge(lua, 1 + s.len / PER_STEP);
	luaL_argcheck(lua, str_utf8_error(s) == s.len, at, "it is not valid UTF-8");
	return s;
}

/* The collector does not see what a pattern weighs. */
static void
empty_cache(lua_State *lua)
{
	lua_newtable(lua);
	lua_rawsetp(lua, LUA_REGISTRYINDEX, &cache_key);
	lua_gc(lua, LUA_GCCOLLECT);
}

static void
compile(lua_State *lua, struct str text)
{
	struct str why = {0};
	struct held *h;

	closed_charge(lua, 100 + text.len);
	h = push_held(lua);
	h->pattern = pattern_new_text(text, &h->arena, &why);
	if (!h->pattern)
		luaL_error(lua, "the pattern is wrong: %s", why.len > 0 ? arena_cstr(&h->arena, why) : "");
}

/* The pattern at a place of the stack, and there what holds it. */
static const struct pattern *
pattern_at(lua_State *lua, int at)
{
	struct str text = text_at(lua, at);
	struct held *h;

	luaL_argcheck(lua, str_utf8_error(text) == text.len, at, "it is not valid UTF-8");
	lua_rawgetp(lua, LUA_REGISTRYINDEX, &cache_key);
	lua_pushvalue(lua, at);
	if (lua_rawget(lua, -2) == LUA_TNIL) {
		lua_Integer n;

		lua_pop(lua, 1);
		compile(lua, text);
		lua_rawgeti(lua, -2, 0);
		n = lua_tointeger(lua, -1) + 1;
		lua_pop(lua, 1);
		if (n > MOST_CACHED) {
			empty_cache(lua);
			lua_rawgetp(lua, LUA_REGISTRYINDEX, &cache_key);
			lua_replace(lua, -3);
			n = 1;
		}
		lua_pushinteger(lua, n);
		lua_rawseti(lua, -3, 0);
		lua_pushvalue(lua, at);
		lua_pushvalue(lua, -2);
		lua_rawset(lua, -4);
	}
	h = lua_touserdata(lua, -1);
	lua_replace(lua, at);
	lua_pop(lua, 1);
	return h->pattern;
}

static size_t
start_of(struct str s, lua_Integer at)
{
	size_t from = at > 0 ? (size_t)at - 1 : at == 0 || at < -(lua_Integer)s.len ? 0 : s.len - (size_t)-at;

	while (from < s.len && ((unsigned char)s.data[from] & 0xC0) == 0x80)
		from++;
	return from;
}

/* The usual arguments: text, pattern, where to begin. */
static struct search
begin(lua_State *lua, int index_at)
{
	struct search s = { .walk.text = utf8_at(lua, 1) };

	if (index_at)
		s.walk.from = start_of(s.walk.text, luaL_optinteger(lua, index_at, 1));
	s.pattern = pattern_at(lua, 2);
	return s;
}

static bool
next(lua_State *lua, struct search *s)
{
	uint64_t left = closed_left(lua), most = left < MOST_STEPS ? left : MOST_STEPS;
	enum pattern_answer answer;

	s->walk.steps = most;
	answer = pattern_next(s->pattern, &s->walk);
	closed_charge(lua, 1 + (size_t)(most - s->walk.steps));
	if (answer == PATTERN_LIMIT)
		luaL_error(lua, "the pattern takes too long on this text");
	return answer == PATTERN_FOUND;
}

/* ---- what was found ------------------------------------------------------------------------ */

static void
push_group(lua_State *lua, const struct search *s, size_t group)
{
	size_t start = 0, stop = 0;

	if (pattern_group(s->pattern, group, &start, &stop)) {
		closed_charge(lua, 1 + (stop - start) / PER_STEP);
		lua_pushlstring(lua, s->walk.text.data + start, stop - start);
	} else {
		lua_pushboolean(lua, 0);
	}
}

/* All groups; the whole if there are none and that is wanted. */
static int
push_groups(lua_State *lua, const struct search *s, bool or_whole)
{
	size_t n = pattern_ngroups(s->pattern);

	if (n == 0 && or_whole) {
		push_group(lua, s, 0);
		return 1;
	}
	luaL_checkstack(lua, (int)n + 1, "too many groups");
	for (size_t i = 1; i <= n; i++)
		push_group(lua, s, i);
	return (int)n;
}

static int
push_nothing(lua_State *lua)
{
	lua_pushnil(lua);
	return 1;
}

static int
re_match(lua_State *lua)
{
	struct search s = begin(lua, 3);

	return next(lua, &s) ? push_groups(lua, &s, true) : push_nothing(lua);
}

static void
push_place(lua_State *lua, const struct search *s)
{
	size_t start = 0, stop = 0;

	pattern_group(s->pattern, 0, &start, &stop);
	lua_pushinteger(lua, (lua_Integer)start + 1);
	lua_pushinteger(lua, (lua_Integer)stop);
}

static int
re_find(lua_State *lua)
{
	struct search s = begin(lua, 3);

	if (!next(lua, &s))
		return push_nothing(lua);
	push_place(lua, &s);
	return 2 + push_groups(lua, &s, false);
}

static int
re_groups(lua_State *lua)
{
	struct search s = begin(lua, 3);
	struct str name;
	size_t group;

	if (!next(lua, &s))
		return push_nothing(lua);
	lua_newtable(lua);
	push_place(lua, &s);
	lua_setfield(lua, -3, "to");
	lua_setfield(lua, -2, "from");
	for (size_t i = 0; i <= pattern_ngroups(s.pattern); i++) {
		push_group(lua, &s, i);
		lua_rawseti(lua, -2, (lua_Integer)i);
	}
	for (size_t i = 0; pattern_name(s.pattern, i, &name, &group); i++) {
		lua_pushlstring(lua, name.data, name.len);
		push_group(lua, &s, group);
		lua_rawset(lua, -3);
	}
	return 1;
}

/* Upvalues: text, pattern, where to look next, whether something was found. */
static int
gmatch_next(lua_State *lua)
{
	struct search s;
	const struct held *h = lua_touserdata(lua, lua_upvalueindex(2));

	s = (struct search){ .pattern = h->pattern,
	    .walk.from = (size_t)lua_tointeger(lua, lua_upvalueindex(3)),
	    .walk.is_behind = lua_toboolean(lua, lua_upvalueindex(4)) };
	s.walk.text.data = lua_tolstring(lua, lua_upvalueindex(1), &s.walk.text.len);
	if (!next(lua, &s))
		return push_nothing(lua);
	lua_pushinteger(lua, (lua_Integer)s.walk.from);
	lua_replace(lua, lua_upvalueindex(3));
	lua_pushboolean(lua, 1);
	lua_replace(lua, lua_upvalueindex(4));
	return push_groups(lua, &s, true);
}

static int
re_gmatch(lua_State *lua)
{
	(void)begin(lua, 0);
	lua_settop(lua, 2);
	lua_pushinteger(lua, 0);
	lua_pushboolean(lua, 0);
	lua_pushcclosure(lua, gmatch_next, 4);
	return 1;
}

/* ---- replacing -------------------------------------------------------------------------------- */

/* What a text at 3 says is to stand there. */
static const struct replacement *
replacement_at(lua_State *lua, const struct pattern *p)
{
	struct str text = utf8_at(lua, 3), why = {0};
	struct held *h = push_held(lua);

	h->replacement = replacement_new(text, p, &h->arena, &why);
	if (!h->replacement)
		luaL_error(lua, "the replacement is wrong: %s", arena_cstr(&h->arena, why));
	/* its parts are views into the text, which stays below */
	lua_insert(lua, 4);
	return h->replacement;
}

static void
add_text(lua_State *lua, luaL_Buffer *b, struct str text)
{
	closed_charge(lua, 1 + text.len / PER_STEP);
	luaL_addlstring(b, text.data ? text.data : "", text.len);
}

static void
add_parts(lua_State *lua, luaL_Buffer *b, const struct search *s, const struct replacement *r)
{
	size_t group, start = 0, stop = 0;
	struct str text;

	for (size_t i = 0; replacement_part(r, i, &text, &group); i++) {
		add_text(lua, b, text);
		if (group != SIZE_MAX && pattern_group(s->pattern, group, &start, &stop))
			add_text(lua, b, str_slice(s->walk.text, start, stop));
	}
}

/* What the function or the table at 3 gives for what was found; false: as it was. */
static void
add_given(lua_State *lua, luaL_Buffer *b, const struct search *s, struct str was)
{
	if (lua_isfunction(lua, 3)) {
		lua_pushvalue(lua, 3);
		lua_call(lua, push_groups(lua, s, true), 1);
	} else {
		push_group(lua, s, pattern_ngroups(s->pattern) > 0);
		lua_gettable(lua, 3);
	}
	if (!lua_toboolean(lua, -1)) {
		lua_pop(lua, 1);
		add_text(lua, b, was);
		return;
	}
	if (!lua_isstring(lua, -1))
		luaL_error(lua, "invalid replacement value (a %s)", luaL_typename(lua, -1));
	closed_charge(lua, 1 + lua_rawlen(lua, -1) / PER_STEP);
	luaL_addvalue(b);
}

static int
re_gsub(lua_State *lua)
{
	struct search s = begin(lua, 0);
	lua_Integer most = luaL_optinteger(lua, 4, LUA_MAXINTEGER), n = 0;
	const struct replacement *r = NULL;
	size_t done = 0, start = 0, stop = 0;
	luaL_Buffer b;

	lua_settop(lua, 3);
	if (lua_isstring(lua, 3))
		r = replacement_at(lua, s.pattern);
	else if (!lua_isfunction(lua, 3) && !lua_istable(lua, 3))
		return luaL_typeerror(lua, 3, "string/function/table");
	luaL_buffinit(lua, &b);
	while (n < most && next(lua, &s)) {
		pattern_group(s.pattern, 0, &start, &stop);
		add_text(lua, &b, str_slice(s.walk.text, done, start));
		done = stop > done ? stop : done;
		if (r)
			add_parts(lua, &b, &s, r);
		else
			add_given(lua, &b, &s, str_slice(s.walk.text, start, stop));
		n++;
	}
	add_text(lua, &b, str_slice(s.walk.text, done, s.walk.text.len));
	luaL_pushresult(&b);
	lua_pushinteger(lua, n);
	return 2;
}

/* ---- the rest ------------------------------------------------------------------------------------- */

static int
re_split(lua_State *lua)
{
	struct search s = begin(lua, 0);
	lua_Integer most = luaL_optinteger(lua, 3, LUA_MAXINTEGER), n = 0;
	size_t done = 0, start = 0, stop = 0;

	lua_settop(lua, 2);
	lua_newtable(lua);
	while (n + 1 < most && next(lua, &s)) {
		pattern_group(s.pattern, 0, &start, &stop);
		if (start == stop && (start == 0 || start == s.walk.text.len))
			continue;	/* there is nothing before, or behind */
		lua_pushlstring(lua, s.walk.text.data + done, start > done ? start - done : 0);
		lua_rawseti(lua, 3, ++n);
		done = stop > done ? stop : done;
	}
	lua_pushlstring(lua, s.walk.text.data + done, s.walk.text.len - done);
	lua_rawseti(lua, 3, n + 1);
	return 1;
}

static bool
is_plain(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	    (unsigned char)c >= 0x80;
}

static int
re_escape(lua_State *lua)
{
	struct str s = text_at(lua, 1);
	luaL_Buffer b;

	closed_charge(lua, 1 + s.len);
	luaL_buffinit(lua, &b);
	for (size_t i = 0; i < s.len; i++) {
		if (!is_plain(s.data[i]))
			luaL_addchar(&b, '\\');
		luaL_addchar(&b, s.data[i]);
	}
	luaL_pushresult(&b);
	return 1;
}

static const luaL_Reg functions[] = {
	{ "escape", re_escape },
	{ "find", re_find },
	{ "gmatch", re_gmatch },
	{ "groups", re_groups },
	{ "gsub", re_gsub },
	{ "match", re_match },
	{ "split", re_split },
	{ NULL, NULL }
};

int
re_open(lua_State *lua)
{
	luaL_newmetatable(lua, held_name);
	lua_pushcfunction(lua, release);
	lua_setfield(lua, -2, "__gc");
	lua_newtable(lua);
	lua_rawsetp(lua, LUA_REGISTRYINDEX, &cache_key);
	luaL_newlib(lua, functions);
	return 1;
}
