load ../helper

# A document whose cells hang together in several ways.
linked() {
  doc a.md <<'E'
'''c {#types}
#include <stdio.h>
#define N 3
struct point { double x, y; };
enum color { RED, GREEN };
int later(int);
'''
'''c
static double norm(struct point p) { return p.x + N; }
struct point home = { 1, 2 };
'''
'''c {#use}
int i;
for (i = 0; i < N; i++)
	printf("%g\n", norm(home));
'''
'''c
int later(int n) { return n + RED; }
'''
'''c {#prog}
int main(void) { printf("%g\n", norm(home)); return 0; }
'''
E
}

@test "why: what a cell defines, and what an edit of each would compile" {
  linked
  run -0 skein why a.md types
  diff -u - <(sed '/^runs/,$d' <<<"$output") <<'E'
a.md:1: cell 1 'types'
defines
  header <stdio.h>           a.md:2
  macro N                    a.md:3
  struct point               a.md:4
  enum color                 a.md:5
  enumerator RED             a.md:5
  enumerator GREEN           a.md:5
  declaration later          a.md:6
uses
  function later             a.md:18  of cell 4, which comes later
an edit of
  the #include of <stdio.h>: compiles this cell and cells 2, 3 'use', 4 and 5 'prog'
  macro N: compiles this cell and cells 2 and 3 'use'
  struct point: compiles this cell and cells 2, 3 'use' and 5 'prog'
  enum color: compiles this cell and cell 4
  anything else in it, such as the body of a function: compiles this cell only
  a comment where no code moves, the text around it: compiles nothing
E
}

@test "why: what a cell uses of which other cell, and for what" {
  linked
  run -0 skein why a.md use
  has "a.md:12: cell 3 'use'"
  has "  macro N                    a.md:3  of cell 1 'types'"
  has "  struct point               a.md:4  of cell 1 'types', for function norm"
  has "  function norm              a.md:9  of cell 2"
  has "runs again   this cell, and the 2 behind it in its session"
  run -0 skein why a.md 2
  has "  the declaration of norm, the declaration of home: compiles this cell and cells 3 'use' and 5 'prog'"
  run -0 skein why a.md prog
  has "a.md:20: cell 5 'prog', a program"
  has "anything in it, since a program leaves nothing to others: compiles this cell only"
  has "runs again   this cell only: a program changes nothing of its session"
}

@test "why: what it says an edit compiles is what the edit compiles" {
  linked
  run -0 skein run -v -o out a.md
  has "5 compiled"
  sed -i 's/double x, y;/double x, y, z;/' a.md
  run -0 skein run -v -o out a.md
  has "4 compiled"
  sed -i 's/#define N 3/#define N 4/' a.md
  run -0 skein run -v -o out a.md
  has "3 compiled"
  sed -i 's/RED, GREEN/RED, BLUE/' a.md
  run -0 skein run -v -o out a.md
  has "2 compiled"
}

@test "why: a cell is named by name, number, line, or document and line; all are listed without" {
  linked
  for cell in use 3 :14; do
    run -0 skein why a.md "$cell"
    has "cell 3 'use'"
  done
  run -0 skein why a.md:14
  has "cell 3 'use'"
  run -2 skein why a.md nothing
  has "a.md: error: no cell is 'nothing': give a name, a number, or :LINE [usage]"
  run -0 skein why a.md
  diff -u - <(head -n 6 <<<"$output") <<'E'
a.md: 5 cells
     1  cell 1 'types'
        defines macro N, struct point, enum color, enumerator RED, enumerator GREEN, declaration later
        uses later of cell 4
     8  cell 2
        defines function norm, variable home
E
}

@test "why starts no program, and says what the cache knows" {
  strace -o /dev/null true 2>/dev/null || skip "strace cannot trace here"
  linked
  ASAN_OPTIONS=detect_leaks=0 strace -f -e trace=execve,fork,vfork,clone,clone3 -o cold skein why a.md use >out
  grep -q "^compiled     unknown: the compiler was not looked at yet" out
  run -0 skein run -o out.md a.md
  ASAN_OPTIONS=detect_leaks=0 strace -f -e trace=execve,fork,vfork,clone,clone3 -o warm skein why a.md use >out
  grep -qE "^compiled     yes: nothing changed, key [0-9a-f]{8}$" out
  [ "$(cat cold warm | grep -cE ' (execve|v?fork|clone3?)\(')" = 2 ]
  run -0 skein why a.md
  has 'a run compiles nothing'
  sed -i 's/i < N/i <= N/' a.md
  run -0 skein why a.md use
  has "compiled     no: its text changed"
  run -0 skein why a.md
  has "        compiled no: its text changed"
  has 'a run compiles 1 of them'
}

