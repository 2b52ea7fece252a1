load ../helper

# Lua cells: in the session of the C cells around them.

@test "Lua cells of a session share globals and the variables of their top level, and show values" {
  cat >doc.md <<'EOF'
```lua {run}
local x = 20
local function more() x = x + 1; return x end
y = { list = { 1, 2 }, name = "it" }
print("one", more())
```

```{lua}
x = x + 1
more()
```

```lua {run}
y
```
EOF
  run -0 skein run -o out.md doc.md
  diff -u - <(sed -n '/^```output/,/^```$/p' out.md) <<'EOF'
```output
one	21
```
```output
23
```
```output
{list = {1, 2}, name = "it"}
```
EOF
}

@test "an error of a Lua cell is told with its lines, and the session goes on without it" {
  cat >doc.md <<'EOF'
```lua {run}
n = 1
```

```lua {run #outer}
function outer(t)
  n = n + 1
  return t.a.b
end
```

```lua {run fails=error}
outer({})
```

```lua {run}
n
```

```lua {run}
error({ code = 3 })
```

```lua {run fails=compile}
for i = 1 do
```
EOF
  run -5 --separate-stderr skein run -o out.md doc.md
  diff -u - <(sed -n '/^```output/,/^```$/p' out.md) <<'EOF'
```output-error
error: attempt to index a nil value (field 'a')
line 1: outer({})
in outer, cell outer line 3: return t.a.b
state: as before this cell
```
```output
1
```
```output-error
error: {code = 3}
line 1: error({ code = 3 })
state: as before this cell
```
```output-error
line 1: error: ',' expected near 'do'
```
EOF
  [[ $stderr == *"doc.md:21:1: error: this cell failed: error: {code = 3} [error]"* ]]
}

# outputs FILE: the output fences of a document, without their lines of backticks.
outputs() {
  sed -n '/^```output/,/^```$/p' "$1"
}

@test "values of Lua are shown so that they are the same in each run" {
  cat >doc.md <<'EOF'
```lua {run}
t = { 3, 1, z = true, ["a b"] = "q\"\n", [-1] = 2, f = print, g = function() end, nested = { {}, {} } }
t.self = t
t
```

```lua {run}
"as it is", 1 // 1, 1 / 2, nil, coroutine.create(print), io.stdout, setmetatable({}, { __tostring = function() return "mine" end })
```

```lua {run}
io.write("silent\n")
```

```lua {run}
local long = {}
for i = 1, 120 do long[i] = i * 100 end
return long
```

```lua {run}
tostring("unseen");
```

```lua {run show=output}
tostring("unseen")
```
EOF
  run -0 skein run -o out.md doc.md
  diff -u - <(outputs out.md) <<'EOF'
```output
{
  3, 1,
  [-1] = 2,
  ["a b"] = "q\"\n",
  f = function of C,
  g = function of cell, line 1,
  nested = {{}, {}},
  self = {...},
  z = true
}
```
```output
as it is	1	0.5	nil	thread	file	mine
```
```output
silent
```
```output
{
  100, 200, 300, 400, 500, 600, 700, 800, 900, 1000, 1100, 1200, 1300, 1400,
  1500, 1600, 1700, 1800, 1900, 2000, 2100, 2200, 2300, 2400, 2500, 2600,
  2700, 2800, 2900, 3000, 3100, 3200, 3300, 3400, 3500, 3600, 3700, 3800,
  3900, 4000, 4100, 4200, 4300, 4400, 4500, 4600, 4700, 4800, 4900, 5000,
  5100, 5200, 5300, 5400, 5500, 5600, 5700, 5800, 5900, 6000, 6100, 6200,
  6300, 6400, 6500, 6600, 6700, 6800, 6900, 7000, 7100, 7200, 7300, 7400,
  7500, 7600, 7700, 7800, 7900, 8000, 8100, 8200, 8300, 8400, 8500, 8600,
  8700, 8800, 8900, 9000, 9100, 9200, 9300, 9400, 9500, 9600, 9700, 9800,
  9900, 10000, ... (20 more)
}
```
EOF
}

