#include "runner/lua/bridge.h"

#include <alloca.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MEGABYTE = 1 << 20, STATE = 4096, PENDING = 24 };

const struct part_host *bridge_host;
struct activation *volatile bridge_innermost;

static lua_State *state;

/* ---- what the libraries get in place of libc's ---- */

/*
 * Their archive was made for programs, and finds libc's streams where only a
 * program has them.  The linker leads it here (Makefile).
 */
FILE *__wrap_stdin, *__wrap_stdout, *__wrap_stderr;
extern __attribute__((visibility("default"))) FILE *__real_stdin, *__real_stdout, *__real_stderr;

time_t __wrap_time(time_t *to);
time_t __real_time(time_t *to);
int __wrap_lua_resume(lua_State *L, lua_State *from, int nargs, int *nresults);
int __real_lua_resume(lua_State *L, lua_State *from, int nargs, int *nresults);

static bool is_beginning;

/* A state begins with the time as its seed: the order of pairs() would differ each time. */
time_t
__wrap_time(time_t *to)
{
	return is_beginning ? 0 : __real_time(to);
}

/* ---- errors ---- */

/* Calls of coroutines and callbacks that ended in an error which somebody may raise again. */
static struct {
	struct lua_call calls[PENDING];
	size_t n;
	char words[PROTOCOL_WORDS];
} pending;

/* The calls when no memory was left: there is no message handler for that. */
static struct {
	struct lua_call calls[PENDING];
	size_t n;
} full;

static struct lua_call all[PROTOCOL_LUA_CALLS];

static void
note_pending(const char *words, const struct lua_call *calls, size_t n)
{
	pending.n = n < PENDING ? n : PENDING;
	memcpy(pending.calls, calls, pending.n * sizeof *calls);
	snprintf(pending.words, sizeof pending.words, "%s", words);
}

static bool
ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), len = strlen(end);

	return len <= n && strcmp(s + n - len, end) == 0;
}

/* It is being told: else what is pending has been caught, or may be. */
static bool is_raising;

/* What is to be told of the calls, those that are gone included. */
static size_t
all_calls(struct lua_call *to, size_t most)
{
	size_t n = !is_raising ? 0 : pending.n < most ? pending.n : most;

	memcpy(to, pending.calls, n * sizeof *to);
	return n + calls_now(to + n, most - n);
}

/* "stack:12: " where that is the place of one of the calls, which are told anyway. */
static const char *
without_places(lua_State *L, const char *words)
{
	lua_Debug d;
	const char *rest = words;

	for (int i = 0; i < 40 && lua_getstack(L, i, &d); ) {
		char place[LUA_IDSIZE + 24];
		size_t len;

		lua_getinfo(L, "Sl", &d);
		len = (size_t)snprintf(place, sizeof place, "%s:%d: ", d.short_src, d.currentline);
		if (d.currentline > 0 && strncmp(rest, place, len) == 0) {
			rest += len;
			i = 0;
			continue;
		}
		i++;
	}
	return rest;
}

/* The same of calls that are gone: by their lines. */
static const char *
without_pending(const char *words)
{
	for (size_t i = 0; i < pending.n; i++) {
		char line[24];
		const char *at;
		size_t len = (size_t)snprintf(line, sizeof line, ":%u: ", (unsigned)pending.calls[i].line);

		at = strstr(words, line);
		if (at && !memchr(words, '\n', (size_t)(at - words)) && !memchr(words, ' ', (size_t)(at - words)))
			return at + len;
	}
	return words;
}

/* Errors that are no strings are told as values are. */
static const char *
words_of(lua_State *L, int at)
{
	if (lua_type(L, at) != LUA_TSTRING) {
		value_push(L, at);
		return lua_tostring(L, -1);
	}
	return lua_tostring(L, at);
}

static void
raise(lua_State *L, const char *words, uint32_t flags)
{
	if (flags & REPORT_MEMORY)
		note_pending(words, full.calls, full.n);
	else if (!ends_with(words, pending.words))
		pending.n = 0;
	is_raising = true;
	words = without_pending(without_places(L, words));
	bridge_host->raise(words, strlen(words), flags);
}

static bool
is_catcher(lua_CFunction f)
{
	static lua_CFunction catchers[2];

	if (!catchers[0]) {
		lua_getglobal(state, "pcall");
		catchers[0] = lua_tocfunction(state, -1);
		lua_getglobal(state, "xpcall");
		catchers[1] = lua_tocfunction(state, -1);
		lua_pop(state, 2);
	}
	return f && (f == catchers[0] || f == catchers[1]);
}