@test "why: a cell of another language is not broken, and of a filtered text nothing is claimed" {
  doc a.md <<'E'
'''sh {run}
echo 1
'''

'''c {filter=cat}
1
'''
E
  run -0 skein why a.md
  has 'cell 1  of another language'
  lacks broken
  run -0 skein why a.md 2
  has 'compiled     unknown: its text goes through filter=, which is not run for this'
  printf 'return { hooks = { compile = { c = function(c) c.text = "#define N 3\\n" .. c.text return c end } } }\n' >skein.lua
  printf '```c\nN\n```\n' >b.md
  run -0 skein run -o out b.md
  run -0 skein why b.md 1
  has 'compiled     unknown: hooks of skein.lua may change it, and none is called for this'
  run -0 skein why b.md
  lacks 'a run compiles'
}

@test "why: a failure that the cache knows, a cell that cannot be used, a changed header" {
  echo '#define M 1' >m.h
  doc a.md <<'E'
'''c
int x = "a" * 2;
'''
'''c {cflags=-o/tmp/x}
int y;
'''
'''c
#include "m.h"
int m = M;
'''
E
  run -6 skein run a.md
  run -6 skein why a.md 1
  has "compiled     failed: the compiler refused it with 1 error, key "
  run -6 skein why a.md 2
  has "compiled     broken: its text or its options cannot be used"
  run -6 skein why a.md 3
  has "compiled     yes"
  echo '#define M 2' >m.h
  run -6 skein why a.md 3
  has "compiled     no: 'm.h' changed"
}

@test "why --json: a line for each cell" {
  linked
  run -0 skein why --json a.md
  [ "${#lines[@]}" = 5 ]
  run -0 skein why --json a.md 2
  has '{"document":"a.md","cell":2,"line":8,"session":"main","program":false,'
  has '{"kind":"function","name":"norm","line":9,"whole":false,"recompiles":[3,5]}'
  has '{"kind":"struct","name":"point","cell":1,"line":4,"how":"named"}'
  has '"recompiles":[3,5],"compiled":"unknown"'
}

@test "why: sessions do not see each other" {
  doc a.md <<'E'
'''c {session=one}
int shared;
'''
'''c {session=two}
int shared = 2;
'''
'''c {session=one}
shared++;
'''
'''c {session=none}
int shared;
shared = 1;
'''
E
  run -0 skein why a.md 3
  has "variable shared            a.md:2  of cell 1"
  run -0 skein why a.md 2
  has "nothing of other cells"
  has "runs again   this cell only: none comes later in its session"
  run -0 skein why a.md 4
  has "cell 4, in a process of its own"
  has "runs again   this cell only: it has a process of its own"
}

@test "why FILE:LINE: the block and line of a tangled line, with the references on the way" {
  doc a.md <<'E'
'''c file=src/x.c
int x;
<<body>>
'''
'''c {#body}
	int y;
	int z;
'''
E
  run -0 skein why a.md src/x.c:3
  diff -u - <(printf '%s\n' "$output") <<'E'
a.md:1:6: note: 'src/x.c' is not there: this is what skein tangle would write
src/x.c:3: from a.md:7:1, block 'body'
     7 | 	int z;
  by way of a.md:3:3, <<body>> in block 'src/x.c'
E
  run -2 skein why src/x.c:3
  has "no document is known to have written 'src/x.c'"
  run -0 skein tangle a.md
  run -0 skein why src/x.c:1
  has "src/x.c:1: from a.md:2:1, block 'src/x.c'"
  cd src
  run -0 skein why --json x.c:2
  has '{"file":"src/x.c","file-line":2,"document":"../a.md","line":6,"column":1,"block":"body","references":[{"document":"../a.md","line":3,"column":3,"name":"body"}]}'
  cd ..
  run -0 skein why a.md:6
  has "src/x.c:2: from a.md:6:1, block 'body'"
  sed -i 's/int z/long z/' src/x.c
  run -0 skein why src/x.c:3
  has "a.md:1:6: warning: line 3 of 'src/x.c' is another one than the document gives; it was edited since it was written: skein tangle --check shows how [stale-line]"
  skein tangle --force a.md
  sed -i 's/int z/long z/' a.md
  run -0 skein why "$PWD/./src/../src/x.c:3"
  has "gives; its document has changed since it was written, or it was written with other options: skein tangle writes it again [stale-line]"
  run -2 skein why src/x.c:4
  has "a.md:1:6: error: 'src/x.c' has no line 4: it has 3 [usage]"
  rm src/x.c
  run -0 skein why src/x.c:2
  has "'src/x.c' is not there: this is what skein tangle would write"
  run -2 skein why a.md nowhere.c:1
  has "a.md: error: no target of this document is 'nowhere.c' [usage]"
}

