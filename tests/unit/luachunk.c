#include "runner/cell/luachunk.h"

#include <assert.h>
#include <string.h>

#include "tangle/base/arena.h"

static struct arena arena;
static struct luachunk c;

static void
look(const char *text)
{
	luachunk_read(&c, str_of(text), &arena);
}

/* Its value is shown, and begins there. */
static void
shows(const char *text, const char *expression, bool is_call)
{
	look(text);
	assert(!c.is_bad && c.has_value && c.is_call == is_call);
	assert(strncmp(text + c.end, expression, strlen(expression)) == 0);
}

static void
shows_nothing(const char *text)
{
	look(text);
	assert(!c.is_bad && !c.has_value);
}

static void
leaves(const char *text, const char *names)
{
	look(text);
	assert(!c.is_bad && str_eq(c.locals, str_of(names)));
}

static void
test_values(void)
{
	shows("1 + 2\n", "1 + 2", false);
	shows("x = 5\nx * 2 -- twice\n", "x * 2", false);
	shows("x = 5; x\n", "x\n", false);
	shows("a.b[1].c, #t\n", "a.b", false);
	shows("local t = {}\nt\n", "t\n", false);
	shows("t = f\n#t\n", "#t", false);
	shows("for i = 1, 2 do g(i) end\n-x\n", "-x", false);
	shows("if a then b() end (c + d) * 2\n", "(c + d)", false);
	shows("f(a) - b\n", "f(a)", false);
	shows("g()\nf(a) - b\n", "f(a) - b", false);
	shows("x = 1\n{ x, y }\n", "{ x", false);
	shows("'text'\n", "'text'", false);
	shows("function() return 1 end\n", "function", false);
	shows("x = [[\nlocal y\n]] not x\n", "not x", false);
	shows("...\n", "...", false);
	shows("f(1)\n", "f(1)", true);
	shows("local a = 1\nstring.format '%d'\n", "string.format", true);
	shows("local s = 'x' s:rep(3)\n", "s:rep", true);
	shows("f { 1 }\n", "f {", true);
	shows_nothing("f(1);\n");
	shows_nothing("x = f(1)\n");
	shows_nothing("x = 1\n-- f(1)\n");
	shows_nothing("");
	shows_nothing("do f(1) end\n");
	shows_nothing("local function f() return g(1) end\n");
	shows_nothing("return f(1)\n");
	assert(c.end == 0);
}

static void
test_errors(void)
{
	look("x = 1\nfor i = 1 do\nend\n");
	assert(c.is_bad && c.line == 2 && c.words.len > 0);
	look("a b\n");
	assert(c.is_bad && c.line == 1);
	look("x = 'open\n");
	assert(c.is_bad);
	look("if x then\n");
	assert(c.is_bad);
	look("--[[ open\n");
	assert(c.is_bad);
}

static void
test_locals(void)
{
	leaves("x = 1\n", "");
	leaves("local a, b = 1\nlocal function f() local inner end\nlocal a\n", "a b f");
	leaves("do local x end for i = 1, 2 do local y end local z\n", "z");
	leaves("local c <const>, f <close>, d = 1, nil, 2\n", "c d");
	leaves("local t = { x = function() local y end }\nrepeat local u until u\nlocal v\n", "t v");
	leaves("local s = 'local no' -- local no\n--[==[ local no ]] ]==] local e = 1e-3\n", "s e");
	leaves("if a then local b elseif c then local d else local e end local w\nreturn w\n", "w");
	assert(c.has_value == false && c.end == strlen("if a then local b elseif c then local d else local e end local w\n"));
}

static void
test_statements(void)
{
	const char *text = "local n = 0\nwhile true do\n  n = n +\n  1\nend\nprint(\n  n)\nlocal function f()\n  x()\nend\n";

	assert(luachunk_statement(str_of(text), 1) == 1);
	for (size_t line = 2; line <= 4; line++)
		assert(luachunk_statement(str_of(text), line) == 2);
	assert(luachunk_statement(str_of(text), 7) == 6);
	assert(luachunk_statement(str_of(text), 9) == 8);
}

int
main(void)
{
	arena_init(&arena);
	test_values();
	test_errors();
	test_locals();
	test_statements();
	arena_release(&arena);
	return 0;
}
