/*
 * Closed Lua: values out, calls, limits; and all that tests/hostile/attempts.h has, as
 * settings, as hooks and within skein.re.  Some of them take long, and those that end at
 * a limit take a second as a hook: only one in so many is tried, or all with "all".
 */
#undef NDEBUG
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runner/script/hooks.h"
#include "runner/script/re.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/json.h"
#include "tangle/base/source.h"
#include "tangle/project/script.h"
#include "tests/hostile/attempts.h"

enum { ONE_IN = 40, ONE_SLOW_IN = 4, LONGEST = 30 };

static struct arena arena;
static const struct script_limits limits = { 10000000, (size_t)64 << 20 };
static const struct script_limits low_limits = { 1000000, (size_t)16 << 20 };
static bool whole;

static struct json *
twice(void *arg, const struct json *arguments, struct str *why)
{
	(void)arg;
	if (json_kind(json_at(arguments, 0)) != JSON_KIND_INTEGER)
		*why = STR("a number is wanted");
	return json_new_integer(2 * json_number(json_at(arguments, 0)));
}

/* What the text returns, or the error, as one line. */
static const char *
value(const char *text)
{
	struct script *s = script_new(&limits);
	struct script_error e = {0};
	struct buf out = {0};
	struct json *j = NULL;

	script_give(s, "twice", twice, NULL);
	if (script_load(s, str_of(text), &arena, &e))
		j = script_value(s, &arena, &e);
	if (j)
		json_write(j, &out);
	else
		buf_printf(&out, "%zu%s%s: %.*s", e.line, e.is_syntax ? " syntax" : "", e.is_limit ? " limit" : "",
		    STR_ARG(e.words));
	json_end(j);
	script_free(s);
	return arena_cstr(&arena, buf_take(&out, &arena));
}

static void
same(const char *text, const char *wanted)
{
	const char *got = value(text);

	if (strcmp(got, wanted) == 0)
		return;
	fprintf(stderr, "%s\n  gave %s\n  not  %s\n", text, got, wanted);
	assert(0);
}

static void
call(void)
{
	struct script *s = script_new(&limits);
	struct script_error e = {0};
	struct json *argument = json_new_object(), *result;

	assert(script_load(s, STR("return { hooks = {\n block = function(b) b.n = b.n + 1 return b end,\n"
	    " loop = function() while true do pcall(function() while true do end end) end end } }"), &arena, &e));
	json_put_integer(argument, "n", 41);
	assert(script_call(s, "hooks.block", argument, &result, &arena, &e));
	assert(json_get_integer(result, "n") == 42);
	json_end(result);
	assert(!script_call(s, "hooks.loop", argument, &result, &arena, &e));
	assert(e.is_limit && !result);
	assert(!script_call(s, "hooks.nothing", argument, &result, &arena, &e) && !e.is_limit);
	json_end(argument);
	script_free(s);
}

/* ---- attempts ------------------------------------------------------------------------- */

static const char *trying;

static void
hang(int number)
{
	(void)number;
	fprintf(stderr, "'%s' does not end\n", trying);
	abort();
}

static struct json *
argument(void)
{
	const char *why;

	return json_read(STR("{\"text\":\"aaaa\",\"n\":1}"), 4, &why);
}

/* "{...}" of JSON; or "error: words", "limit: words". */
static const char *
outcome(bool ok, struct json *result, struct str words, bool is_limit)
{
	struct buf out = {0};

	if (!ok)
		buf_printf(&out, "%s: %.*s", is_limit ? "limit" : "error", STR_ARG(words));
	else if (result)
		json_write(result, &out);
	else
		buf_add(&out, STR("null"));
	json_end(result);
	return arena_cstr(&arena, buf_take(&out, &arena));
}

static const char *
as_settings(const char *body)
{
	struct str text = arena_printf(&arena, "return { r = (function(b) %s end)({ text = 'aaaa', n = 1 }) }", body);
	struct script *s = script_new(whole ? &limits : &low_limits);
	struct script_error e = {0};
	struct json *j = NULL, *r = NULL;

	if (!whole)	/* the same, in less time */
		script_bounds(s, 1 << 20, 200000000);
	script_add(s, "re", re_open);
	if (script_load(s, text, &arena, &e) && (j = script_value(s, &arena, &e)) != NULL)
		r = json_take(j, "r");
	trying = outcome(j != NULL, r, e.words, e.is_limit);
	json_end(j);
	script_free(s);
	return trying;
}

