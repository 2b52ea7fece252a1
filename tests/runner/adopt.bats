# Documents that nobody wrote for skein: what their blocks are, and the options with which they run.

load ../helper

# A library whose README says nothing of how its blocks are to be built.
stack() {
  cat >stack.h <<'E'
struct stack { int items[16], n; };
void push(struct stack *s, int item);
int pop(struct stack *s);
E
  cat >stack.c <<'E'
#include "stack.h"

void push(struct stack *s, int item) { s->items[s->n++] = item; }
int pop(struct stack *s) { return s->items[--s->n]; }
E
}

@test "the options with which a README runs are found, shown as a patch, and written; then check is clean" {
  stack
  doc README.md <<'E'
# stack

'''sh
make install
'''

Declare one:

'''c
struct stack s = {0};
'''

- Use it:

  '''c
  push(&s, 1);
  ...
  printf("%d\n", pop(&s));	// => 1
  '''

> '''c
> for each item in s
> '''

'''c
*(int *)0 = 1;
'''

This crashes:

'''c
struct stack *none = 0;
push(none, 1);
'''
E
  cp README.md before.md
  run -0 --separate-stderr skein adopt -n README.md
  same <(printf '%s\n' "$output") <<'E'
--- README.md
+++ README.md
@@ -1,3 +1,5 @@
+<!-- skein: prelude=stack.h sources=stack.c omit="..." outputs=none -->
+
 # stack
 
 ```sh
@@ -18,16 +20,19 @@
   printf("%d\n", pop(&s));	// => 1
   ```
 
+> <!-- skein: run=false -->
 > ```c
 > for each item in s
 > ```
 
+<!-- skein: run=compile -->
 ```c
 *(int *)0 = 1;
 ```
 
 This crashes:
 
+<!-- skein: fails=crash -->
 ```c
 struct stack *none = 0;
 push(none, 1);
E
  output=$stderr
  has 'README.md: 6 blocks, 5 of C; 0 run as they are'
  has '     9  declarations  '
  has "    15  statements    needs line 9"
  has '    21  sketch        '
  has 'run=false'
  has 'runs: fails=crash'
  has '1 other, only shown: 1 sh'
  has 'with the edit: 3 run, 1 compiles, 1 only shown'
  has 'note: 1 comment says what is printed; what stands in comments is not compared'
  cmp README.md before.md

  run -0 --separate-stderr skein adopt README.md
  [ -z "$output" ]
  run -0 skein check README.md
  cp README.md adopted.md
  run -0 skein adopt README.md
  cmp README.md adopted.md
}

@test "a plain fence that shows what the cell above prints becomes its output" {
  doc a.md <<'E'
'''c
printf("one\n");
'''
'''text
one
'''

'''c
printf("two\n");
'''

'''
something else
'''

- '''c
  1 + 2
  '''
  '''
  3
  '''

'''c
printf("four\n");
'''

**It prints:**

'''console
four
'''
E
  run -0 skein adopt a.md
  has '3 fences become the output of the cell above'
  same a.md < <(doc /dev/stdout <<'E'
'''c
printf("one\n");
'''
'''output
one
'''

<!-- skein: show=code -->
'''c
printf("two\n");
'''

'''
something else
'''

- '''c
  1 + 2
  '''
  '''output
  3
  '''

'''c
printf("four\n");
'''

**It prints:**

'''output
four
'''
E
  )
  run -0 skein check a.md
  sed -i 's/"four/"4/' a.md
  run -0 skein run a.md
  tail -n 9 a.md | grep -qx 4
  run -0 skein check a.md
}

@test "what a cell shows and the page does not is not wanted there either" {
  doc a.md <<'E'
'''c
#include <skein.h>
skein_markdown("| a |\n|---|\n| 1 |\n");
'''
E
  doc b.md <<'E'
'''c
puts("one");
'''

'''
one
'''

E
  cat a.md >>b.md
  run -0 skein adopt a.md b.md
  [[ $(head -1 a.md) == *outputs=none* ]]
  grep -q 'show=code' b.md
  grep -q '```output' b.md
  run -0 skein check a.md b.md
}

@test "check of a document that has nothing of ours says what its blocks are, and prints the edit" {
  stack
  doc README.md <<'E'
'''c
struct stack s = {0};
'''
'''c
push(&s, 1);
'''
'''c
push(&s, 2);
'''
'''c
pop(&s) + pop(&s);
'''
E
  cp README.md before.md
  run -4 --separate-stderr skein check README.md
  cmp README.md before.md
  same <(printf '%s\n' "$output") <<'E'
--- README.md
+++ README.md
@@ -1,3 +1,5 @@
+<!-- skein: prelude=stack.h sources=stack.c -->
+
 ```c
 struct stack s = {0};
 ```
E
  output=$stderr
  has 'README.md: 4 blocks, 4 of C; 0 run as they are'
  has 'skein adopt README.md makes this edit:'
  has 'README.md: 0 of 4 cells ran, 1 does not compile, 3 blocked'
  lacks 'error:'
  run -4 skein check -q README.md
  lacks 'blocks'
  run -4 skein check --set timeout=9s README.md
  lacks 'blocks, '
  run -4 skein check -v README.md
  has 'error:'
  has '4 blocks'
  skein adopt -q README.md
  run -0 skein check README.md
  lacks 'blocks'
}

