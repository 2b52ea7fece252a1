load ../helper

@test "what a cell prints stands below it" {
  doc a.md <<'E'
# Title

'''c
printf("hello\n");
'''

The end.
E
  run -0 skein run a.md
  same a.md <<'E'
# Title

```c
printf("hello\n");
```

```output
hello
```

The end.
E
}

@test "cells share state: functions, variables, types, macros" {
  doc a.md <<'E'
'''c
#define TWICE(x) (2 * (x))
struct pair { int a, b; };
static int n = 1;
static int add(struct pair p) { return p.a + p.b; }
'''

'''c
n += add((struct pair){ 3, 4 });
printf("%d\n", TWICE(n));
'''
E
  run -0 skein run -o - a.md
  has $'```output\n16\n```'
}

@test "the trailing expression is shown" {
  doc a.md <<'E'
'''c
hypot(3, 4)
'''

'''c
struct point { int x, y; } p = { 1, 2 };
p
'''

'''c
"text"
'''
E
  run -0 skein run -o - a.md
  has $'```output\n5\n```'
  has $'```output\n{.x = 1, .y = 2}\n```'
  has $'```output\n"text"\n```'
}

@test "a redefinition counts from then on, and old callers keep the old one" {
  doc a.md <<'E'
'''c
int f(void) { return 1; }
int g(void) { return f(); }
'''
'''c
int f(void) { return 2; }
printf("%d %d\n", f(), g());
'''
E
  run -0 skein run -o - a.md
  has "2 1"
}

@test "an initialiser may call functions" {
  doc a.md <<'E'
'''c
int f(int x) { return x * x; }
int n = f(3);
const double r = sqrt(n);
printf("%d %g\n", n, r);
'''
E
  run -0 skein run -o - a.md
  has "9 3"
}

@test "stderr has a fence of its own" {
  doc a.md <<'E'
'''c
printf("out\n");
fprintf(stderr, "err\n");
'''
E
  run -0 skein run -o - a.md
  has $'```output\nout\n```\n\n```output-stderr\nerr\n```'
}

@test "running twice changes nothing" {
  doc a.md <<'E'
- item

  '''c
  printf("in a list\n");
  '''
- next

> '''c
> printf("in a quote\n");
> '''

'''c
printf("%s\n", "```");
'''
E
  run -0 skein run a.md
  cp a.md once
  run -0 skein run a.md
  cmp a.md once
  same a.md <<'E'
- item

  ```c
  printf("in a list\n");
  ```
  ```output
  in a list
  ```
- next

> ```c
> printf("in a quote\n");
> ```
> ```output
> in a quote
> ```

```c
printf("%s\n", "```");
```

````output
```
````
E
}

@test "a cell that prints nothing any more loses its fence, and the rest is as before" {
  doc a.md <<'E'
'''c
printf("x\n");
'''

Text.
E
  cp a.md before
  run -0 skein run a.md
  sed -i 's/^printf/\/\/ntf/' a.md
  sed -i 's/^printf/\/\/ntf/' before
  run -0 skein run a.md
  cmp a.md before
}

@test "CRLF documents keep their line ends, outputs too" {
  printf '```c\r\nprintf("x\\n");\r\n```\r\n\r\nText.\r\n' >a.md
  run -0 skein run a.md
  printf '```c\r\nprintf("x\\n");\r\n```\r\n\r\n```output\r\nx\r\n```\r\n\r\nText.\r\n' | cmp - a.md
}

@test "a compile error stands at the document's line and column, and the document is untouched" {
  doc a.md <<'E'
Text.

- '''c
  int x = 1;
  int y = z;
  '''
E
  cp a.md before
  run -4 skein run a.md
  has "a.md:5:11: error: "
  has "[compile]"
  cmp a.md before
}

@test "a cell that needs a broken one is blocked, and the others run" {
  doc a.md <<'E'
'''c
int f(void) { return undefined_name; }
'''

'''c
f()
'''

'''c
printf("runs\n");
'''
E
  run -4 skein run a.md
  has "a.md:5:1: error: this cell was not run: it needs what another one defines [blocked]"
  has "a.md:1:1: note: blocked by this cell"
  run grep -c runs a.md
  [ "$output" = 2 ]
}

@test "a warning of the compiler is told at its place, and again when cached" {
  doc a.md <<'E'
'''c
#include <stdio.h>
void f(void) { int unused_one; }
'''
E
  run -0 skein run a.md
  has "a.md:3:20: warning: unused variable"
  has "[-Wunused-variable] [compiler-warning]"
  run -0 skein run a.md
  has "a.md:3:20: warning: unused variable"
}