/* All of them as functions in one list. */
static struct hooks *
open_attempts(struct source *s, const char *before, const char *after)
{
	struct buf b = {0};

	buf_add(&b, STR("return { f = {\n"));
	for (size_t i = 0; i < NATTEMPTS; i++)
		buf_printf(&b, "%s%s%s,\n", before, attempts[i].body, after);
	buf_add(&b, STR("} }"));
	source_init(s, &arena, STR("skein.lua"), buf_take(&b, &arena));
	return hooks_open(s);
}

static const char *
as_hook(struct hooks *h, size_t i)
{
	struct str path = arena_printf(&arena, "f.%zu", i + 1);
	struct json *j = argument(), *r = NULL;
	struct hooks_error e = {0};
	bool ok;

	ok = hooks_call(h, path.data, j, &r, &arena, &e);
	json_end(j);
	return outcome(ok, r, e.words, e.is_limit);
}

static int
descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

/* Nothing was made, started or left open. */
static void
no_traces(int before)
{
	assert(descriptors() == before);
	assert(access("escaped", F_OK) == -1);
	assert(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}

static void
compare(const struct attempt *a, const char *how, const char *got)
{
	if (strstr(got, a->outcome) && !strstr(got, "canary-value"))
		return;
	fprintf(stderr, "%s, %s:\n  gave %.300s\n  not  %s\n", a->name, how, got, a->outcome);
	abort();
}

/*
 * What stops at a limit differs in what it meets first: as a hook a text may be
 * larger, and more is done.
 */
static void
try(size_t i, struct hooks *const forms[2], bool is_whole)
{
	static const char *const ways[] = { "as a hook", "within skein.re" };
	const struct attempt *a = &attempts[i];
	const char *got;
	bool is_limit;

	trying = a->name;
	alarm(LONGEST);
	got = as_settings(a->body);
	is_limit = strncmp(got, "limit", 5) == 0;
	compare(a, "as settings", got);
	if (is_limit && !is_whole)
		return;
	for (int way = 0; way < 2; way++) {
		trying = a->name;
		alarm(LONGEST);
		got = as_hook(forms[way], i);
		if (!is_limit)
			compare(a, ways[way], got);
		else
			assert(strncmp(got, "limit", 5) == 0 || strncmp(got, "error", 5) == 0);
	}
}

static void
attempts_fail(unsigned seed)
{
	int before = descriptors();
	struct source one, two;
	struct hooks *forms[] = {
		open_attempts(&one, "function(b) ", " end"),
		open_attempts(&two, "function(b) local r skein.re.gsub('x', 'x', function() r = (function() ",
		    " end)() end) return r end"),
	};

	setenv("SKEIN_CANARY", "canary-value", 1);
	signal(SIGALRM, hang);
	for (size_t i = 0; i < NATTEMPTS; i++) {
		clock_t began = clock();

		if (attempts[i].is_slow && !whole && (i + seed) % ONE_SLOW_IN != 0)
			continue;
		try(i, forms, whole || (i + seed) % ONE_IN == 0);
		if (whole)
			printf("%-28s %5.0f ms\n", attempts[i].name, (double)(clock() - began) * 1e3 / CLOCKS_PER_SEC);
	}
	alarm(0);
	hooks_close(forms[0]);
	hooks_close(forms[1]);
	no_traces(before);
	assert(strcmp(as_settings("return math.random(1 << 30)"), as_settings("return math.random(1 << 30)")) == 0);
}

/* ---- texts that are hard to read -------------------------------------------------------------- */

static void
repeat(struct buf *to, const char *part, size_t n)
{
	while (n-- > 0)
		buf_add(to, str_of(part));
}

/* Some of these are no Lua; each is answered, and soon. */
static void
texts_are_read(void)
{
	static const struct {
		const char *before, *part, *between, *again, *after;
		size_t n, m;
	} texts[] = {
		{ "return ", "{", "", "}", "", 20000, 20000 },
		{ "return ", "(", "1", ")", "", 20000, 20000 },
		{ "return ", "not ", "1", "", "", 20000, 0 },
		{ "return ", "-", "1", "", "", 1, 0 },
		{ "return 1", "^1", "", "", "", 20000, 0 },
		{ "return 'a'", "..'a'", "", "", "", 20000, 0 },
		{ "return ", "function() return ", "1", " end", "", 5000, 5000 },
		{ "", "do ", "", "end ", "return {}", 20000, 20000 },
		{ "if x then ", "elseif x then ", "end ", "", "return {}", 10000, 0 },
		{ "return x", ".x", "", "", "", 20000, 0 },
		{ "return {", "x=1,", "", "", "}", 20000, 0 },
		{ "return {", "1,", "", "", "}", 60000, 0 },
		{ "--[", "=", "[", "", "", 100000, 0 },
		{ "return \"", "\\z ", "", "", "\"", 50000, 0 },
		{ "return ", "9", "", "", "", 200000, 0 },
		{ "goto x ", "goto x ", "", "do end ", "::x::", 15000, 15000 },
	};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct script *s = script_new(&limits);
		struct script_error e = {0};
		struct buf b = {0};

		trying = texts[i].part;
		alarm(LONGEST);
		buf_add(&b, str_of(texts[i].before));
		repeat(&b, texts[i].part, texts[i].n);
		buf_add(&b, str_of(texts[i].between));
		repeat(&b, texts[i].again, texts[i].m);
		buf_add(&b, str_of(texts[i].after));
		(void)script_load(s, buf_str(&b), &arena, &e);
		buf_release(&b);
		script_free(s);
	}
	alarm(0);
}

