/* Closed Lua: values out, calls, limits. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/json.h"
#include "tangle/project/script.h"

static struct arena arena;
static const struct script_limits limits = { 10000000, (size_t)64 << 20 };

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
	struct script_error e;
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
	struct script_error e;
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

int
main(void)
{
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
	arena_release(&arena);
	return 0;
}
