/*
 * Texts in Lua, made of pieces: each ends, with a value, an error or a limit, and twice
 * with the same.  What they build in passing is within the bounds.
 */
#include "tests/fuzz/fuzz.h"

#include "runner/script/re.h"
#include "tangle/base/json.h"
#include "tangle/project/script.h"

static const struct script_limits limits = { 200000, (size_t)8 << 20 };

#ifndef LIBFUZZER
static const char *const values[] = {
	"1", "0", "-1", "1 << 60", "0/0", "1e308", "math.maxinteger", "math.mininteger", "'x'", "''", "'a\\0b'",
	"'\\xff'", "'%d %s'", "('ab'):rep(1000)", "{}", "{ 1, 2, 3 }", "{ a = 1, b = { 2 } }", "nil", "true", "t", "u", "s",
	"f", "_G", "string", "table", "print", "pcall", "error", "setmetatable({}, t)", "getmetatable(t)",
	"setmetatable({}, { __index = t })", "setmetatable({}, { __index = f, __len = f, __call = f })", "skein.re",
	"function(...) return ... end", "function(a) t[#t + 1] = a return a end", "'(a+)+$'", "'[a-z]*?(b)?'", NULL
};
static const char *const functions[] = {
	"pcall", "xpcall", "error", "assert", "tostring", "tonumber", "select", "next", "rawget", "rawset", "rawlen",
	"rawequal", "setmetatable", "getmetatable", "type", "ipairs", "pairs", "print", "string.rep", "string.format",
	"string.sub", "string.byte", "string.char", "string.find", "string.upper", "string.reverse", "string.len",
	"table.concat", "table.insert", "table.remove", "table.sort", "table.unpack", "table.pack", "table.move",
	"utf8.char", "utf8.len", "utf8.codepoint", "utf8.offset", "utf8.codes", "math.floor", "math.random", "math.max",
	"skein.re.match", "skein.re.find", "skein.re.gsub", "skein.re.gmatch", "skein.re.split", "skein.re.groups",
	"skein.re.escape", "string.gsub", "load", "f", "t", NULL
};
static const char *const operators[] = {
	" + ", " .. ", " == ", " < ", " <= ", " and ", " or ", " // ", " % ", " ~ ", " << ", " ^ ", NULL
};
static const char *const names[] = { "t", "u", "s", "f", "t.x", "t[1]", "u[s]", "_G.t", "t[t]", NULL };

static void make_block(struct buf *to, int depth);

static void
make_value(struct buf *to, int depth)
{
	if (depth > 0 && now_and_then(4)) {
		make_value(to, depth - 1);
		buf_add(to, any_word(operators));
		make_value(to, depth - 1);
	} else if (depth > 0 && now_and_then(2)) {
		buf_add(to, any_word(functions));
		buf_byte(to, '(');
		for (uint32_t n = any(4), i = 0; i < n; i++) {
			buf_add(to, i > 0 ? STR(", ") : STR(""));
			make_value(to, depth - 1);
		}
		buf_byte(to, ')');
	} else {
		buf_add(to, any_word(values));
	}
}

static void
make_statement(struct buf *to, int depth)
{
	static const char *const begins[] = {
		"while true do ", "for i = 1, 10 do ", "for k, v in pairs(t) do ", "for w in skein.re.gmatch(s, 'a*') do ",
		"pcall(function() ", "xpcall(function() ", "do ", "if s then ", "repeat ", "t.x = function(...) ",
		"s = skein.re.gsub(s, '.', function(c) ", "local function g() ", NULL
	};
	static const char *const ends[] = {
		"end\n", "end\n", "end\n", "end\n", "end)\n", "end, f)\n", "end\n", "end\n", "until t\n", "end\n", "end)\n",
		"g() end\n"
	};
	uint32_t which;

	if (depth > 0 && now_and_then(3)) {
		which = any(sizeof ends / sizeof *ends);
		buf_add(to, str_of(begins[which]));
		make_block(to, depth - 1);
		buf_add(to, str_of(ends[which]));
	} else {
		if (now_and_then(2)) {
			buf_add(to, any_word(names));
			buf_add(to, STR(" = "));
		} else {
			buf_add(to, STR("local _ = "));
		}
		make_value(to, 3);
		buf_byte(to, '\n');
	}
}

static void
make_block(struct buf *to, int depth)
{
	for (uint32_t n = 1 + any(4); n > 0; n--)
		make_statement(to, depth);
}

static void
fuzz_make(struct buf *to)
{
	buf_add(to, STR("local t, u, s = {}, { 1, x = 2 }, 'some text' local function f(...) return ... end\n"));
	make_block(to, 4);
	buf_add(to, STR("return { t, u = u, s = s, "));
	make_value(to, 3);
	buf_add(to, STR(" }\n"));
}
#endif

/* What comes of it, in a line. */
static void
run(struct str text, struct buf *to, struct arena *a)
{
	struct script *s = script_new(&limits);
	struct script_error e = {0};
	struct json *j = NULL;

	script_add(s, "re", re_open);
	if (script_load(s, text, a, &e))
		j = script_value(s, a, &e);
	if (j)
		json_write(j, to);
	else
		buf_printf(to, "%zu%s: %.*s", e.line, e.is_limit ? " limit" : "", STR_ARG(e.words));
	assert(j || e.words.len > 0);
	buf_add(to, script_printed(s, a));
	json_end(j);
	script_free(s);
}

static void
fuzz_one(struct str input)
{
	struct buf one = {0}, two = {0};
	struct arena a;

	arena_init(&a);
	run(input, &one, &a);
	run(input, &two, &a);
	/* next() goes in an order of Lua's; time and memory depend on the machine */
	if (str_find(input, STR("next")) == input.len && str_find(buf_str(&one), STR("limit")) == one.len &&
	    str_find(buf_str(&two), STR("limit")) == two.len)
		assert(str_eq(buf_str(&one), buf_str(&two)));
	buf_release(&one);
	buf_release(&two);
	arena_release(&a);
}
