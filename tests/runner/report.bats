# What is said of a run in which many cells fail.

load ../helper

@test "each failed cell has its first errors, what it keeps from running is told once, and the end counts" {
  doc a.md <<'E'
'''c
int f(void) { return one + two + three + four + five; }
static int unused(void) { int k; return 1; }
'''
'''c
f() + 1
'''
'''c
f() + 2
'''
'''c
f() + 3
'''
'''c
f() + 4
'''
'''c
int g(void) { return six; }
'''
'''c
g()
'''
'''c
1 + 1
'''
'''c {args=x}
int main(void) { return 3; }
'''
'''c
*(volatile int *)0 = 1;
'''
E
  run -4 skein run -o out.md a.md
  has "a.md:2:22: error: 'one' undeclared" "a.md:2:36: error: 'three' undeclared"
  lacks "'four' undeclared"
  has "a.md:1:1: note: 2 more errors in this cell, which -v shows"
  lacks "unused variable"
  has "a.md:18:22: error: 'six' undeclared"
  has $'a.md:5:1: error: this cell was not run: it needs what another one defines [blocked]\na.md:1:1: note: blocked by this cell, as are the 3 at 8, 11, 14\n'
  has $'a.md:20:1: error: this cell was not run: it needs what another one defines [blocked]\na.md:17:1: note: blocked by this cell\n'
  [ "$(grep -c '\[blocked\]' <<<"$output")" -eq 2 ]
  [ "${lines[-1]}" = "a.md: 1 of 10 cells ran, 2 do not compile, 5 blocked, 1 crashed, 1 ended with a status" ]

  run -4 skein run -v -o out.md a.md
  has "'five' undeclared"
  has "unused variable 'k'"
  [ "$(grep -c '\[blocked\]' <<<"$output")" -eq 5 ]
  run -4 skein run -q -o out.md a.md
  lacks "10 cells"
  lacks "note: a block that is only to be shown"
}

