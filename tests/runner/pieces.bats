load ../helper

# Documents of 16 cells or more, whose objects are loaded side by side from the third
# run on: nobody is to see that.

# A document with what could come out differently: redefinitions, a function that is
# called before it is there, state of functions, values, addresses, a crash through
# several cells.
adversary() {
  doc a.md <<'E'
'''c
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
struct node { int id; const char *name; struct node *next; };
'''
'''c
int total = 1;
int twice(int x) { return 2 * x; }
'''
'''c
int counter(void) { static int n; return ++n; }
counter();
struct node a = { 1, "a", NULL };
printf("%p %p\n", (void *)&total, (void *)&a);
'''
'''c
void walk(const struct node *n) { int name[4] = { n->id }; printf("%d %s\n", name[0], n->name); walk(n->next); }
total += twice(counter());
total
'''
'''c
struct node b = { 2, "b", &a };
b
'''
'''c
int shape(int x) { return x; }
int calls_shape(int x) { return shape(x) + 1; }
'''
'''c
int shape(int x) { return -x; }
printf("%d %d\n", calls_shape(5), shape(5));
'''
'''c
char *text = strdup("hello"), *much = malloc(1000000), *some = malloc(100);
printf("%p %p %p\n", (void *)text, (void *)much, (void *)some);
'''
'''c
for (int i = 0; i < 3; i++) printf("%d ", counter());
puts(text);
'''
'''c
int odd(int n);
int even(int n) { return n == 0 ? 1 : odd(n - 1); }
'''
'''c
int odd(int n) { return n == 0 ? 0 : even(n - 1); }
even(10)
'''
'''c
double ratio = 1.5;
ratio * total
'''
'''c
const char *names[] = { "x", "y", "z" };
names
'''
'''c
enum { N = 4 } kind = N;
kind
'''
'''c
int grid[N][N];
for (int i = 0; i < N; i++) grid[i][i] = i + counter();
grid
'''
'''c
void (*f)(const struct node *) = walk;
f
'''
'''c
total = grid[1][1] + twice(total);
total
'''
'''c
void *late = malloc(20);
printf("%p %p\n", late, (void *)&ratio);
'''
'''c {#last}
total++;
'''
'''c {fails=crash}
walk(&b);
'''
'''c
total
'''
E
}

# The command, with what it says of pieces in `said`.
traced() {
  SKEIN_TRACE=piece "$@" 2>said
}

@test "objects that are loaded side by side give what each would give alone" {
  adversary
  cp a.md alone.md
  skein run --json -o alone.md a.md >alone.json
  traced skein run -o second.md a.md
  grep -q 'are joined to' said
  traced skein run --json -o third.md a.md >third.json
  grep -q 'are loaded as one' said
  run -1 grep 'one by one' said
  cmp alone.md third.md
  plain='s/"(milliseconds|seconds|nanoseconds|at)": *[0-9.]*/T/g; s/"(was_)?compiled": *[a-z0-9]*/C/g; s/"chunks":\[[^]]*\]/K/g'
  diff <(sed -E "$plain" alone.json) <(sed -E "$plain" third.json)

  # Damaged, they are as if they had never been there, and made again.
  for file in .cache/p/*/*; do
    chmod 600 "$file"
    printf 'x' | dd of="$file" bs=1 seek=9000 conv=notrunc status=none
  done
  traced skein run -o fourth.md a.md
  cmp alone.md fourth.md
  grep -q 'are joined to' said
  traced skein run -o fifth.md a.md
  grep -q 'are loaded as one' said
  cmp alone.md fifth.md

  # Of what was edited and what depends on it nothing is used that is old.
  sed 's/return 2 \* x/return 3 * x/' a.md >b.md
  SKEIN_CACHE_DIR=$PWD/.other skein run -o b-alone.md b.md
  run -0 skein run -v -o b-after.md b.md
  has "1 compiled"
  cmp b-alone.md b-after.md

  # Who looks at the loader sees objects one by one.
  sed '/#last/a\
#include <unistd.h>\
char map[] = "/proc/self/maps"; puts(access(map, R_OK) ? "none" : map);' a.md >c.md
  skein run -o c1.md c.md
  skein run -o c2.md c.md
  traced skein run -o c3.md c.md
  run -1 grep 'are loaded as one' said
  cmp c1.md c3.md
}

@test "cells that call nothing can be loaded side by side" {
  {
    printf '```c\nint k;\n```\n'
    for _ in {1..15}; do printf '```c\nk += 2;\n```\n'; done
    printf '```c\nk\n```\n'
  } >a.md
  skein run -q a.md
  run -0 tail -n 3 a.md
  [ "$output" = $'```output\n30\n```' ]
  skein check -q a.md
  traced skein check -q a.md
  grep -q 'are loaded as one' said
}