@test "a program has its own main, sees the session, and leaves it as it was" {
  doc a.md <<'E'
'''c
int n = 5;
int next(void) { return ++n; }
'''

'''c {args="a 'b' c"}
#include <stdio.h>
int main(int argc, char **argv) {
    printf("%d %s %d\n", argc, argv[1], next());
    return 3;
}
'''

'''c
n
'''
E
  run -5 skein run a.md
  has "exit status 3"
  run cat a.md
  has $'```output\n4 a 6\n```\n\n```output-error\nexit status 3\n```'
  has $'```output\n5\n```'
}

@test "session=none sees nothing of the others" {
  doc a.md <<'E'
'''c
int n = 5;
'''
'''c {session=none}
#ifdef n
#error no
#endif
static int n = 1;
printf("%d\n", n);
'''
'''c
n
'''
E
  run -0 skein run -o - a.md
  has $'```output\n1\n```'
  has $'```output\n5\n```'
}

@test "sessions of other names have a state of their own" {
  doc a.md <<'E'
'''c
int n = 1;
'''
'''c {session=other}
int n = 2;
'''
'''c
n
'''
E
  run -0 skein run -o - a.md
  has $'```output\n1\n```'
}

@test "a cell reads its standard input from a file or a block, else nothing" {
  printf 'from a file\n' >in.txt
  doc a.md <<'E'
'''text {#words}
from a block
'''
'''c {stdin=in.txt}
char line[80]; puts(fgets(line, sizeof line, stdin) ? line : "nothing");
'''
'''c {stdin-from=words}
puts(fgets(line, sizeof line, stdin) ? line : "nothing");
'''
'''c
puts(fgets(line, sizeof line, stdin) ? line : "nothing");
'''
E
  run -0 skein run -o - a.md
  has "from a file"
  has "from a block"
  has "nothing"
}

@test "a tangled header can be included before anyone tangled" {
  doc a.md <<'E'
'''c {file=src/list.h}
struct list { int n; };
'''
'''c
#include "list.h"
struct list l = { 7 };
l
'''
E
  run -0 skein run -o - a.md
  has "{.n = 7}"
  [ ! -e src ]
}

@test "sources= makes the functions of a library's files callable" {
  mkdir src
  echo 'int twice(int x) { return 2 * x; } int main(void) { return 1; }' >src/twice.c
  echo 'int twice(int x);' >src/twice.h
  doc a.md <<'E'
<!-- skein: sources=src/twice.c -->

# Twice

'''c
#include <stdio.h>
#include "twice.h"
printf("%d\n", twice(21));
'''
E
  run -0 skein run -o - a.md
  has $'```output\n42\n```'
}

@test "prelude= stands before the first cell, and --set says it for a README" {
  mkdir src
  printf '#define ANSWER 42\nint twice(int);\n' >src/lib.h
  printf '#include "lib.h"\nint twice(int x) { return 2 * x; }\n' >src/lib.c
  doc a.md <<'E'
'''c
printf("%d\n", twice(ANSWER));
'''
E
  run -0 skein run --set prelude=src/lib.h --set sources=src/lib.c -o - a.md
  has $'```output\n84\n```'
}

@test "a hidden cell runs, and its output stands below the comment" {
  doc a.md <<'E'
<!-- skein: cell
int n = 41;
-->

'''c
n + 1
'''
E
  run -0 skein run -o - a.md
  has $'```output\n42\n```'
}

@test "run=compile compiles only, and ignore does nothing" {
  doc a.md <<'E'
'''c,no_run
#include <stdlib.h>
void f(void) { abort(); }
'''
'''c,ignore
not C at all
'''
E
  cp a.md before
  run -0 skein run a.md
  cmp a.md before
}

@test "clang runs cells too" {
  command -v clang >/dev/null || skip "clang is not installed"
  doc a.md <<'E'
<!-- skein: cc=clang -->

Text.

'''c
int f(int x) { return x + 1; }
int n = f(1);
'''
'''c
f(n)
'''
E
  run -0 skein run -o - a.md
  has $'```output\n3\n```'
}

@test "flags and standards are given by options, and add up" {
  doc a.md <<'E'
---
skein:
  cflags: -DA=1
---

'''c {cflags="-DB=2 -O2"}
printf("%d\n", A + B);
'''
'''c {std=c99}
printf("%ld\n", __STDC_VERSION__);
'''
E
  run -0 skein run -o - a.md
  has $'```output\n3\n```'
  has "199901"
}

