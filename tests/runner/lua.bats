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