@test "options go where the document has its own, or where one says" {
  doc a.md <<'E'
---
title: a
---
'''c
x y z
'''

'''c
printf("hello\n");
'''
E
  cp a.md b.md
  cp a.md c.md
  run -0 skein adopt a.md
  same a.md < <(sed -e '2a skein:\n  outputs: none' -e '4s/$/\n\/\/| run: false/' b.md)
  run -0 skein adopt --carrier=braces,comment b.md
  same b.md < <(sed -e '3a <!-- skein: outputs=none -->\n' -e '4s/$/ {run=false}/' c.md)
  sed -i '8s/$/ {timeout=9s}/' c.md
  run -0 skein adopt c.md
  grep -q '^```c {run=false}$' c.md
  run -2 skein adopt --carrier=margin a.md
  has '--carrier is comment, braces, lines or front'
  run -0 skein check a.md b.md c.md
}

@test "a document that holds nothing but sketches says so once; the comment above the first block is that block's" {
  doc a.md <<'E'
'''c
x y z
'''

'''c
a b c
'''
E
  doc b.md <<'E'
'''c
x y z
'''
'''c
int i;
'''
E
  doc c.md <<'E'
'''
int i = 0;
'''
E
  run -0 skein adopt a.md b.md c.md
  has 'note: 1 fence without a language looks like C: with ```c it would run'
  [ "$(grep -c skein a.md)" = 1 ]
  head -n 1 a.md | grep -qx '<!-- skein: run=marked -->'
  same <(head -n 4 b.md) <<'E'
<!-- skein: run=all -->

<!-- skein: run=false -->
```c
E
  run -0 skein check a.md b.md
}

@test "what no option settles is named; programs get it all as JSON" {
  doc a.md <<'E'
'''c {stdin=absent.txt}
int i;
'''
'''c
j = 1;
'''
E
  run -0 skein adopt -n a.md
  has 'a.md:1:1: warning: no option settles this cell: skein check says what is wrong with it [left-as-it-is]'
  has '1 left to you'
  run -0 --separate-stderr skein adopt -n --json a.md
  [ -z "$stderr" ] || [[ $stderr == *left-as-it-is* ]]
  jq -e '.clean == false and .document == "a.md" and .blocks[1].what == "sketch" and
    .blocks[1].options.run == "false" and .blocks[1].line == 4 and (.patch | startswith("--- a.md"))' <<<"$output"
}

@test "what never ends is expected to, if the text says so, and costs a second from then on" {
  doc a.md <<'E'
This hangs:

'''c
for (;;)
	;
'''

This one too, but nobody says so:

'''c
int i = 1;
while (i)
	;
'''
E
  sed -i 's/This one too/Another/' a.md
  run -0 skein adopt --set timeout=100ms a.md
  grep -qx '<!-- skein: fails=timeout timeout=1s -->' a.md
  grep -qx '<!-- skein: run=compile -->' a.md
}

@test "the headers of a built CMake project are found; before it is built adopt says to build it" {
  mkdir -p include/lib src build/include/lib
  touch include/lib/config.h.in skein.lua
  echo '#define LIB_SIZE 7' >build/include/lib/config.h
  printf '#include <lib/config.h>\ntypedef struct { int n; } lib_t;\nint lib_size(lib_t *l);\n' >include/lib/lib.h
  printf '#include <lib/lib.h>\nint lib_size(lib_t *l) { return l->n * LIB_SIZE; }\n' >src/lib.c
  doc README.md <<'E'
'''c
#include <lib/lib.h>
int main(void) { lib_t l = { 3 }; return lib_size(&l) - 21; }
'''

'''c
lib_t l = { 6 };
lib_size(&l)
'''

Output:

'''
41
'''
E
  mv build built
  run -0 skein adopt -n README.md
  has "note: 'lib/config.h' is made of include/lib/config.h.in when the project is built: build it first"
  lacks 'no option settles'
  lacks run=marked
  run -4 skein check --set cflags=-Iinclude --set sources=src/lib.c README.md
  has "help: 'lib/config.h' is made of include/lib/config.h.in"
  mv built build
  run -0 skein adopt README.md
  has 'for the document: cflags="-Iinclude -Ibuild/include" prelude=include/lib/lib.h sources=src/lib.c outputs=none'
  has "note: line 13, '41', stands where an output would, and is not what the cell above it prints"
  has 'note: what the blocks print is not compared'
  run -0 skein check README.md
}

@test "an example that was written for a folder of its own runs, and what the table says is written" {
  stack
  sed -i '1i #pragma once' stack.h
  mkdir examples
  touch skein.lua
  doc README.md <<'E'
'''c
#include <stdio.h>
#include "../stack.h"
int main(void) { struct stack s = {0}; push(&s, 1); return pop(&s); }
'''

'''c
no C
'''
E
  run -0 skein adopt README.md
  has 'for the document: cflags=-Iexamples sources=stack.c'
  [ "$(head -n 1 README.md)" = '<!-- skein: cflags=-Iexamples sources=stack.c -->' ]
  run -0 skein check README.md
  lacks warning
}
