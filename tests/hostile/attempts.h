/*
 * What a text in Lua tries, to get out, to go on for ever or to use up all there is,
 * and what comes of it.  Each is the body of a function that gets b, a table with a
 * text; it is tried while settings are read, as a hook, and in a function that
 * skein.re calls.
 */
#ifndef TESTS_HOSTILE_ATTEMPTS_H
#define TESTS_HOSTILE_ATTEMPTS_H

struct attempt {
	const char *name, *body;
	const char *outcome;	/* stands in what comes of it; "limit:" begins one that hit a limit */
};

#define NOWHERE	": there is none in skein.lua"

static const struct attempt attempts[] = {
	/* ---- out: to files, programs, the environment, the machine ---- */
	{ "names", "return { a = io, b = os, c = package, d = debug, e = require, f = load, g = dofile, h = loadfile,"
	  " i = loadstring, j = collectgarbage, k = coroutine, l = string.dump, m = warn, n = module, o = getfenv,"
	  " p = string.pack, q = utf8.charpattern, r = math.randomseed }", "{}" },
	{ "os.execute", "os.execute('touch escaped')", "attempt to index a nil value (global 'os')" NOWHERE },
	{ "io.open", "io.open('escaped', 'w'):write('x')", "(global 'io')" NOWHERE },
	{ "io.popen", "return io.popen('env'):read('a')", "(global 'io')" NOWHERE },
	{ "os.getenv", "return os.getenv('SKEIN_CANARY')", "(global 'os')" NOWHERE },
	{ "os.exit", "os.exit(0)", "(global 'os')" NOWHERE },
	{ "require", "return require('os').getenv('SKEIN_CANARY')", "(global 'require')" NOWHERE },
	{ "CVE-2022-0543", "local f = package.loadlib('/usr/lib/x86_64-linux-gnu/liblua5.4.so.0', 'luaopen_io')"
	  " return f().popen('id'):read('a')", "(global 'package')" NOWHERE },
	{ "debug.getregistry", "return debug.getregistry()", "(global 'debug')" NOWHERE },
	{ "debug.setupvalue", "debug.setupvalue(pcall, 1, nil)", "(global 'debug')" NOWHERE },
	{ "debug.sethook", "debug.sethook() while true do end", "(global 'debug')" NOWHERE },
	{ "load", "return load('return 1', 'x', 't', {})()", "(global 'load')" NOWHERE },
	{ "load bytecode", "return load('\\27Lua', 'x', 'b')", "(global 'load')" NOWHERE },
	{ "dofile", "dofile('/etc/passwd')", "(global 'dofile')" NOWHERE },
	{ "loadfile", "return loadfile('/proc/self/environ')", "(global 'loadfile')" NOWHERE },
	{ "string.dump", "return string.dump(function() end)", "attempt to call a nil value (field 'dump')" },
	{ "dump of a text", "return ('x'):dump()", "attempt to call a nil value (method 'dump')" },
	{ "_ENV", "local _ENV = setmetatable({}, { __index = function(t, k) return k end }) return os", "\"os\"" },
	{ "_G", "local n = {} for k in pairs(_G) do n[#n + 1] = k end return table.concat(n, ' ')",
	  "\"_G _VERSION assert error getmetatable ipairs math next pairs pcall print rawequal rawget rawlen rawset "
	  "select setmetatable skein string table tonumber tostring type utf8 xpcall\"" },
	{ "addresses", "return tostring({}) .. tostring(print) .. string.format('%s', {})", "\"tablefunctiontable\"" },
	{ "address by %p", "return string.format('%-20p', {})", "invalid conversion '%p'" },
	{ "a seed", "return math.random(1000000) .. math.random(1000000)", "\"" },

	/* ---- out: by metatables ---- */
	{ "metatable of texts", "return getmetatable('') == false", "true" },
	{ "metatable of texts set", "setmetatable('', { __index = os })", "table expected, got string" },
	{ "metatable of texts changed", "rawset(getmetatable(''), '__index', {})", "table expected, got boolean" },
	{ "patterns", "return string.find(('a'):rep(30), ('a?'):rep(26) .. ('a'):rep(26))", "use skein.re.find" },
	{ "patterns by method", "return ('x'):gsub('.', '')", "use skein.re.gsub" },
	{ "patterns by method 2", "return ('a'):rep(3000):match('.-.-.-b')", "use skein.re.match" },
	{ "patterns in a loop", "for w in ('x'):gmatch('.') do end", "use skein.re.gmatch" },
	{ "__gc", "setmetatable({}, { __gc = function() while true do end end })", "a metatable has no '__gc' here" },
	{ "__gc later", "local m = {} for i = 1, 1000 do setmetatable({}, m) end"
	  " m.__gc = function() while true do end end local t = setmetatable({}, {}) t = nil"
	  " for i = 1, 20000 do t = {} end return 'fine'", "\"fine\"" },
	{ "__mode", "setmetatable({}, { __mode = 'k' })", "a metatable has no '__mode' here" },
	{ "__mode later", "local m = {} local t = setmetatable({}, m) m.__mode = 'k'"
	  " local k = {} for i = 1, 4000 do local n = {} t[k] = { n } k = n end return 'fine'", "\"fine\"" },
	{ "__close", "local x <close> = setmetatable({}, { __close = function() while true do end end })",
	  "a metatable has no '__close' here" },
	{ "__close later", "local m = {} local t = setmetatable({}, m) m.__close = function() while true do end end"
	  " local x <close> = t", "variable 'x' got a non-closable value" },
	{ "__close of a loop", "local m = {} local t = setmetatable({}, m) m.__close = function() while true do end end"
	  " for k in next, {}, nil, t do end", "got a non-closable value" },
	{ "__call of itself", "local t = {} setmetatable(t, { __call = t }) t()", "'__call' must be a function" },
	{ "__index of itself", "local t = {} setmetatable(t, { __index = t }) return t.x", "'__index' chain too long" },
	{ "__metatable", "local t = setmetatable({}, { __metatable = 1 }) setmetatable(t, {})",
	  "cannot change a protected metatable" },
	{ "metatable is kept", "local m = {} m.__index = m function m.f() return 1 end"
	  " local t = setmetatable({}, m) function m.g() return 2 end return t.f() + t.g() + (getmetatable(t) == m and 4 or 0)",
	  "7" },

	/* ---- for ever: loops, and errors that are caught ---- */
	{ "while", "while true do end", "limit: it takes more than" },
	{ "repeat", "repeat until false", "limit: it takes more than" },
	{ "goto", "::a:: goto a", "limit: it takes more than" },
	{ "for", "for i = 1, math.maxinteger do end", "limit: it takes more than" },
	{ "pcall", "while true do pcall(error) end", "limit: it takes more than" },
	{ "pcall of a loop", "while true do pcall(function() while true do end end) end", "limit: it takes more than" },
	{ "pcall of pcall", "while true do pcall(pcall, pcall, pcall, error) end", "limit: it takes more than" },
	{ "xpcall with a loop", "xpcall(function() while true do end end, function() while true do end end)",
	  "limit: it takes more than" },
	{ "xpcall of errors", "while true do xpcall(error, function(e) error(e) end) end", "error: " },
	{ "xpcall of itself", "return select('#', xpcall(error, pcall, xpcall))", "2" },
	{ "error in words", "error(setmetatable({}, { __tostring = function() while true do end end }))",
	  "an error that is a table" },
	{ "error of nothing", "error()", "an error that has no words" },
	{ "error of NUL", "error('a\\0b')", "error: a" },
	{ "words that are not", "return tostring(setmetatable({}, { __tostring = function() return {} end }))",
	  "'__tostring' must return a string" },
	{ "coroutine", "local f = coroutine.wrap(function() while true do coroutine.yield() end end) while true do f() end",
	  "(global 'coroutine')" NOWHERE },
	{ "coroutine across pcall", "return coroutine.wrap(function() return pcall(coroutine.yield) end)()",
	  "(global 'coroutine')" NOWHERE },
	{ "__pairs", "for k in pairs(setmetatable({}, { __pairs = function() return function() return 1 end end })) do end",
	  "limit: it takes more than" },
	{ "__eq", "local m = { __eq = function() while true do end end }"
	  " return setmetatable({}, m) == setmetatable({}, m)", "limit: it takes more than" },
	{ "__index in a loop", "local t = setmetatable({}, { __index = function(t, k) while true do end end }) return t.x",
	  "limit: it takes more than" },
	{ "next", "local t = {} for i = 1, 10000 do t['k' .. i] = 1 end for i = 1, 10000 do t['k' .. i] = nil end"
	  " while true do next(t) end", "limit: it takes more than" },

	/* ---- for ever: in functions of C ---- */
	{ "rep of nothing", "return #string.rep('', 1 << 60)", "0" },
	{ "rep", "return string.rep('x', 1 << 40)", "resulting string too large" },
	{ "rep between", "return string.rep('', 1 << 50, ',')", "resulting string too large" },
	{ "rep in a loop", "while true do pcall(string.rep, 'x', 1 << 19) end", "limit: " },
	{ "concat of a lie", "return table.concat(setmetatable({}, { __len = function() return 1 << 60 end,"
	  " __index = function() return 'x' end }))", "\"\"" },
	{ "concat of a range", "return table.concat({}, 'x', 1, 1 << 62)", "invalid value (at index 1)" },
	{ "concat to the end", "return table.concat({ [math.maxinteger] = 'x' }, '', math.maxinteger, math.maxinteger)",
	  "\"x\"" },
	{ "unpack", "return select('#', table.unpack({}, 1, 1 << 40))", "too many results to unpack" },
	{ "unpack of all", "return select('#', table.unpack({}, math.mininteger, math.maxinteger))",
	  "too many results to unpack" },
	{ "unpack in a loop", "while true do pcall(table.unpack, {}, 1, 5000) end", "limit: " },
	{ "move", "table.move({}, 1, 1 << 60, 2)", "limit: it takes more than" },
	{ "move down", "table.move({}, 1, 1 << 60, 2, {})", "limit: it takes more than" },
	{ "move round", "table.move({}, -(1 << 62), 1 << 62, 1)", "too many elements to move" },
	{ "insert into a lie", "local t = setmetatable({}, { __len = function() return 1 << 60 end })"
	  " table.insert(t, 1, 'x') return rawlen(t)", "1" },
	{ "insert far away", "table.insert({}, 1 << 60, 'x')", "position out of bounds" },
	{ "remove far away", "table.remove({ 1 }, 1 << 60)", "position out of bounds" },
	{ "insert in front", "local t = {} while true do table.insert(t, 1, 1) end", "limit: " },
	{ "sort without order", "local t = {} for i = 1, 500 do t[i] = i end"
	  " table.sort(t, function() return true end) return #t", "500" },
	{ "sort by chance", "local t = {} for i = 1, 500 do t[i] = i end"
	  " table.sort(t, function() return math.random(2) == 1 end) return #t", "500" },
	{ "sort that takes away", "local t = { 3, 1, 2 } table.sort(t, function(a, b) t[1] = nil t[2] = nil return a < b end)"
	  " return t", "[1,2,3]" },
	{ "sort of holes", "local t = { 1, nil, 3, nil, 5 } table.sort(t, function(a, b) return (a or 0) < (b or 0) end)"
	  " return 'fine'", "\"fine\"" },
	{ "sort for ever", "local t = {} for i = 1, 5000 do t[i] = -i end while true do table.sort(t, function() end) end",
	  "limit: it takes more than" },
	{ "sort of texts", "local s = ('x'):rep(1 << 18) local t = {} for i = 1, 60 do t[i] = s .. i end"
	  " while true do table.sort(t) t[1], t[60] = t[60], t[1] end", "limit: " },
	{ "widths", "return string.format('%99999d', 1)", "invalid conversion" },
	{ "precisions", "return string.format('%.99999f', 1)", "invalid conversion" },
	{ "format of much", "local s = ('x'):rep(1 << 19) local f = ('%.1s'):rep(200) local a = {}"
	  " for i = 1, 200 do a[i] = s end while true do string.format(f, table.unpack(a)) end",
	  "limit: it takes more than" },
	{ "byte of much", "return select('#', string.byte(('x'):rep(1 << 20), 1, -1))", "" },
	{ "utf8.char", "return utf8.char(0x7FFFFFFF)", "is a text that is not valid UTF-8" },
	{ "utf8.codepoint", "while true do pcall(utf8.codepoint, ('x'):rep(1000), 1, -1) end", "limit: " },
	{ "utf8.len", "local s = ('\xC3\xA4'):rep(1 << 18) while true do utf8.len(s) end", "limit: " },
	{ "utf8.codes", "while true do for p in utf8.codes('abc') do end end", "limit: it takes more than" },
	{ "texts as numbers", "local s = ('9'):rep(1 << 18) while true do local n = s + 0 end", "limit: " },
	{ "texts compared", "local s = ('x'):rep(1 << 19) local a, b = s .. 'a', s .. 'b' while a < b do end", "limit: " },
	{ "equal texts", "local s = ('x'):rep(1 << 19) local a, b = s .. 'a', s .. 'a' while a == b do end", "limit: " },
	{ "keys that collide", "local m = (1 << 20) - 1 local t = {} for i = 1, (1 << 19) + 1 do t[i * m] = true end",
	  "limit: " },
	{ "keys that collide again", "local m = (1 << 14) - 1 local t = {} for i = 1, 1 << 14 do t[i * m] = true end"
	  " while true do t[-1] = 1 t[-1] = nil t[-2] = 1 t[-2] = nil end", "limit: " },
	{ "ipairs for ever", "for i in ipairs(setmetatable({}, { __index = function() return 1 end })) do end",
	  "limit: it takes more than" },

	/* ---- all there is: memory and depth ---- */
	{ "a text that doubles", "local s = 'x' while true do s = s .. s end", "limit: it makes a text" },
	{ "texts", "local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(100000) .. i end", "limit: " },
	{ "tables", "local t for i = 1, 1e9 do t = { t } end", "limit: " },
	{ "a list", "local t = {} for i = 1, 1e9 do t[i] = i end", "limit: " },
	{ "closures", "local t for i = 1, 1e9 do local u = t t = function() return u end end", "limit: " },
	{ "memory that is caught", "local t = {} while true do pcall(function() for i = 1, 1e9 do t[#t + 1] = {} end end) end",
	  "limit: " },
	{ "calls", "local function f() return 1 + f() end f()", "stack" },
	{ "calls that are caught", "local function f() pcall(f) return f() end f()", "limit: " },
	{ "calls by tail", "local function f() return f() end f()", "limit: it takes more than" },
	{ "calls by __index", "local t t = setmetatable({}, { __index = function(_, k) return t[k] end }) return t.x",
	  "C stack overflow" },
	{ "calls by __tostring", "local t t = setmetatable({}, { __tostring = function() return tostring(t) end })"
	  " return tostring(t)", "C stack overflow" },
	{ "calls by sort", "local function f() table.sort({ 1, 2 }, f) end f()", "C stack overflow" },
	{ "arguments", "local function f(...) return f(1, ...) end f()", "limit: " },
	{ "print", "while true do print('x') end", "it prints more than 64 KiB" },
	{ "print that is caught", "while true do pcall(print, 'x') end", "limit: it takes more than" },

	/* ---- what comes back ---- */
	{ "a circle", "local t = {} t.t = t return t", "t' is a table that it stands in itself" },
	{ "depth", "local t = {} for i = 1, 100 do t = { t } end return t", "stands in too many tables" },
	{ "much", "local t = {} for i = 1, 40000 do t[i] = i end return { t, t, t, t, t, t, t }", "limit: " },
	{ "doubling", "local t = {} for i = 1, 25 do t = { t, t } end return t", "limit: " },
	{ "a text again and again", "local s = ('x'):rep(1 << 19) local t = {} for i = 1, 100 do t[i] = s end return t",
	  "limit: " },
	{ "emptiness", "local e = {} for i = 1, 16000 do e['k' .. i] = 1 end for k in pairs(e) do e[k] = nil end"
	  " local t = {} for i = 1, 60000 do t[i] = e end return t", "" },
	{ "no number", "return { n = 0 / 0 }", "n' is not a finite number" },
	{ "infinity", "return { { n = math.huge } }", "[1].n' is not a finite number" },
	{ "the last integer", "return { math.mininteger, math.maxinteger }",
	  "[-9223372036854775808,9223372036854775807]" },
	{ "a NUL", "return { s = 'a\\0b' }", "s' is a text with a NUL in it" },
	{ "no UTF-8", "return { s = '\\xff' }", "s' is a text that is not valid UTF-8" },
	{ "a key with a NUL", "return { ['a\\0b'] = 1 }", "is a table with keys that are neither" },
	{ "a key that is true", "return { x = { [true] = 1 } }", "x' is a table with keys that are neither" },
	{ "keys of both kinds", "return { 1, 2, x = 3 }", "is a table with keys that are neither" },
	{ "a hole", "return { 1, nil, 3 }", "" },
	{ "a lie", "return setmetatable({ a = 1 }, { __len = function() return 1 << 60 end, __pairs = error,"
	  " __index = function() return 1 end })", "{\"a\":1}" },
	{ "a function", "return { f = function() end }", "{\"f\":{\"function\":" },

	/* ---- skein.re ---- */
	{ "re: nested repeats", "return skein.re.match(('a'):rep(40) .. 'b', '^(?:(a+)+)+$')", "" },
	{ "re: optional", "return skein.re.match(('a'):rep(25), '^(a?){25}a{25}c$')", "" },
	{ "re: blanks", "return skein.re.match((' '):rep(100000) .. 'x', '\\\\s+$')", "" },
	{ "re: recursion", "return skein.re.match(('('):rep(5000), '(\\\\((?1)*\\\\))+')", "" },
	{ "re: look behind", "return skein.re.match(('a'):rep(5000), '(?<!a)(a+)+(?!.)(?<=b)')", "" },
	{ "re: in a loop", "while true do pcall(skein.re.match, ('a'):rep(3000) .. 'b', '^(a+)+$') end", "limit: " },
	{ "re: bytes", "return skein.re.match('x', '\\\\C')", "the pattern is wrong" },
	{ "re: not closed", "return skein.re.match('x', '(a')", "the pattern is wrong" },
	{ "re: too long", "return skein.re.match('x', ('a'):rep(5000))", "the pattern is wrong" },
	{ "re: too large", "return skein.re.match('x', '((a{1000}){1000}){1000}')", "the pattern is wrong" },
	{ "re: many", "for i = 1, 1e9 do skein.re.match('x', 'a' .. i) end", "limit: " },
	{ "re: its own limits", "return skein.re.match('aaa', '(*LIMIT_MATCH=4000000000)a+')", "\"aaa\"" },
	{ "re: callouts", "return skein.re.match('aaa', '(?C255)a+(?C)')", "\"aaa\"" },
	{ "re: no UTF-8", "return skein.re.match('\\xff', '.')", "it is not valid UTF-8" },
	{ "re: no UTF-8 in a pattern", "return skein.re.match('x', '\\xff')", "it is not valid UTF-8" },
	{ "re: within a character", "return skein.re.find('\xC3\xA4x', 'x', 2)", "3" },
	{ "re: far away", "return skein.re.find('x', 'x', math.maxinteger)", "null" },
	{ "re: far before", "return skein.re.find('x', 'x', math.mininteger)", "1" },
	{ "re: replaced by much", "local s = ('x'):rep(1 << 17) return skein.re.gsub(s, '.+', ('$0'):rep(2000))", "limit: " },
	{ "re: wrong replacement", "return skein.re.gsub('x', 'x', '$2')", "the replacement is wrong" },
	{ "re: replaced by a table", "return skein.re.gsub('x', 'x', function() return {} end)",
	  "invalid replacement value (a table)" },
	{ "re: within itself", "local function f(c) return skein.re.gsub(c, '.', f) end return f('x')", "C stack overflow" },
	{ "re: the same within", "return skein.re.gsub('abc', '(.)', function(c)"
	  " for i = 1, 100 do skein.re.match('zz', '(.)') skein.re.match('y', 'p' .. i) end return c:upper() end)", "\"ABC\"" },
	{ "re: an error within", "return skein.re.gsub('abc', '.', function(c) error('x') end)", "error: x" },
	{ "re: empty for ever", "local n = 0 for w in skein.re.gmatch(('x'):rep(500), '') do n = n + 1 end return n", "501" },
	{ "re: a table that answers", "return skein.re.gsub('abc', '.', setmetatable({}, { __index = function(t, k)"
	  " while true do end end }))", "limit: it takes more than" },
	{ "re: its metatable", "return tostring(getmetatable(skein.re.gmatch('x', 'x')))", "\"nil\"" },
	{ "re: look ahead for ever", "while true do skein.re.gsub(('x'):rep(2000), 'x(?=.*y)', '') end", "limit: " },
};

enum { NATTEMPTS = sizeof attempts / sizeof *attempts };

#endif