/* Is somebody there, beyond the innermost call from C, who would catch an error? */
static bool
is_caught(lua_State *L)
{
	const struct activation *a = bridge_innermost;
	lua_Debug d;
	bool is_beyond = false, found = false;

	for (; a; a = a->outer)
		if (a->is_coroutine)
			return true;
	a = bridge_innermost;
	for (int i = 0; a->outer && !found && lua_getstack(L, i, &d); i++) {
		is_beyond |= d.i_ci == a->below;
		lua_getinfo(L, "f", &d);
		found = is_beyond && is_catcher(lua_tocfunction(L, -1));
		lua_pop(L, 1);
	}
	return found;
}

/* The message handler of all calls from C: the calls that led here are still there. */
static int
on_error(lua_State *L)
{
	const char *words = words_of(L, 1);

	if (!is_caught(L))
		raise(L, words, 0);
	note_pending(words, all, calls_now(all, PENDING));
	lua_settop(L, 1);
	return 1;
}

static int
call(lua_State *L, int nargs, int nresults, bool is_cell)
{
	struct activation a = { .L = L, .sp = (uint64_t)(uintptr_t)__builtin_frame_address(0),
	    .outer = bridge_innermost, .is_cell = is_cell };
	lua_Debug d;
	int handler = lua_gettop(L) - nargs, status;

	if (lua_getstack(L, 0, &d))
		a.below = d.i_ci;
	lua_pushcfunction(L, on_error);
	lua_insert(L, handler);
	bridge_innermost = &a;
	status = lua_pcall(L, nargs, nresults, handler);
	bridge_innermost = a.outer;
	lua_remove(L, handler);
	return status;
}

int
bridge_call(lua_State *L, int nargs, int nresults)
{
	return call(L, nargs, nresults, false);
}

/* Lua's own call of a coroutine. */
int
__wrap_lua_resume(lua_State *L, lua_State *from, int nargs, int *nresults)
{
	struct activation a = { .L = L, .sp = (uint64_t)(uintptr_t)__builtin_frame_address(0),
	    .outer = bridge_innermost, .is_coroutine = true };
	int status;

	bridge_innermost = &a;
	status = __real_lua_resume(L, from, nargs, nresults);
	bridge_innermost = a.outer;
	/* Its calls are there until it is closed. */
	if (status > LUA_YIELD && lua_type(L, -1) == LUA_TSTRING)
		note_pending(lua_tostring(L, -1), all, calls_of(L, all, PENDING));
	return status;
}

/* ---- the state ---- */

/*
 * Where the state lies and how deep the stack is seeds the order of pairs(), too: both
 * are the same in each run of the same program, wherever its document is.
 */
static void *
allocate(void *first, void *p, size_t was, size_t n)
{
	static char there[STATE] __attribute__((aligned(16)));
	void *to;

	if (n == 0) {
		if (p != there)
			free(p);
		return NULL;
	}
	if (!p && !*(bool *)first && n <= sizeof there) {
		*(bool *)first = true;
		return there;
	}
	to = p == there ? malloc(n) : realloc(p, n);
	if (to && p == there)
		memcpy(to, p, was < n ? was : n);
	if (!to)
		full.n = calls_now(full.calls, PENDING);
	return to;
}

static __attribute__((noinline)) lua_State *
new_state(void)
{
	static bool first;
	volatile char *room = alloca((uintptr_t)__builtin_frame_address(0) % MEGABYTE + 1);
	lua_State *L;

	*room = 0;
	is_beginning = true;
	L = lua_newstate(allocate, &first);
	is_beginning = false;
	return L;
}

static int
open_libraries(lua_State *L)
{
	luaL_openlibs(L);
	(void)luaL_dostring(L, "math.randomseed(1)");
	lua_pushcfunction(L, bridge_open);
	lua_call(L, 0, 1);
	lua_setglobal(L, "c");
	return 0;
}

/* warn("@off") and its opposite are words of Lua's own. */
static void
warn(void *arg, const char *words, int goes_on)
{
	static bool is_off, is_inside;

	(void)arg;
	if (!is_inside && !goes_on && *words == '@') {
		is_off = strcmp(words, "@off") == 0 || (is_off && strcmp(words, "@on") != 0);
		return;
	}
	if (!is_off)
		fprintf(stderr, "%s%s%s", is_inside ? "" : "warning: ", words, goes_on ? "" : "\n");
	is_inside = goes_on;
}