@test "each way for a Lua cell to fail is of its kind, and has its lines" {
  cat >doc.md <<'EOF'
```lua {run fails=timeout timeout=200ms}
local n = 0
for i = 1, 10 do
  while true do
    n = n + 1
  end
end
```

```lua {run fails=timeout timeout=200ms}
string.find(("a"):rep(30), ("a?"):rep(30) .. ("a"):rep(30))
```

```lua {run fails=memory memory=64M}
local function fill()
  local t = {}
  for i = 1, 1e9 do t[i] = ("x"):rep(1000) .. i end
end
fill()
```

```lua {run fails=exit:3}
os.exit(3)
```

```lua {run fails=error}
local function deep(n) return 1 + deep(n + 1) end
deep(1)
```

```lua {run fails=error}
local walk = coroutine.wrap(function()
  error("inside")
end)
walk()
```

```lua {run fails=error}
local function f(s) return s:gsub(".", f) .. nothing end
string.rep("x", -1):rep(2, f("abc"))
```

```lua {run fails-with="not found"}
require "no.such.module"
```

```lua {run fails=crash}
error()
```
EOF
  run -5 --separate-stderr skein run -o out.md doc.md
  diff -u - <(outputs out.md | grep -v '^state:') <<'EOF'
```output-error
stopped after 0.2 s: still running (limit: timeout)
line 2: for i = 1, 10 do
```
```output-error
stopped after 0.2 s: still running (limit: timeout)
line 1: string.find(("a"):rep(30), ("a?"):rep(30) .. ("a"):rep(30))
```
```output-error
stopped: needed more than 64 MiB (limit: memory)
line 5: fill()
in fill, line 3: for i = 1, 1e9 do t[i] = ("x"):rep(1000) .. i end
```
```output-error
ended early by exit(3)
line 1: os.exit(3)
```
```output-error
error: stack overflow
line 2: deep(1)
... more calls of deep
in deep, line 1: local function deep(n) return 1 + deep(n + 1) end
```
```output-error
error: inside
line 4: walk()
in the function of line 1, line 2: error("inside")
```
```output-error
error: C stack overflow
line 2: string.rep("x", -1):rep(2, f("abc"))
in f, line 1: local function f(s) return s:gsub(".", f) .. nothing end
... more calls of the function of line 1
in the function of line 1, line 1: local function f(s) return s:gsub(".", f) .. nothing end
```
```output-error
error: module 'no.such.module' not found
line 1: require "no.such.module"
```
```output-error
error: nil
line 1: error()
```
EOF
  [[ $stderr == *"doc.md:48:"*"[error]"* ]]
}

@test "variables of the top level are those of the cells before, whatever became of them" {
  cat >doc.md <<'EOF'
```lua {run}
local a, b <const> = 1, 2
local function get() return a end
local gone <close> = setmetatable({}, { __close = function() print("closed") end })
```

```lua {run}
a = a + b
print(get(), gone)
local a = "another"
goto done
a = "never"
::done::
```

```lua {run fails=error}
a = "spoiled"
local fresh = 5
error("so it is not")
```

```lua {run}
local i, n = 1, 0
while i <= 3 do
  local a = i
  n, i = n + a, i + 1
end
print(a, fresh, get(), n)
```

```lua {run session=other}
print(a, get)
```

```lua {run session=none args="one two"}
print(a, arg[0], arg[2], ...)
```

```lua {run}
local kept, early = 5
if kept then goto done end
local late = 6
::done::
```

```lua {run}
kept, late
```
EOF
  run -0 skein run -o out.md doc.md
  diff -u - <(outputs out.md | grep -v '^state:') <<'EOF'
```output
closed
```
```output
3	nil
```
```output-error
error: so it is not
line 3: error("so it is not")
```
```output
another	nil	3	6
```
```output
nil	nil
```
```output
nil	cell	two	one	two
```
```output
nil	nil
```
EOF
}

@test "Lua cells have input, options in their lines, references and hidden cells, and share stdout with C" {
  cat >doc.md <<'EOF'
<!-- skein: cell lua
hidden = "from the comment"
-->

```lua {#greet}
function greet(n)
  return "hi " .. n
end
```

```lua
--| run: true
--| stdin-from: greet
<<greet>>
print(greet(hidden), io.read("l"))
```

```c
#include <stdio.h>
int n = 0;
printf("C ");
```

```lua {run fails=error}
io.write("one ")
<<greet>>
io.flush()
os.execute("printf 'two '")
greet()
```

```{lua} 
print("Lua", #arg)
warn("careful")
```

```c
printf("C again\n");
```

```lua {run=compile}
error("not run")
```
EOF
  run -0 skein run -o out.md doc.md
  diff -u - <(outputs out.md) <<'EOF'
```output
hi from the comment	function greet(n)
```
```output
C 
```
```output
one two 
```
```output-error
error: attempt to concatenate a nil value (local 'n')
line 7: greet()
in greet, line 3: return "hi " .. n
state: as before this cell
```
```output
Lua	0
```
```output-stderr
warning: careful
```
```output
C again
```
EOF
}