/* Names that are looked up through all functions around, labels that are compared with all others. */
static void
slow_texts_end(void)
{
	struct script_error e = {0};
	struct buf b = {0};

	alarm(LONGEST);
	for (int i = 0; i < 45; i++) {
		buf_add(&b, STR("local function f() local a"));
		for (int k = 0; k < 190; k++)
			buf_printf(&b, ",a%d", k);
		buf_byte(&b, '\n');
	}
	repeat(&b, "x=x ", 10000);
	(void)script_syntax(buf_str(&b), &arena, &e);
	buf_clear(&b);
	for (int i = 0; b.len < (256 << 10) - 100; i++)
		buf_printf(&b, "::a%x:: ", i);
	buf_add(&b, STR("return {}"));
	(void)script_syntax(buf_str(&b), &arena, &e);
	repeat(&b, " ", 1000);
	assert(!script_syntax(buf_str(&b), &arena, &e) && e.is_limit);
	buf_release(&b);
	alarm(0);
	assert(!script_syntax(STR("\x1bLua\x54\0\x19\x93\r\n"), &arena, &e));
	assert(e.is_syntax && str_find(e.words, STR("attempt to load a binary chunk")) < e.words.len);
}

/* ---- the process ---------------------------------------------------------------------------------- */

/* What it says of itself, and what a function in it costs those that follow. */
static void
calls_follow_one_another(void)
{
	struct source s;
	struct hooks *h;
	struct hooks_error e = {0};
	struct json *j = argument(), *r;

	source_init(&s, &arena, STR("skein.lua"), STR("local n = 0\nreturn {\n"
	    "count = function(b)\n n = n + 1 print('n is', n)\n return n end,\n"
	    "fail = function(b)\n error('no') end,\n"
	    "loop = function(b)\n while true do end end,\n"
	    "same = function(b) return b end,\n"
	    "list = { function(b) return b.text end } }"));
	h = hooks_open(&s);
	assert(hooks_call(h, "count", j, &r, &arena, &e) && json_number(r) == 1);
	json_end(r);
	assert(!hooks_call(h, "fail", j, &r, &arena, &e) && str_eq(e.words, STR("no")) && !e.is_limit);
	assert(source_position(e.at.source, e.at.offset).line == 7);
	assert(hooks_call(h, "count", j, &r, &arena, &e) && json_number(r) == 2);
	json_end(r);
	assert(str_eq(hooks_printed(h, &arena), STR("n is\t1\nn is\t2\n")));
	assert(!hooks_call(h, "loop", j, &r, &arena, &e) && e.is_limit);
	assert(source_position(e.at.source, e.at.offset).line == 9);
	/* after a limit there is another process, which knows of nothing */
	assert(hooks_call(h, "count", j, &r, &arena, &e) && json_number(r) == 1);
	json_end(r);
	assert(hooks_call(h, "same", NULL, &r, &arena, &e) && !r);
	assert(hooks_call(h, "list.1", j, &r, &arena, &e) && str_eq(json_text(r), STR("aaaa")));
	json_end(r);
	assert(!hooks_call(h, "nothing", j, &r, &arena, &e));
	json_end(j);
	hooks_close(h);
	source_init(&s, &arena, STR("skein.lua"), STR("return {\n"));
	h = hooks_open(&s);
	assert(!hooks_call(h, "f", NULL, &r, &arena, &e) && !r && !e.is_limit);
	hooks_close(h);
}

