load ../helper

@test "a second run starts no program but the host" {
  strace -o /dev/null true 2>/dev/null || skip "strace cannot trace here"
  cp "$SKEIN_TOP/examples/tour.md" a.md
  run -0 skein run a.md
  SKEIN_LEAKS=0
  ASAN_OPTIONS=detect_leaks=0 strace -f -e trace=execve -o log skein run a.md
  run -0 grep -c ' execve(.*) = 0$' log
  [ "$output" = 2 ]
  run -0 grep -o 'execve("[^"]*"' log
  has "skein-host"
}

@test "an edit of one cell compiles that cell only" {
  doc a.md <<'E'
'''c
#include <stdio.h>
int f(void) { return 1; }
'''
'''c {#two}
int g(void) { return f() + 1; }
'''
'''c
printf("%d\n", g());
'''
E
  run -0 skein run -v a.md
  has "3 of 3 cells ran, 3 compiled"
  sed -i 's/return f() + 1/return f() + 2/' a.md
  run -0 skein run -v a.md
  has "3 of 3 cells ran, 1 compiled"
  run -0 cat a.md
  has $'```output\n3\n```'
}

@test "moving a cell, or editing the prose above it, compiles nothing" {
  doc a.md <<'E'
'''c
printf("%d\n", 1);
'''
E
  run -0 skein run -v a.md
  sed -i '1i A line of prose.\n' a.md
  run -0 skein run -v a.md
  has "1 of 1 cells ran, 0 compiled"
}

@test "equal cells of two documents share one object" {
  printf '```c\nprintf("x\\n");\n```\n' >a.md
  cp a.md b.md
  run -0 skein run -v a.md
  has "1 compiled"
  run -0 skein run -v b.md
  has "0 compiled"
}

@test "an edited header recompiles the cells that include it" {
  echo '#define N 1' >n.h
  doc a.md <<'E'
'''c
#include <stdio.h>
#include "n.h"
printf("n is %d\n", N);
'''
E
  run -0 skein run a.md
  echo '#define N 2' >n.h
  run -0 skein run a.md
  run -0 cat a.md
  has "n is 2"
}

@test "other flags make another object" {
  doc a.md <<'E'
'''c
#ifdef __OPTIMIZE__
puts("optimised");
#else
puts("plain");
#endif
'''
E
  run -0 skein run -o - a.md
  has $'\nplain'
  run -0 skein run --set cflags=-O2 -o - a.md
  has $'\noptimised'
}

@test "--no-compile runs from the cache, and says what is not there" {
  doc a.md <<'E'
'''c
1 + 1
'''
E
  run -4 skein run --no-compile a.md
  has "a.md:1:1: error: this cell is not in the cache, and --no-compile forbids to compile it [not-cached]"
  run -0 skein run a.md
  run -0 skein run --no-compile a.md
}

@test "--explain says for each cell what was done and why" {
  doc a.md <<'E'
'''c {#one}
1 + 1
'''
E
  run -0 skein run --explain a.md
  has "explain: cell 'one' (a.md:1): ran, compiled: never compiled, key "
  run -0 skein run --explain a.md
  has "explain: cell 'one' (a.md:1): ran, reused: nothing changed, key "
}

@test "a crash in a warm run brings the earlier state back without a checkpoint" {
  doc a.md <<'E'
'''c
int n = 1;
'''
'''c
n++;
if (getenv("TMPDIR") && access("crash-now", F_OK) == 0) abort();
'''
'''c
n
'''
E
  sed -i '1a #include <stdio.h>\n#include <stdlib.h>\n#include <unistd.h>' a.md
  run -0 skein run -o - a.md
  has $'```output\n2\n```'
  touch crash-now
  run -5 skein run -o - a.md
  has "abort() was called"
  has $'```output\n1\n```'
}
