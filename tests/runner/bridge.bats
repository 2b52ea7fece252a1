load ../helper

# c.name in Lua cells: functions and variables of C cells.

# outputs: what stands below cells of out.md.
outputs() {
  sed -n '/^```output/,/^```$/p' out.md
}

# The C of all tests, so that it is compiled once a test at most.
c_cell() {
  cat <<'EOF'
```c
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
struct point { double x, y; };
struct node { int value; struct node *next; };
struct flags { unsigned a : 3; int b : 5; struct { char name[8]; } in; };
union number { int i; float f; };
struct large { long list[20]; };
enum colour { RED, GREEN = 5, BLUE };
int counter = 7;
static struct point origin = { 1, 2 };
const int fixed = 4;
char line[8] = "text";
int list[3] = { 1, 2, 3 };
const char *title = "none";
double axpy(int n, double a, const double *x, double *y)
{ for (int i = 0; i < n; i++) y[i] += a * x[i]; return y[0]; }
struct point mirror(struct point p) { p.x = -p.x; return p; }
struct large large(struct large l) { l.list[19]++; return l; }
union number twice(union number n) { n.f *= 2; return n; }
struct flags flip(struct flags f) { f.b = -f.b; f.a++; return f; }
_Complex double square(_Complex double z) { return z * z; }
long double half(long double x) { return x / 2; }
enum colour next(enum colour c) { return c == RED ? GREEN : BLUE; }
const char *name(enum colour c) { return c == RED ? "red" : NULL; }
int apply(int (*f)(int), int n) { int s = 0; for (int i = 0; i < n; i++) s += f(i); return s; }
int (*pick(void))(const char *) { return atoi; }
int fail(void) { errno = ENOENT; return -1; }
uint64_t big(uint64_t n) { return n; }
signed char tiny(signed char n) { return n; }
_Bool negate(_Bool b) { return !b; }
struct node *push(struct node *list, int value)
{ struct node *n = malloc(sizeof *n); n->value = value; n->next = list; return n; }
double norm1(const struct point *p, int n) { double s = 0; while (n--) s += p[n].x + p[n].y; return s; }
size_t count(const void *bytes, size_t n, int c) { size_t k = 0; while (n--) k += ((const char *)bytes)[n] == c; return k; }
int read_at(const int *p) { return *p; }
```
EOF
}

@test "Lua calls C with numbers, strings, arrays, structs, unions, bit-fields and callbacks, and gets them back" {
  { c_cell; cat <<'EOF'
```lua {run}
local x, y = c.array("double", { 1, 2, 3 }), c.array("double", 3)
print(c.axpy(#x, 2, x, y), y, y[2], c.axpy(3, 1, { 1, 1, 1 }, y))
print(c.mirror { x = 1, y = 2 }, c.mirror(c.new("struct point", { 3 })))
print(c.large({ { [20] = 41 } }).list[19], c.twice({ f = 2.5 }).f, c.flip { a = 6, b = 9, ["in"] = { name = "abc" } })
print(c.square { re = 0, im = 2 }, c.half(3), c.next(c.GREEN), c.next("RED"), c.name(c.RED), c.name(5))
print(c.apply(function(i) return i * i end, 5), c.pick()("42"), c.negate(false), c.tiny(-128))
print(c.big(-1) == -1, math.ult(1, c.big(2 ^ 63)), c.big(1 << 62))
print(c.fail(), c.errno())
local list = c.push(c.push(nil, 1), 2)
print(list.value, list.next.value, list.next.next, list == list.next, c.typeof(list))
print(c.norm1(c.array("struct point", { { 1, 2 }, { x = 3 } }), 2), c.norm1({ x = 1, y = 1 }, 1))
print(c.count("a\0ba", 4, ("a"):byte()), c.count(c.array("char", "xyzzy"), 5, ("z"):byte()))
local a = c.array("int", { 3, 1, 2 })
c.qsort(a, #a, c.sizeof("int"), function(p, q)
  return c.cast("const int *", p)[0] - c.cast("const int *", q)[0]
end)
for i, v in pairs(a) do io.write(i, "=", v, " ") end
print((a + 1)[1], (a + 2) - a, c.sqrt(2) == math.sqrt(2))
c.cdef "unsigned long strtoul(const char *s, char **end, int base); extern char **environ;"
print(c.strtoul("ff", nil, 16), c.environ ~= nil)
local text = c.array("char", 20)
c.snprintf(text, #text, "%d %s %.1f", 7, "seven", 7.5)
print(c.string(text), text)
```
EOF
  } >doc.md
  run -0 skein run -o out.md doc.md
  diff -u - <(outputs) <<'EOF'
```output
2.0	{3.0, 5.0, 7.0}	6.0	3.0
{x = -1.0, y = 2.0}	{x = -3.0, y = 0.0}
42	5.0	{a = 7, b = -9, in = {name = "abc"}}
{re = -4.0, im = 0.0}	1.5	6	5	red	nil
30	42	true	-128
true	true	4611686018427387904
-1	2	No such file or directory
2	1	nil	false	struct node *
6.0	2.0
2	2
0=1 1=2 2=3 3	2	true
255	true
7 seven 7.5	"7 seven 7.5"
```
EOF
}