@test "why FILE:LINE:COLUMN: with directives in the target, its own lines and the document's columns" {
  doc a.md <<'E'
- one

  '''c file=x.c
  int x;
  <<b::body>>
  int y;
  '''
E
  doc b.md <<'E'
'''c {#body}
call(z);
'''
E
  skein tangle --line-directives a.md b.md
  run -0 skein why a.md b.md x.c:4:6
  has "x.c:4: from b.md:2:6, block 'body'"
  has "by way of a.md:5:5, <<b::body>> in block 'x.c'"
  run -0 skein why a.md b.md x.c:6:3
  has "x.c:6: from a.md:6:3, block 'x.c'"
  run -0 skein why . x.c:5
  has $'x.c:5: from skein itself\n     5 | #line 6 "a.md"'
  run -0 skein why --json a.md b.md x.c:5
  has '{"file":"x.c","file-line":5,"text":"#line 6 \"a.md\""}'
  run -0 skein tangle --line-directives --map - a.md b.md
  jq -e '.documents == ["a.md", "b.md"] and (.targets | length) == 1 and .targets[0].lines == 6' <<<"$output"
  diff <(jq -c '.targets[0].runs[]' <<<"$output") - <<'E'
{"line":2,"count":1,"indent":2,"document":0,"from":4,"column":3,"block":"x.c"}
{"line":4,"count":1,"indent":0,"document":1,"from":2,"column":1,"block":"body"}
{"line":6,"count":1,"indent":2,"document":0,"from":6,"column":3,"block":"x.c"}
E
}

@test "why and --explain: what differs from the last run, by the group of bytes" {
  doc a.md <<'E'
'''c
int twice(int n) { return 2 * n; }
'''
'''c {#use cflags=-O1}
int four = twice(2);
'''
E
  run -0 skein why a.md use
  has "compiled     unknown"
  run -0 skein run --explain -o - a.md
  has "explain: cell 1 (a.md:1): ran, compiled: never compiled, key "
  has "explain: cell 'use' (a.md:4): ran, compiled: never compiled, key "
  run -0 skein why --set std=c11 --set cflags=-O2 a.md 1
  has "compiled     no: standard: -std=c11 was -std=gnu17; flags: -O2 is new"
  SOURCE_DATE_EPOCH=0 run -0 skein why --json a.md use
  has '"compiled":"no","reason":"environment: SOURCE_DATE_EPOCH=0 is new","changes":[{"group":"environment","says":"environment: SOURCE_DATE_EPOCH=0 is new","was":[],"is":["SOURCE_DATE_EPOCH=0"]}]'
  sed -i 's/-O1/-O2/; s/int twice(int n)/int twice(long n)/' a.md
  run -0 skein why a.md use
  has "compiled     no: flags: -O2 was -O1; it uses twice, whose interface changed"
  run -0 skein run --explain --json -o out.md a.md
  has '"compiled":true,"reason":"its text changed","changes":[{"group":"text",'
  has "explain: cell 'use' (a.md:4): ran, compiled: flags: -O2 was -O1; it uses twice, whose interface changed, key "
  sed -i 's/-O2/-O1/; s/int twice(long n)/int twice(int n)/' a.md
  run -0 skein run --explain -o out.md a.md
  has "explain: cell 1 (a.md:1): ran, reused: compiled before: its text changed, key "
}

@test "why: the ledger is written once, and not again while nothing changes" {
  doc a.md <<'E'
'''c
int a;
'''
'''c
int b = a +;
'''
E
  run -4 skein run -o out.md a.md
  ledger=(.cache/d/*/*)
  [ "${#ledger[@]}" = 1 ]
  touch before
  run -4 skein run -o out.md a.md
  [ -z "$(find "${ledger[0]}" -newer before)" ]
  # A damaged ledger is none, and is made anew.
  chmod 600 "${ledger[0]}"
  sed -i 's/^cell 1 /cell 7 /' "${ledger[0]}"
  run -0 skein why a.md 1
  has "compiled     yes: compiled before, elsewhere, key "
  run -4 skein run -o out.md a.md
  run -0 skein why a.md 1
  has "compiled     yes: nothing changed, key "
  # The cell that came to no result keeps its line.
  sed -i 's/b = a +;/b = a + c;/' a.md
  run -4 skein run --no-compile -o out.md a.md
  run -0 skein why a.md 2
  has "compiled     no: its text changed"
}