@test "--only updates one cell, --from the cells from one on" {
  doc a.md <<'E'
'''c {#one}
printf("one\n");
'''
'''c {#two}
printf("two\n");
'''
'''c {#three}
printf("three\n");
'''
E
  run -0 skein run --only two -o - a.md
  lacks $'\none\n'
  has $'\ntwo\n'
  lacks $'\nthree\n'
  run -0 skein run --from :4 -o - a.md
  lacks $'\none\n'
  has $'\nthree\n'
  run -2 skein run --only four -o - a.md
  has "no cell is 'four'"
}

@test "outputs: none keeps the document free of outputs" {
  doc a.md <<'E'
<!-- skein: outputs=none -->

Text.

'''c
printf("x\n");
'''
E
  cp a.md before
  run -0 skein run a.md
  cmp a.md before
  run -0 skein run -o - a.md
  has $'```output\nx\n```'
}

@test "-o writes elsewhere and leaves the document alone" {
  doc a.md <<'E'
'''c
printf("x\n");
'''
E
  cp a.md before
  run -0 skein run -o b.md a.md
  cmp a.md before
  run cat b.md
  has $'```output\nx\n```'
}

@test "--json has one line a cell" {
  doc a.md <<'E'
'''c {#one}
printf("x\n");
1 + 1
'''
E
  run --separate-stderr skein check --json a.md
  has '"name":"one","line":1,"end":"ran"'
  has '"value":"2"'
  has '"stdout":{"head":"x\n","bytes":2}'
}

@test "show= chooses what stands in the document" {
  doc a.md <<'E'
'''c {show="code value"}
printf("printed\n");
42
'''
'''c {show="code output"}
printf("shown\n");
43
'''
E
  run -0 skein run -o - a.md
  has $'```output\n42\n```'
  has $'```output\nshown\n```'
}

@test "a document option that was refused stops the cells that depend on it" {
  doc a.md <<'E'
<!-- skein: timeout=soon -->

Text.

'''c
1 + 1
'''
E
  cp a.md before
  run -3 skein run a.md
  has "[bad-value]"
  cmp a.md before
  doc b.md <<'E'
---
skein: {fails: crash}
---

'''c
1 + 1
'''
E
  cp b.md before
  run -3 skein run b.md
  has "[misplaced-option]"
  cmp b.md before
  run -3 skein run --set buffer=none a.md
}

@test "run: all and run: marked are no words for a block" {
  printf '```c {run=marked}\n1\n```\n' >a.md
  run -3 skein list a.md
  has "a.md:1:7: error: the value 'marked' of 'run' is for documents"
}