/* One that was forked since has a process of its own. */
static void
a_fork_has_its_own(void)
{
	struct source s;
	struct hooks *h;
	struct hooks_error e = {0};
	struct json *r;
	int status;
	pid_t pid;

	source_init(&s, &arena, STR("skein.lua"), STR("local n = 0 return { count = function() n = n + 1 return n end }"));
	h = hooks_open(&s);
	assert(hooks_call(h, "count", NULL, &r, &arena, &e));
	json_end(r);
	pid = fork();
	assert(pid >= 0);
	if (pid == 0) {
		bool ok = hooks_call(h, "count", NULL, &r, &arena, &e) && json_number(r) == 1;

		hooks_close(h);
		_exit(ok ? 0 : 1);
	}
	assert(waitpid(pid, &status, 0) == pid && status == 0);
	assert(hooks_call(h, "count", NULL, &r, &arena, &e) && json_number(r) == 2);
	json_end(r);
	hooks_close(h);
}

/* ---- skein.re ----------------------------------------------------------------------------------------- */

static void
patterns_find(void)
{
	static const char *const pairs[][2] = {
		{ "skein.re.match('key = value', '(\\\\w+)\\\\s*=\\\\s*(\\\\w+)')", "[\"key\",\"value\"]" },
		{ "skein.re.match('abc', 'b')", "[\"b\"]" },
		{ "skein.re.match('abc', 'x')", "{}" },
		{ "skein.re.match('ac', 'a(b)?(c)')", "[false,\"c\"]" },
		{ "skein.re.find('hello', 'l+')", "[3,4]" },
		{ "skein.re.find('hello', '(l)(x)?', -2)", "[4,4,\"l\",false]" },
		{ "skein.re.find('abc', '')", "[1,0]" },
		{ "skein.re.groups('2026-11', '(?<year>\\\\d+)-(?<month>\\\\d+)').month", "[\"11\"]" },
		{ "skein.re.groups('xab', '(a)b')[0]", "[\"ab\"]" },
		{ "skein.re.groups('xab', 'b').from", "[3]" },
		{ "skein.re.gsub('banana', 'a', '<$0>')", "[\"b<a>n<a>n<a>\",3]" },
		{ "skein.re.gsub('banana', 'a', 'o', 2)", "[\"bonona\",2]" },
		{ "skein.re.gsub('a1b2', '([a-z])(\\\\d)', '$2$1$$')", "[\"1a$2b$\",2]" },
		{ "skein.re.gsub('abc', '[ac]', { a = 'x', c = 1 })", "[\"xb1\",2]" },
		{ "skein.re.gsub('abc', '\\\\w', function(c) if c ~= 'b' then return c:upper() end end)", "[\"AbC\",3]" },
		{ "skein.re.gsub('abc', '', '-')", "[\"-a-b-c-\",4]" },
		{ "skein.re.gsub('\xC3\xA4z', '.', '<$0>')", "[\"<\xC3\xA4><z>\",2]" },
		{ "skein.re.gsub('x', 'y', 'z')", "[\"x\",0]" },
		{ "skein.re.split('a, b,c', ',\\\\s*')", "[[\"a\",\"b\",\"c\"]]" },
		{ "skein.re.split('a,b,c', ',', 2)", "[[\"a\",\"b,c\"]]" },
		{ "skein.re.split('abc', '')", "[[\"a\",\"b\",\"c\"]]" },
		{ "skein.re.split('', ',')", "[[\"\"]]" },
		{ "skein.re.match('a.b', '^' .. skein.re.escape('a.b') .. '$')", "[\"a.b\"]" },
		{ "skein.re.match('axb', skein.re.escape('a.b'))", "{}" },
		{ "skein.re.match('\xC3\x84', '(?i)\xC3\xA4')", "[\"\xC3\x84\"]" },
		{ "(function() local t = {} for k, v in skein.re.gmatch('a=1, b=2', '(\\\\w)=(\\\\w)') do t[#t + 1] = k .. v end"
		  " return t end)()", "[[\"a1\",\"b2\"]]" },
		{ "string.find('a.b', '.', 1, true)", "[2,2]" },
		{ "string.find('abc', '', 10, true)", "{}" },
		{ "string.rep('ab', 3, '-')", "[\"ab-ab-ab\"]" },
		{ "table.concat({ 1, 2, 3 }, '-', 2)", "[\"2-3\"]" },
		{ "(function() local t = { 1, 2, 3 } table.insert(t, 2, 9) table.remove(t, 1) return table.unpack(t) end)()",
		  "[9,2,3]" },
		{ "table.move({ 1, 2, 3 }, 1, 3, 2)", "[[1,1,2,3]]" },
		{ "(function() local t = {} for k in pairs({ b = 1, a = 2, 7, [3] = 1 }) do t[#t + 1] = k end return t end)()",
		  "[[1,3,\"a\",\"b\"]]" },
		{ "(function() local t = { { 2, 'a' }, { 1, 'b' }, { 2, 'c' }, { 1, 'd' } }"
		  " table.sort(t, function(x, y) return x[1] < y[1] end) return t[1][2] .. t[2][2] .. t[3][2] .. t[4][2] end)()",
		  "[\"bdac\"]" },
	};

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		struct str body = arena_printf(&arena, "return { %s }", pairs[i][0]);
		struct attempt a = { pairs[i][0], arena_cstr(&arena, body), pairs[i][1], false };

		trying = a.name;
		compare(&a, "as settings", as_settings(a.body));
	}
}