@test "a warm Lua cell runs without a copy of the state, is told from a record, and is asked why" {
  doc doc.md <<'EOF'
```c
int n = 1;
```
```lua {run cache=run}
x = 1
```
```lua {run cache=run}
x
```
EOF
  run -0 skein run -q doc.md
  SKEIN_TRACE=session run -0 --separate-stderr skein run --set cache=object -o /dev/null doc.md
  [[ $stderr != *checkpoint* ]]
  run -0 --separate-stderr skein run --explain -o /dev/null doc.md
  [[ $stderr == *"cell 2 (doc.md:4): recorded, by Lua"*"cell 3 (doc.md:7): recorded, by Lua"* ]]
  run -0 skein check doc.md
  in_it=$(sed 's/^x = 1$/x = 2/' doc.md)
  printf '%s\n' "$in_it" >doc.md
  run -1 --separate-stderr skein check --explain doc.md
  [[ $stderr == *"cell 3 (doc.md:7): ran (not recorded), by Lua"* ]]
  run -0 skein why doc.md 3
  [[ $output == *"a Lua cell: it runs as it is, in its session"* ]]
  run -0 skein run --json --no-compile -o /dev/null doc.md
  [[ $output == *'"language":"lua"'*'"outcome":"done","value":"2"'* ]]
}

@test "Lua cells run beside C cells with a sanitizer, and are stopped within coroutines" {
  cat >doc.md <<'EOF'
```c {sanitize=address}
int n = 1;
```

```lua {run}
kept = "kept"
```

```lua {run fails=timeout timeout=200ms}
local walk = coroutine.wrap(function()
  kept = nil
  while true do
    local n = 1
  end
end)
walk()
```

```lua {run}
kept
```
EOF
  run -0 --separate-stderr skein run --json -o out.md doc.md
  diff -u - <(outputs out.md) <<'EOF'
```output-error
stopped after 0.2 s: still running (limit: timeout)
line 7: walk()
state: as before this cell
```
```output
kept
```
EOF
  grep -qE '"function":"the function of line 1"' <<<"$output"
}

@test "adopt knows Lua cells, and proposes nothing of a compiler's for them" {
  doc doc.md <<'EOF'
'''lua {run}
for i = 1 do
'''
'''lua {run}
error("no")
'''
EOF
  run -0 skein adopt --dry-run doc.md
  [[ $output =~ 1\ \ Lua\ +.*expected.*4\ \ Lua\ +no\ .*fails:\ no ]]
}

@test "calls of Lua stand between those of C, whichever of them fails" {
  cat >doc.md <<'EOF'
```c {#cb}
int apply(int (*f)(int), int x) { return f(x) + 1; }
int poke(int *p) { return *p; }
```

```lua {run fails=error}
local function through(x)
  return c.apply(function(y) return y .. nothing end, x)
end
through(3)
```

```lua {run fails=crash}
print(pcall(c.apply, function(y) error("caught", 0) end, 3))
local function deref() return c.poke(nil) + 1 end
deref()
```
EOF
  run -0 skein run -o out.md doc.md
  diff -u - <(outputs out.md) <<'EOF'
```output-error
error: attempt to concatenate a nil value (global 'nothing')
line 4: through(3)
in through, line 2: return c.apply(function(y) return y .. nothing end, x)
in apply, cell cb line 1: int apply(int (*f)(int), int x) { return f(x) + 1; }
in the function of line 2, line 2: return c.apply(function(y) return y .. nothing end, x)
state: as before this cell
```
```output
false	caught
```
```output-error
crashed: read of *p, where p is NULL
line 3: deref()
in deref, line 2: local function deref() return c.poke(nil) + 1 end
in poke, cell cb line 2: int poke(int *p) { return *p; }
state: as before this cell
```
EOF
}