@test "an output fence that lost its closing line eats nothing" {
  doc a.md <<'E'
'''c
puts("hello");
'''

'''output
hello

# Chapter 2

Precious prose.

'''c
int two = 2; two
'''

The end.
E
  cp a.md before
  run -3 skein run a.md
  has "a.md:5:1: error: this output fence has lost its closing line, and takes in what follows: add it, or delete the output [damaged-output]"
  cmp a.md before
  printf '```c\nputs("x");\n```\n\n```output\nold\n\nText.\n' >b.md
  cp b.md before
  run -3 skein run b.md
  has "[damaged-output]"
  cmp b.md before
}

@test "a cell that could not be loaded leaves what is recorded" {
  doc a.md <<'E'
'''c
void missing_fn(void);
missing_fn();
'''

'''output
good
'''

'''c
void missing_fn(void) { }
'''
E
  cp a.md before
  run -5 skein run a.md
  has "undefined symbol 'missing_fn'"
  has "a.md:10:1: note: 'missing_fn' is defined by this cell, which comes later"
  cmp a.md before
}

@test "a library that could be linked with and is not found by the loader is named, with the way out" {
  mkdir lib
  echo 'int nine(void) { return 9; }' | gcc -shared -fPIC -x c -o lib/libnine.so -
  printf '```c {libs=nine}\nint nine(void);\nnine()\n```\n' >a.md
  export LIBRARY_PATH=$PWD/lib
  run -5 skein run a.md
  has "could not be loaded: 'libnine.so' was there to link with, but is not where the loader looks: env=LD_LIBRARY_PATH=FOLDER on the cells of this session names its folder [load]"
  run -0 skein run --set env="LD_LIBRARY_PATH=$PWD/lib" -o - a.md
  has $'```output\n9\n```'
}

@test "a cell that ends too early is told so at its last line, once" {
  doc a.md <<'E'
Text.

'''c
int y = 1;
int x = (5
'''
E
  run -4 skein run a.md
  has "a.md:5:11: error: expected ')' at the end of the cell"
  lacks "<skein>"
  [ "$(grep -c error: <<<"$output")" = 1 ]
}

@test "a comment that never ends is an error at its start" {
  doc a.md <<'E'
'''c
puts("ok"); /* open
puts("lost");
'''
E
  cp a.md before
  run -4 skein run a.md
  has "a.md:2:13: error: unterminated comment: end it with */ [compile]"
  cmp a.md before
}

@test "two targets that are one file are told, and nothing passes for checked" {
  doc a.md <<'E'
'''c {#a file=a.h}
int a;
'''
'''c {#b file=./a.h}
int b;
'''
'''c
1 + 1
'''
E
  run -3 skein check a.md
  has "[target-twins]"
}

@test "check says nothing of outputs where the document keeps none" {
  doc a.md <<'E'
<!-- skein: outputs=none -->

Text.

'''c
puts("x");
'''
E
  run -0 skein check a.md
}

@test "one document named twice is run once" {
  printf '```c {file=x.c}\nint x;\n```\n\n```c\n1 + 1\n```\n' >a.md
  run -0 skein run a.md ./a.md .
  run -0 skein tangle a.md a.md
}

@test "--set wins over what a block says, and takes options of blocks too" {
  doc a.md <<'E'
'''c {.run}
abort();
'''
E
  cp a.md before
  run -0 skein run --set run=false a.md
  cmp a.md before
  run -0 skein run --set fails=crash -o - a.md
  run -3 skein run --set timeout=abc a.md
  cmp a.md before
}

@test "--only of a cell that is not there runs nothing" {
  printf '```c\n#include <stdlib.h>\nsystem("touch ran");\n```\n' >a.md
  run -2 skein run --only nosuch a.md
  [ ! -e ran ]
}

@test "sources= stays below the root" {
  mkdir p
  echo 'int f(void) { return 1; }' >x.c
  ln -s ../x.c p/link.c
  printf '<!-- skein: sources=../x.c -->\n\nText.\n\n```c\n1\n```\n' >p/a.md
  run -6 skein run -C p p/a.md
  has "[refused-path]"
  sed -i 's|\.\./x.c|link.c|' p/a.md
  run -3 skein run -C p p/a.md
  has "[no-source]"
}

@test "a run that waited for another one reads the document again" {
  doc a.md <<'E'
'''c
#include <stdio.h>
#include <stdlib.h>
system("touch started; while [ ! -e go ]; do :; done");
puts("x");
'''
E
  skein run a.md &
  first=$!
  until [ -e started ]; do kill -0 $first; done
  skein run --wait a.md &
  second=$!
  touch go
  wait $first
  wait $second
  run -0 grep -c '^x$' a.md
  [ "$output" = 1 ]
}

@test "a cell of many lines, and many cells of one name, take linear time" {
  python3 -c '
print("```c\n#include <stdio.h>")
for i in range(60000): print("// line %d" % i)
print("```")' >a.md
  run -0 timeout 20 skein list a.md
  run -0 timeout 20 skein run a.md
}

@test "the last declaration of a cell needs no semicolon, as the last expression needs none" {
  doc a.md <<'E'
'''c
struct pair {
  int a, b;
}
'''

'''c
struct pair p = { 1, 2 }   // a pair
'''

'''c
p
'''
E
  run -0 skein run a.md
  grep -qx '{.a = 1, .b = 2}' a.md
}

@test "omit= leaves out lines that show what a cell prints, and keeps the numbers of the others" {
  doc a.md <<'E'
'''c {omit="output>"}
printf("hi\n");

  output> hi
int n = undefined;
'''
E
  run -4 skein run a.md
  has "a.md:5:9: error: 'undefined' undeclared"
  lacks "output"
}

@test "a header that is the prelude stands before the first cell of each session" {
  echo 'static inline int half(int n) { return n / 2; }' >half.h
  doc a.md <<'E'
<!-- skein: prelude=half.h -->

# Halves

'''c {session=none}
half(2)
'''

'''c {session=other}
half(4)
'''

'''c
half(6)
'''
E
  run -0 skein run -o - a.md
  [ "$(grep -xc '[123]' <<<"$output")" -eq 3 ]
  lacks "implicit"
}