int
main(int argc, char **argv)
{
	whole = argc > 1 && strcmp(argv[1], "all") == 0;

	arena_init(&arena);
	same("return { std = 'c17', libs = {'m', 'z'}, n = 3, x = 0.5, yes = true }",
	    "{\"libs\":[\"m\",\"z\"],\"n\":3,\"std\":\"c17\",\"x\":0.5,\"yes\":true}");
	same("return {\n hooks = {\n block = function() end } }", "{\"hooks\":{\"block\":{\"function\":3}}}");
	same("return { n = skein.twice(21) }", "{\"n\":42}");
	same("return {\n n = skein.twice('x') }", "2: a number is wanted");
	same("return 3", "0: it must return a table, not number");
	same("return {\n std = 'c17'\n libs = 'm' }", "3 syntax: '}' expected (to close '{' at line 1) near 'libs'");
	same("while true do end", "1 limit: it takes more than 10000000 steps");
	same("while true do pcall(function() while true do end end) end", "1 limit: it takes more than 10000000 steps");
	same("local t = {} for i = 1, 1e9 do t[i] = {} end", "1 limit: it makes a text, a table or a stack of more than 1024 KiB");
	same("local t = {} t.t = t return t", "0: 't' is a table that it stands in itself");
	same("return { a = io, b = os, c = package, d = debug, e = require, f = load, g = dofile }", "{}");
	call();
	patterns_find();
	texts_are_read();
	slow_texts_end();
	calls_follow_one_another();
	a_fork_has_its_own();
	attempts_fail(argc > 1 ? (unsigned)atoi(argv[1]) : 1);
	arena_release(&arena);
	return 0;
}