@test "variables of C are read and written by name, and what they point to stays alive" {
  { c_cell; cat <<'EOF'
```lua {run}
print(c.counter, c.origin, c.line, c.list, c.fixed, c.title)
c.counter, c.origin, c.line, c.list = c.counter + 1, { y = 5 }, "new", { 7, 8 }
c.origin.x, c.list[2] = 4, 9
c.title = "a title " .. c.counter
collectgarbage()
print(c.counter, c.origin, c.line, c.list, c.title)
local p = c.ref(c, "counter")
p[0] = p[0] * 2
print(c.counter, c.read_at(p), c.deref(p), c.ref(c.origin, "y")[0])
print(select(2, pcall(function() c.fixed = 1 end)))
```

```c
double counter = 0.5;
int read_at(const int *p) { return -*p; }
title
```

```lua {run}
print(c.counter, c.read_at({ 3 }))
```
EOF
  } >doc.md
  run -0 skein run -o out.md doc.md
  diff -u - <(outputs | sed 's/cell:[0-9]*: //') <<'EOF'
```output
7	{x = 1.0, y = 2.0}	text	{1, 2, 3}	4	none
8	{x = 4.0, y = 5.0}	new	{7, 8, 9}	a title 8
16	16	16	5.0
c.fixed (const int): it is const
```
```output
"a title 8"
```
```output
0.5	-3
```
EOF
}

@test "what is wrong with a call is told with the function, the argument and its type" {
  { c_cell; cat <<'EOF'
```lua {run}
local y, a = c.array("double", 3), c.array("int", 3)
for _, f in ipairs {
  function() c.axpy(3, 2, "x", y) end,
  function() c.axpy(3, 2) end,
  function() c.axpy(3.5, 2, y, y) end,
  function() c.axpy(1 << 31, 2, y, y) end,
  function() c.axpy(3, "2", y, y) end,
  function() c.axpy(3, 2, y, {}) end,
  function() c.axpy(3, 2, y, a) end,
  function() c.axpi() end,
  function() c.mirror { z = 1 } end,
  function() c.apply(function() error("inside", 0) end, 3) end,
  function() c.apply(function() return "x" end, 3) end,
  function() c.strcpy("x", "y") end,
  function() c.counter = {} end,
  function() c.axpy = 1 end,
  function() a[3] = 1 end,
  function() return (a + 1)[2] end,
  function() return c.push(nil, 1).nex end,
  function() return c.push(nil, 1).next.value end,
  function() return c.cast("void *", a)[0] end,
  function() c.next("PINK") end,
  function() c.strtod() end,
  function() c.new("struct nix") end,
  function() c.new("int (") end,
  function() c.tiny(128) end,
} do print(select(2, pcall(f))) end
```
EOF
  } >doc.md
  run -0 skein run -o out.md doc.md
  diff -u - <(outputs | sed 's/cell:[0-9]*: //') <<'EOF'
```output
c.axpy: argument 3 ('x', const double *): expected an array, a table or a pointer, got a string
c.axpy: expected 4 arguments, got 2: double (int, double, const double *, double *)
c.axpy: argument 1 ('n', int): 3.5 has a fraction
c.axpy: argument 1 ('n', int): 2147483648 is out of range (-2147483648 to 2147483647)
c.axpy: argument 2 ('a', double): expected a number, got a string
c.axpy: argument 4 ('y', double *): C may write to it, and would to a copy of the table: make an array or object of it first
c.axpy: argument 4 ('y', double *): expected an array or a pointer, got int[3]
c.axpi: no cell defines 'axpi'; there is 'axpy'
struct point has no member 'z': it has x, y
inside
callback 'int (int)': its result (int): expected a number, got a string
c.strcpy: argument 1 ('to', char *): C may write to it, and strings of Lua never change: pass c.array("char", s), or declare it const
c.counter (int): expected a number, got a table
c.axpy is a function of C: it cannot be assigned to
index 3 is out of range: int[3] has 0 to 2
outside of the object into which this int * points
struct node has no member 'nex': it has value, next
attempt to index a nil value (field 'next')
what a void * points to is not known: c.cast says it
c.next: argument 1 ('c', enum colour): there is no constant 'PINK'
c.strtod: a library has it, but nothing says of what type it is: declare it, as in c.cdef "double strtod(double x)"
'struct nix': no cell uses a 'struct nix'; define it in a C cell, and use it there
'int (' is no C that is understood here: a type expected at its end
c.tiny: argument 1 ('n', signed char): 128 is out of range (-128 to 127)
```
EOF
}

