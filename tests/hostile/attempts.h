/*
 * What a text in Lua tries, to get out, to go on for ever or to use up all there is,
 * and what comes of it.  Each is the body of a function that gets b, a table with a
 * text; it is tried while settings are read, as a hook, and in a function that
 * skein.re calls.
 */
#ifndef TESTS_HOSTILE_ATTEMPTS_H
#define TESTS_HOSTILE_ATTEMPTS_H

#include <stdbool.h>

struct attempt {
	const char *name, *body;
	const char *outcome;	/* stands in what comes of it; "limit:" begins one that hit a limit */
	bool is_slow;
};

#define NOWHERE	": there is none in skein.lua"

static const struct attempt attempts[] = {
	/* ---- out: to files, programs, the environment, the machine ---- */
	{ "names", "return { a = io, b = os, c = package, d = debug, e = require, f = load, g = dofile, h = loadfile,"
	  " i = loadstring, j = collectgarbage, k = coroutine, l = string.dump, m = warn, n = module, o = getfenv,"
	  " p = string.pack, q = utf8.charpattern, r = math.randomseed }", "{}", false },
	{ "os.execute", "os.execute('touch escaped')", "attempt to index a nil value (global 'os')" NOWHERE, false },
	{ "io.open", "io.open('escaped', 'w'):write('x')", "(global 'io')" NOWHERE, false },
	{ "io.popen", "return io.popen('env'):read('a')", "(global 'io')" NOWHERE, false },
	{ "os.getenv", "return os.getenv('SKEIN_CANARY')", "(global 'os')" NOWHERE, false },
	{ "os.exit", "os.exit(0)", "(global 'os')" NOWHERE, false },
	{ "require", "return require('os').getenv('SKEIN_CANARY')", "(global 'require')" NOWHERE, false },
	{ "CVE-2022-0543", "local f = package.loadlib('/usr/lib/x86_64-linux-gnu/liblua5.4.so.0', 'luaopen_io')"
	  " return f().popen('id'):read('a')", "(global 'package')" NOWHERE, false },
	{ "debug.getregistry", "return debug.getregistry()", "(global 'debug')" NOWHERE, false },
	{ "debug.setupvalue", "debug.setupvalue(pcall, 1, nil)", "(global 'debug')" NOWHERE, false },
	{ "debug.sethook", "debug.sethook() while true do end", "(global 'debug')" NOWHERE, false },
	{ "load", "return load('return 1', 'x', 't', {})()", "(global 'load')" NOWHERE, false },
	{ "load bytecode", "return load('\\27Lua', 'x', 'b')", "(global 'load')" NOWHERE, false },
	{ "dofile", "dofile('/etc/passwd')", "(global 'dofile')" NOWHERE, false },
	{ "loadfile", "return loadfile('/proc/self/environ')", "(global 'loadfile')" NOWHERE, false },
	{ "string.dump", "return string.dump(function() end)", "attempt to call a nil value (field 'dump')", false },
	{ "dump of a text", "return ('x'):dump()", "attempt to call a nil value (method 'dump')", false },
	{ "_ENV", "local _ENV = setmetatable({}, { __index = function(t, k) return k end }) return os", "\"os\"", false },
	{ "_G", "local n = {} for k in pairs(_G) do n[#n + 1] = k end return table.concat(n, ' ')",
	  "\"_G _VERSION assert error getmetatable ipairs math next pairs pcall print rawequal rawget rawlen rawset "
	  "select setmetatable skein string table tonumber tostring type utf8 xpcall\"", false },
	{ "addresses", "return tostring({}) .. tostring(print) .. string.format('%s', {})", "\"tablefunctiontable\"", false },
	{ "address by %p", "return string.format('%-20p', {})", "invalid conversion '%p'", false },
	{ "a seed", "return math.random(1000000) .. math.random(1000000)", "\"", false },

	/* ---- out: by metatables ---- */
	{ "metatable of texts", "return getmetatable('') == false", "true", false },
	{ "metatable of texts set", "setmetatable('', { __index = os })", "table expected, got string", false },
	{ "metatable of texts changed", "rawset(getmetatable(''), '__index', {})", "table expected, got boolean", false },
	{ "patterns", "return string.find(('a'):rep(30), ('a?'):rep(26) .. ('a'):rep(26))", "use skein.re.find", false },
	{ "patterns by method", "return ('x'):gsub('.', '')", "use skein.re.gsub", false },
	{ "patterns by method 2", "return ('a'):rep(3000):match('.-.-.-b')", "use skein.re.match", false },
	{ "patterns in a loop", "for w in ('x'):gmatch('.') do end", "use skein.re.gmatch", false },
	{ "__gc", "setmetatable({}, { __gc = function() while true do end end })", "a metatable has no '__gc' here", false },
	{ "__gc later", "local m = {} for i = 1, 1000 do setmetatable({}, m) end"
	  " m.__gc = function() while true do end end local t = setmetatable({}, {}) t = nil"
	  " for i = 1, 20000 do t = {} end return 'fine'", "\"fine\"", false },
	{ "__mode", "setmetatable({}, { __mode = 'k' })", "a metatable has no '__mode' here", false },
	{ "__mode later", "local m = {} local t = setmetatable({}, m) m.__mode = 'k'"
	  " local k = {} for i = 1, 4000 do local n = {} t[k] = { n } k = n end return 'fine'", "\"fine\"", false },
	{ "__close", "local x <close> = setmetatable({}, { __close = function() while true do end end })",
	  "a metatable has no '__close' here", false },
	{ "__close later", "local m = {} local t = setmetatable({}, m) m.__close = function() while true do end end"
	  " local x <close> = t", "variable 'x' got a non-closable value", false },
	{ "__close of a loop", "local m = {} local t = setmetatable({}, m) m.__close = function() while true do end end"
	  " for k in next, {}, nil, t do end", "got a non-closable value", false },
	{ "__call of itself", "local t = {} setmetatable(t, { __call = t }) t()", "'__call' must be a function", false },
	{ "__index of itself", "local t = {} setmetatable(t, { __index = t }) return t.x", "'__index' chain too long", false },
	{ "__metatable", "local t = setmetatable({}, { __metatable = 1 }) setmetatable(t, {})",
	  "cannot change a protected metatable", false },
	{ "metatable is kept", "local m = {} m.__index = m function m.f() return 1 end"
	  " local t = setmetatable({}, m) function m.g() return 2 end return t.f() + t.g() + (getmetatable(t) == m and 4 or 0)",
	  "7", false },

	/* ---- for ever: loops, and errors that are caught ---- */
	{ "while", "while true do end", "limit: it takes more than", false },
	{ "repeat", "repeat until false", "limit: it takes more than", false },
	{ "goto", "::a:: goto a", "limit: it takes more than", false },
	{ "for", "for i = 1, math.maxinteger do end", "limit: it takes more than", false },
	{ "pcall", "while true do pcall(error) end", "limit: it takes more than", false },
	{ "pcall of a loop", "while true do pcall(function() while true do end end) end", "limit: it takes more than", false },
	{ "pcall of pcall", "while true do pcall(pcall, pcall, pcall, error) end", "limit: it takes more than", false },
	{ "xpcall with a loop", "xpcall(function() while true do end end, function() while true do end end)",
	  "limit: it takes more than", false },
	{ "xpcall of errors", "while true do xpcall(error, function(e) error(e) end) end", "error: ", false },
	{ "xpcall of itself", "return select('#', xpcall(error, pcall, xpcall))", "2", false },
	{ "error in words", "error(setmetatable({}, { __tostring = function() while true do end end }))",
	  "an error that is a table", false },
	{ "error of nothing", "error()", "an error that has no words", false },
	{ "error of NUL", "error('a\\0b')", "error: a", false },
	{ "words that are not", "return tostring(setmetatable({}, { __tostring = function() return {} end }))",
	  "'__tostring' must return a string", false },
	{ "coroutine", "local f = coroutine.wrap(function() while true do coroutine.yield() end end) while true do f() end",
	  "(global 'coroutine')" NOWHERE, false },
	{ "coroutine across pcall", "return coroutine.wrap(function() return pcall(coroutine.yield) end)()",
	  "(global 'coroutine')" NOWHERE, false },
	{ "__pairs", "for k in pairs(setmetatable({}, { __pairs = function() return function() return 1 end end })) do end",
	  "limit: it takes more than", false },
	{ "__eq", "local m = { __eq = function() while true do end end }"
	  " return setmetatable({}, m) == setmetatable({}, m)", "limit: it takes more than", false },
	{ "__index in a loop", "local t = setmetatable({}, { __index = function(t, k) while true do end end }) return t.x",
	  "limit: it takes more than", false },
	{ "next", "local t = {} for i = 1, 10000 do t['k' .. i] = 1 end for i = 1, 10000 do t['k' .. i] = nil end"
	  " while true do next(t) end", "limit: it takes more than", true },

	/* ---- for ever: in functions of C ---- */
	{ "rep of nothing", "return #string.rep('', 1 << 60)", "0", false },
	{ "rep", "return string.rep('x', 1 << 40)", "resulting string too large", false },
	{ "rep between", "return string.rep('', 1 << 50, ',')", "resulting string too large", false },
	{ "rep in a loop", "while true do pcall(string.rep, 'x', 1 << 19) end", "limit: ", false },
	{ "concat of a lie", "return table.concat(setmetatable({}, { __len = function() return 1 << 60 end,"
	  " __index = function() return 'x' end }))", "\"\"", false },
	{ "concat of a range", "return table.concat({}, 'x', 1, 1 << 62)", "invalid value (at index 1)", false },
	{ "concat to the end", "return table.concat({ [math.maxinteger] = 'x' }, '', math.maxinteger, math.maxinteger)",
	  "\"x\"", false },
	{ "unpack", "return select('#', table.unpack({}, 1, 1 << 40))", "too many results to unpack", false },
	{ "unpack of all", "return select('#', table.unpack({}, math.mininteger, math.maxinteger))",
	  "too many results to unpack", false },
	{ "unpack in a loop", "while true do pcall(table.unpack, {}, 1, 5000) end", "limit: ", false },
	{ "move", "table.move({}, 1, 1 << 60, 2)", "limit: it takes more than", false },
	{ "move down", "table.move({}, 1, 1 << 60, 2, {})", "limit: it takes more than", false },
	{ "move round", "table.move({}, -(1 << 62), 1 << 62, 1)", "too many elements to move", false },
	{ "insert into a lie", "local t = setmetatable({}, { __len = function() return 1 << 60 end })"
	  " table.insert(t, 1, 'x') return rawlen(t)", "1", false },
	{ "insert far away", "table.insert({}, 1 << 60, 'x')", "position out of bounds", false },
	{ "remove far away", "table.remove({ 1 }, 1 << 60)", "position out of bounds", false },
	{ "insert in front", "local t = {} while true do table.insert(t, 1, 1) end", "limit: ", false },
	{ "sort without order", "local t = {} for i = 1, 500 do t[i] = i end"
	  " table.sort(t, function() return true end) return #t", "500", false },
	{ "sort by chance", "local t = {} for i = 1, 500 do t[i] = i end"
	  " table.sort(t, function() return math.random(2) == 1 end) return #t", "500", false },
	{ "sort that takes away", "local t = { 3, 1, 2 } table.sort(t, function(a, b) t[1] = nil t[2] = nil return a < b end)"
	  " return t", "[1,2,3]", false },
	{ "sort of holes", "local t = { 1, nil, 3, nil, 5 } table.sort(t, function(a, b) return (a or 0) < (b or 0) end)"
	  " return 'fine'", "\"fine\"", false },
	{ "sort for ever", "local t = {} for i = 1, 5000 do t[i] = -i end while true do table.sort(t, function() end) end",
	  "limit: it takes more than", false },
	{ "sort of texts", "local s = ('x'):rep(1 << 18) local t = {} for i = 1, 60 do t[i] = s .. i end"
	  " while true do table.sort(t) t[1], t[60] = t[60], t[1] end", "limit: ", true },
	{ "widths", "return string.format('%99999d', 1)", "invalid conversion", false },
	{ "precisions", "return string.format('%.99999f', 1)", "invalid conversion", false },
	{ "format of much", "local s = ('x'):rep(1 << 19) local f = ('%.1s'):rep(200) local a = {}"
	  " for i = 1, 200 do a[i] = s end while true do string.format(f, table.unpack(a)) end",
	  "limit: it takes more than", false },
	{ "byte of much", "return select('#', string.byte(('x'):rep(1 << 20), 1, -1))", "", false },
	{ "utf8.char", "return utf8.char(0x7FFFFFFF)", "is a text that is not valid UTF-8", false },
	{ "utf8.codepoint", "while true do pcall(utf8.codepoint, ('x'):rep(1000), 1, -1) end", "limit: ", false },
	{ "utf8.len", "local s = ('\xC3\xA4'):rep(1 << 18) while true do utf8.len(s) end", "limit: ", false },
	{ "utf8.codes", "while true do for p in utf8.codes('abc') do end end", "limit: it takes more than", false },
	{ "texts as numbers", "local s = ('9'):rep(1 << 18) while true do local n = s + 0 end", "limit: ", true },
	{ "texts compared", "local s = ('x'):rep(1 << 19) local a, b = s .. 'a', s .. 'b' while a < b do end", "limit: ", true },
	{ "equal texts", "local s = ('x'):rep(1 << 19) local a, b = s .. 'a', s .. 'a' while a == b do end", "limit: ", true },
	{ "keys that collide", "local m = (1 << 20) - 1 local t = {} for i = 1, (1 << 19) + 1 do t[i * m] = true end",
	  "limit: ", false },
	{ "keys that collide again", "local m = (1 << 14) - 1 local t = {} for i = 1, 1 << 14 do t[i * m] = true end"
	  " while true do t[-1] = 1 t[-1] = nil t[-2] = 1 t[-2] = nil end", "limit: ", true },
	{ "ipairs for ever", "for i in ipairs(setmetatable({}, { __index = function() return 1 end })) do end",
	  "limit: it takes more than", false },

	/* ---- all there is: memory and depth ---- */
	{ "a text that doubles", "local s = 'x' while true do s = s .. s end", "limit: ", false },
	{ "texts", "local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(100000) .. i end", "limit: ", false },
	{ "tables", "local t for i = 1, 1e9 do t = { t } end", "limit: ", true },
	{ "a list", "local t = {} for i = 1, 1e9 do t[i] = i end", "limit: ", false },
	{ "closures", "local t for i = 1, 1e9 do local u = t t = function() return u end end", "limit: ", true },
	{ "memory that is caught", "local t = {} while true do pcall(function() for i = 1, 1e9 do t[#t + 1] = {} end end) end",
	  "limit: ", false },
	{ "calls", "local function f() return 1 + f() end f()", "limit: ", false },
	{ "calls that are caught", "local function f() pcall(f) return f() end f()", "limit: ", false },
	{ "calls by tail", "local function f() return f() end f()", "limit: it takes more than", false },
	{ "calls by __index", "local t t = setmetatable({}, { __index = function(_, k) return t[k] end }) return t.x",
	  "C stack overflow", false },
	{ "calls by __tostring", "local t t = setmetatable({}, { __tostring = function() return tostring(t) end })"
	  " return tostring(t)", "C stack overflow", false },
	{ "calls by sort", "local function f() table.sort({ 1, 2 }, f) end f()", "C stack overflow", false },
	{ "arguments", "local function f(...) return f(1, ...) end f()", "limit: ", true },
	{ "print", "while true do print('x') end", "it prints more than 64 KiB", false },
	{ "print that is caught", "while true do pcall(print, 'x') end", "limit: it takes more than", false },

	/* ---- what comes back ---- */
	{ "a circle", "local t = {} t.t = t return t", "t' is a table that it stands in itself", false },
	{ "depth", "local t = {} for i = 1, 100 do t = { t } end return t", "stands in too many tables", false },
	{ "much", "local t = {} for i = 1, 40000 do t[i] = i end return { t, t, t, t, t, t, t }", "limit: ", true },
	{ "doubling", "local t = {} for i = 1, 25 do t = { t, t } end return t", "limit: ", true },
	{ "a text again and again", "local s = ('x'):rep(1 << 19) local t = {} for i = 1, 100 do t[i] = s end return t",
	  "limit: ", false },
	{ "emptiness", "local e = {} for i = 1, 16000 do e['k' .. i] = 1 end for k in pairs(e) do e[k] = nil end"
	  " local t = {} for i = 1, 60000 do t[i] = e end return t", "", true },
	{ "no number", "return { n = 0 / 0 }", "n' is not a finite number", false },
	{ "infinity", "return { { n = math.huge } }", "[1].n' is not a finite number", false },
	{ "the last integer", "return { math.mininteger, math.maxinteger }",
	  "[-9223372036854775808,9223372036854775807]", false },
	{ "a NUL", "return { s = 'a\\0b' }", "s' is a text with a NUL in it", false },
	{ "no UTF-8", "return { s = '\\xff' }", "s' is a text that is not valid UTF-8", false },
	{ "a key with a NUL", "return { ['a\\0b'] = 1 }", "is a table with keys that are neither", false },
	{ "a key that is true", "return { x = { [true] = 1 } }", "x' is a table with keys that are neither", false },
	{ "keys of both kinds", "return { 1, 2, x = 3 }", "is a table with keys that are neither", false },
	{ "a hole", "return { 1, nil, 3 }", "", false },
	{ "a lie", "return setmetatable({ a = 1 }, { __len = function() return 1 << 60 end, __pairs = error,"
	  " __index = function() return 1 end })", "{\"a\":1}", false },
	{ "a function", "return { f = function() end }", "{\"f\":{\"function\":", false },

	/* ---- skein.re ---- */
	{ "re: nested repeats", "return skein.re.match(('a'):rep(40) .. 'b', '^(?:(a+)+)+$')", "", false },
	{ "re: optional", "return skein.re.match(('a'):rep(25), '^(a?){25}a{25}c$')", "", false },
	{ "re: blanks", "return skein.re.match((' '):rep(100000) .. 'x', '\\\\s+$')", "", false },
	{ "re: recursion", "return skein.re.match(('('):rep(5000), '(\\\\((?1)*\\\\))+')", "", false },
	{ "re: look behind", "return skein.re.match(('a'):rep(5000), '(?<!a)(a+)+(?!.)(?<=b)')", "", false },
	{ "re: in a loop", "while true do pcall(skein.re.match, ('a'):rep(3000) .. 'b', '^(a+)+$') end", "limit: ", false },
	{ "re: bytes", "return skein.re.match('x', '\\\\C')", "the pattern is wrong", false },
	{ "re: not closed", "return skein.re.match('x', '(a')", "the pattern is wrong", false },
	{ "re: too long", "return skein.re.match('x', ('a'):rep(5000))", "the pattern is wrong", false },
	{ "re: too large", "return skein.re.match('x', '((a{1000}){1000}){1000}')", "the pattern is wrong", false },
	{ "re: many", "for i = 1, 1e9 do skein.re.match('x', 'a' .. i) end", "limit: ", false },
	{ "re: its own limits", "return skein.re.match('aaa', '(*LIMIT_MATCH=4000000000)a+')", "\"aaa\"", false },
	{ "re: callouts", "return skein.re.match('aaa', '(?C255)a+(?C)')", "\"aaa\"", false },
	{ "re: no UTF-8", "return skein.re.match('\\xff', '.')", "it is not valid UTF-8", false },
	{ "re: no UTF-8 in a pattern", "return skein.re.match('x', '\\xff')", "it is not valid UTF-8", false },
	{ "re: within a character", "return skein.re.find('\xC3\xA4x', 'x', 2)", "3", false },
	{ "re: far away", "return skein.re.find('x', 'x', math.maxinteger)", "null", false },
	{ "re: far before", "return skein.re.find('x', 'x', math.mininteger)", "1", false },
	{ "re: replaced by much", "local s = ('x'):rep(1 << 17) return skein.re.gsub(s, '.+', ('$0'):rep(2000))", "limit: ", false },
	{ "re: wrong replacement", "return skein.re.gsub('x', 'x', '$2')", "the replacement is wrong", false },
	{ "re: replaced by a table", "return skein.re.gsub('x', 'x', function() return {} end)",
	  "invalid replacement value (a table)", false },
	{ "re: within itself", "local function f(c) return skein.re.gsub(c, '.', f) end return f('x')", "C stack overflow", false },
	{ "re: the same within", "return skein.re.gsub('abc', '(.)', function(c)"
	  " for i = 1, 25 do skein.re.match('zz', '(.)') skein.re.match('y', c .. i) end return c:upper() end)", "\"ABC\"", false },
	{ "re: an error within", "return skein.re.gsub('abc', '.', function(c) error('x') end)", "error: x", false },
	{ "re: empty for ever", "local n = 0 for w in skein.re.gmatch(('x'):rep(500), '') do n = n + 1 end return n", "501", false },
	{ "re: a table that answers", "return skein.re.gsub('abc', '.', setmetatable({}, { __index = function(t, k)"
	  " while true do end end }))", "limit: it takes more than", false },
	{ "re: its metatable", "return tostring(getmetatable(skein.re.gmatch('x', 'x')))", "\"nil\"", false },
	{ "re: look ahead for ever", "while true do skein.re.gsub(('x'):rep(2000), 'x(?=.*y)', '') end", "limit: ", false },
};

enum { NATTEMPTS = sizeof attempts / sizeof *attempts };

#endif