@test "every cell that does not compile is told, be they many, and also when the reason was told before" {
  for i in $(seq 30); do
    printf "'''c\nint broken_%d = nosuch_%d;\n'''\n" "$i" "$i"
  done | doc a.md
  run -4 skein run -o out.md a.md
  [ "$(grep -c "'nosuch_.*undeclared" <<<"$output")" -eq 30 ]
  lacks "more of"
  has "a.md: 0 of 30 cells ran, 30 do not compile"

  echo 'nosuch_t x;' >own.h
  doc b.md <<'E'
'''c
#include "own.h"
'''
'''c
#include "own.h"
'''
E
  run -4 skein run -o out.md b.md
  has "own.h:1:1: error: unknown type name 'nosuch_t'"
  has "b.md:4:1: error: this cell does not compile for what is told above [compile]"
}

@test "how a block is only shown is said when one does not compile for its own text" {
  doc a.md <<'E'
'''c
#include <nosuch/header.h>
'''
'''c
int gone(int); gone(1)
'''
E
  run -4 skein run -o out.md a.md
  has "a.md: 0 of 2 cells ran, 2 do not compile"
  lacks "run=false"
}

@test "what stands near and has the names that cells lack is named with its options" {
  mkdir -p src include/lib far
  printf '#ifndef L_H\n#define L_H\ntypedef struct list list;\n#define LIST_MAX 10\nlist *list_new(void);\nint list_len(list *l);\nint other(void);\n#endif\n' >src/list.h
  printf '#include "list.h"\nstruct list { int n; };\nlist *list_new(void) { return 0; }\nint list_len(list *l) { return 0; }\n' >src/list.c
  echo 'int other(void) { return 1; }' >src/other.c
  echo '/* list_new */ static int list_len(int l) { return l; }' >decoy.c
  echo 'int list_new(void);' >far/far.h
  echo 'int lib;' >include/lib/lib.h
  doc a.md <<'E'
'''c
list *l = list_new();
int most = LIST_MAX;
'''
'''c
list_len(0)
'''
'''c
#include <away/list.h>
'''
'''c
#include <lib/lib.h>
'''
'''c
int other(void); other()
'''
E
  run -4 skein run -o out.md a.md
  has "a.md: help: 'lib/lib.h' stands near: take --set cflags=-Iinclude"
  has "a.md: help: 'away/list.h' may be src/list.h: take --set prelude=src/list.h --set \"omit=#include <away/list.h>\""
  has "a.md: help: src/other.c, src/list.h and src/list.c have 'list' and 4 more of the names that cells lack: take --set prelude=src/list.h --set \"sources=src/list.c src/other.c\""
  run -0 skein run -o out.md --set prelude=src/list.h --set "omit=#include <away/list.h>" \
    --set "sources=src/list.c src/other.c" --set cflags=-Iinclude a.md
  lacks "help"

  run -4 skein run -o out.md --set prelude=src/list.h --set sources=src/list.c a.md
  has "src/other.c has 'other' that cells lack: take --set \"sources=src/list.c src/other.c\""
  run -4 skein run -q -o out.md a.md
  lacks "help: src"
}

@test "a fragment that has what cells lack is named, and a document beside that makes a header" {
  doc a.md <<'E'
<!-- skein: cell
#include "made.h"
-->

'''c {#push}
struct stack { int n; };
int push(struct stack *s) { return s->n++; }
'''

'''c
push(0)
'''

'''c {file=stack.h}
<<push>>
'''
E
  doc b.md <<'E'
'''c {file=src/made.h}
static int other;
'''
E
  touch skein.lua
  run -4 skein run -o out.md a.md
  has "a.md: help: 'made.h' is made by b.md: skein tangle writes it"
  has "a.md:5:1: help: this block has 'push' that cells lack, and is part of a file only: run on it makes it a cell, too"

  skein tangle -q b.md
  sed -i 's|"made.h"|"src/made.h"|; s/{#push}/{#push run}/; s/push(0)/1/' a.md
  run -0 skein run -o out.md a.md
  lacks "defined but not used"
}

@test "-o takes a device or a pipe, and what cannot be written is said before anything runs" {
  doc a.md <<'E'
'''c
FILE *f = fopen("was-run", "w"); fclose(f);
6 * 7
'''
E
  run -0 skein run -o /dev/null a.md
  [ -c /dev/null ]
  run -0 skein run -o /dev/stdout a.md
  has $'```output\n42\n```'
  skein run -o >(cat >piped) a.md
  mkfifo pipe
  cat pipe >read &
  skein run -o pipe a.md
  wait
  skein run -o - a.md | same read
  [ -p pipe ]

  rm was-run
  mkdir folder
  run -6 skein run -o folder a.md
  run -8 skein run -o nowhere/a.md a.md
  has "nowhere/a.md: error: cannot write: No such file or directory [io]"
  [ ! -e was-run ]
}

@test "an ellipsis in code is told as what it is, once a cell" {
  doc a.md <<'E'
'''c
struct s { int a; ... more fields ... };
int f(int a) { return f(...); }
'''
'''c
int g(const char *fmt, ...);
nosuch
'''
E
  run -4 skein run -o out.md a.md
  [ "$(grep -c "note: '...' stands for something left out: mark the block run=false" <<<"$output")" -eq 1 ]
  has "a.md:2:19: note: '...' stands"
  run -0 skein why :5 a.md
  has "a.md:5: cell 2"
}

@test "arrays of a size that is computed, and those beyond what code reaches, are told with what to do" {
  doc a.md <<'E'
'''c
int n = 5;
double row[n];
'''
'''c
static double grid[20000][20000];
grid[3][4]
'''
E
  run -4 skein run -o out.md a.md
  has "a.md:3:8: error: variably modified 'row' at file scope"
  has 'a.md:3:8: help: the variables of a cell last, so that their size has to be known'
  has 'error: global arrays are larger than the 2 GiB that code reaches'
  run -4 skein run --set cflags=-mcmodel=large -o - a.md
  has $'```output\n0\n```'
}