@test "a crash in C, an error in a callback and a callback in another thread end the cell, and are rolled back" {
  { c_cell; cat <<'EOF'
```lua {run}
kept = c.array("int", { 1 })
c.counter = 8
```

```lua {run fails=crash}
kept[0], c.counter = 2, 9
c.read_at(c.cast("int *", 8))
```

```c
#include <pthread.h>
static int (*saved)(int);
void save(int (*f)(int)) { saved = f; }
static void *run(void *p) { saved(1); return p; }
void elsewhere(void) { pthread_t t; pthread_create(&t, NULL, run, NULL); pthread_join(t, NULL); }
```

```lua {run}
c.save(function(i) return i + counted.n end)
print(kept, c.counter)
```

```c {fails=error}
saved(2)
```

```lua {run}
counted = { n = 40 }
```

```c
saved(2)
```

```lua {run fails=error}
c.elsewhere()
```
EOF
  } >doc.md
  run -0 skein run -o out.md doc.md
  diff -u - <(outputs) <<'EOF'
```output-error
crashed: read of *p, where p is 0x8
line 2: c.read_at(c.cast("int *", 8))
in read_at, an earlier cell, line 37: int read_at(const int *p) { return *p; }
state: as before this cell
```
```output
{1}	8
```
```output-error
error: attempt to index a nil value (global 'counted')
line 1: saved(2)
in the function of line 1, an earlier cell, line 1: c.save(function(i) return i + counted.n end)
state: as before this cell
```
```output
42
```
```output-error
error: a function of Lua was called in another thread than Lua's: C may call it only in the thread that runs the cell
in a thread that was started at an earlier cell, line 5: void elsewhere(void) { pthread_t t; pthread_create(&t, NULL, run, NULL); pthread_join(t, NULL); }
line 1: c.elsewhere()
in run, an earlier cell, line 4: static void *run(void *p) { saved(1); return p; }
state: as before this cell
```
EOF
}

@test "small integers arrive whole, and errno is for C what C has left" {
  doc a.md <<'END'
'''c {cc=clang cflags=-O1}
#include <errno.h>
unsigned byte(unsigned char u) { return u; }
int small(signed char s) { return s; }
void leave(int e) { errno = e; }
int left(void) { return errno; }
'''

'''lua {run}
c.leave(7)
pcall(io.open, "there is no such file")
print(c.byte(200.0), c.small(-3.0), c.left(), c.errno())
'''
END
  run -0 skein run -o - a.md
  has $'```output\n200\t-3\t7'
}