static void
begin(void)
{
	state = new_state();
	if (state) {
		lua_setwarnf(state, warn, NULL);
		lua_pushcfunction(state, open_libraries);
	}
	if (!state || lua_pcall(state, 0, 0, 0) != LUA_OK)
		bridge_host->raise("not enough memory", 17, REPORT_MEMORY);
}

/* ---- a cell ---- */

static int
compile(lua_State *L)
{
	const struct part_cell *c = lua_touserdata(L, 1);

	if (chunk_load(L, c) != LUA_OK)
		lua_error(L);
	return 1;
}

static const char *
skip(const char *arguments, uint32_t n)
{
	while (n-- > 0)
		arguments += strlen(arguments) + 1;
	return arguments;
}

/* Its arguments, as `arg` and on the stack; returns how many. */
static int
give_arguments(lua_State *L)
{
	const struct part_cell *c = lua_touserdata(L, 1);
	const char *at = skip(c->arguments, PART_ARGUMENTS - 1);
	int n = c->narguments > PART_ARGUMENTS ? (int)c->narguments - PART_ARGUMENTS : 0;

	lua_createtable(L, n, 1);
	luaL_checkstack(L, n + 8, "arguments");
	for (int i = 0; i <= n; i++, at = skip(at, 1)) {
		lua_pushstring(L, at);
		if (i > 0)
			lua_pushvalue(L, -1);
		lua_rawseti(L, 2, i);
	}
	lua_pushvalue(L, 2);
	lua_setglobal(L, "arg");
	return n;
}

static int
show(lua_State *L)
{
	const struct part_cell *c = lua_touserdata(L, 1);
	struct report r = { .type = REPORT_VALUE, .pid = getpid() };
	const char *text;
	size_t size;

	value_text(L, *c->arguments == '-' ? 2 : 3, *c->arguments == 'c');
	text = lua_tolstring(L, -1, &size);
	r.size = (uint32_t)(size < PROTOCOL_VALUE ? size : PROTOCOL_VALUE);
	if (text)
		(void)bridge_host->report(&r, text);
	return 0;
}

/* In steps, so that what may be raised in each is told of that step. */
static void
step(lua_State *L, int nargs, int nresults)
{
	int status = call(L, nargs, nresults, true);

	if (status == LUA_OK)
		return;
	raise(L, lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "an error in the handling of an error",
	    status == LUA_ERRMEM ? REPORT_MEMORY : 0);
}

static void
run(const struct part_cell *c)
{
	lua_State *L;
	int n;

	__wrap_stdin = __real_stdin;
	__wrap_stdout = __real_stdout;
	__wrap_stderr = __real_stderr;
	if (!state)
		begin();
	L = state;
	if (bridge_innermost) {		/* a cell of C has jumped out of Lua */
		bridge_innermost = NULL;
		(void)lua_resetthread(L);
	}
	lua_settop(L, 0);
	pending.n = 0;
	lua_pushcfunction(L, bridge_renew);
	step(L, 0, 0);
	lua_pushcfunction(L, compile);
	lua_pushlightuserdata(L, (void *)(uintptr_t)c);
	step(L, 1, 1);
	close(c->text);
	lua_pushcfunction(L, give_arguments);
	lua_pushlightuserdata(L, (void *)(uintptr_t)c);
	step(L, 1, LUA_MULTRET);
	step(L, lua_gettop(L) - 1, LUA_MULTRET);
	n = lua_gettop(L);
	lua_pushcfunction(L, show);
	lua_pushlightuserdata(L, (void *)(uintptr_t)c);
	lua_rotate(L, 1, 2);
	step(L, n + 1, 0);
	lua_settop(L, 0);
}

/* ---- for the host ---- */

static void
on_hook(lua_State *L, lua_Debug *d)
{
	(void)L;
	(void)d;
	bridge_host->stop();
}

static bool
interrupt(void)
{
	struct activation *a = bridge_innermost;
	lua_Debug d;

	if (!a || !lua_getstack(a->L, 0, &d) || !lua_getinfo(a->L, "S", &d) || *d.what == 'C')
		return false;
	lua_sethook(a->L, on_hook, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
	return true;
}

__attribute__((visibility("default"))) const struct part *skein_part(const struct part_host *h);

const struct part *
skein_part(const struct part_host *h)
{
	static const struct part part = { .abi = PART_ABI, .run = run, .calls = all_calls,
	    .interrupt = interrupt };

	bridge_host = h;
	return &part;
}
