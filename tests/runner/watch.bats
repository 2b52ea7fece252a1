load ../helper

# skein watch, followed by its events: one object a cell, then one a round.

# watching ARGUMENT...: start it; it is ready when this returns.
watching() {
  mkfifo events
  env --default-signal=INT skein watch --json "$@" >events 2>messages 3>&- &
  pid=$!
  exec {events}<events
  next_event
  [[ $event == '{"watching":true}' ]]
}

# next_event: the next line, in $event.
next_event() {
  IFS= read -r -t 60 -u "$events" event || { echo "no event came"; cat messages; return 1; }
}

# next_round: up to the end of the next round; it is in $event, its cells in $output.
next_round() {
  output=
  while next_event; do
    [[ $event == *'"round":'* ]] && return
    output+=$event$'\n'
  done
  return 1
}

# counts CELLS RAN STAND: of the last round.
counts() {
  [[ $event == *"\"cells\":$1,\"ran\":$2,\"stand\":$3,"* ]] || { echo "not $*: $event"; cat messages; return 1; }
}

# no_rounds_left: it ends on SIGTERM, and had nothing more to say.
ends() {
  kill -TERM "$pid"
  ended "$pid" 143
  run cat <&"$events"
  [ -z "$output" ] || { echo "more events: $output"; return 1; }
  exec {events}<&-
}

teardown() {
  [ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null || true
}

# in_place FROM TO FILE: as nano saves; by_rename: as vim does; both are sed's.
in_place() {
  local text
  text=$(sed "s/$1/$2/" "$3"; echo .)
  printf '%s' "${text%.}" >"$3"
}
by_rename() {
  sed -i "s/$1/$2/" "$3"
}

notebook() {
  doc a.md <<'END'
# Notes

'''c
int x = 1;
FILE *diary = fopen("log", "a");
fprintf(diary, "first\n");
fflush(diary);
x
'''

'''c
x += 1;
fprintf(diary, "second\n");
fflush(diary);
x
'''

'''c
x * 10
'''
END
}

@test "a save runs from the first changed cell on, in the state of before it" {
  notebook
  watching a.md
  next_round
  counts 3 3 0
  [[ $event == *'"written":true'* ]]
  run cat a.md
  has $'```output\n20\n```'
  # the last cell; our own write has been no change
  by_rename 'x \* 10' 'x * 100' a.md
  next_round
  counts 3 1 2
  grep -A1 -F '```output' a.md | grep -qx 200
  # the one in the middle, and then all behind it
  in_place 'x += 1' 'x += 4' a.md
  next_round
  counts 3 2 1
  grep -qx 500 a.md
  # prose only
  by_rename '# Notes' '# More notes' a.md
  next_round
  counts 3 0 3
  [[ $event == *'"written":false'* ]]
  same log <<<$'first\nsecond\nsecond'
  ends
}

@test "cells that are deleted, put in, changed about or renamed are noticed" {
  printf '```c\nint x = 1;\n```\n\n```c\nx = 2 * x;\n```\n\n```c\nx = x + 3;\nx\n```\n' >a.md
  watching a.md
  next_round
  counts 3 3 0
  printf '```c\nint x = 1;\n```\n\n```c\nx = x + 3;\nx\n```\n\n```output\n5\n```\n\n```c\nx = 2 * x;\n```\n' >a.md
  next_round
  counts 3 2 1
  grep -qx 4 a.md
  printf '```c\nint x = 1;\n```\n\n```c\nx = x + 3;\nx\n```\n' >a.md
  next_round
  counts 2 0 2
  printf '```c\nint x = 1;\n```\n\n```c\nx = 7;\n```\n\n```c\nx = x + 3;\nx\n```\n' >a.md
  next_round
  counts 3 2 1
  grep -qx 10 a.md
  ends
}

@test "failures stand as well, with their message, and go when they are mended" {
  doc a.md <<'END'
'''c
int x = 1;
'''

'''c
x = 2;
int *p = 0;
*p = x;
'''

'''c
x
'''

'''c {session=other}
int y = z;
'''
END
  watching a.md
  next_round
  counts 4 3 0
  grep -q '^a.md:8:4: error: this cell failed: .*\[crash\]$' messages
  sed -i '1i prose' a.md
  next_round
  counts 4 0 3
  # the place is that of now, and what does not compile is told again
  grep -q '^a.md:9:4: error: this cell failed' messages
  [ "$(grep -c "'z' undeclared" messages)" = 2 ]
  by_rename '^int .p = 0' 'int *p = \&x' a.md
  next_round
  counts 4 2 1
  [[ $event == *'"failed":1'* ]]
  grep -qx 2 a.md
  ends
}

@test "programs, session=none and other sessions run again for their own changes only" {
  doc a.md <<'END'
'''c
int x = 1;
'''

'''c
#include <stdio.h>
int main(void) { printf("program %d\n", x); return 0; }
'''

'''c {session=none}
puts("alone");
'''

'''c {session=two}
int y = 5;
y
'''

'''c
x
'''
END
  watching a.md
  next_round
  counts 5 5 0
  by_rename alone lonely a.md
  next_round
  counts 5 1 4
  by_rename 'y = 5' 'y = 6' a.md
  next_round
  counts 5 1 4
  by_rename 'x = 1' 'x = 3' a.md
  next_round
  counts 5 3 2
  grep -qx 'program 3' a.md
  ends
}

@test "headers, sources, stdin, preludes and options are watched, too" {
  mkdir src in
  echo '#define STEP 1' >src/step.h
  echo 'int twice(int n) { return 2 * n; }' >src/twice.c
  echo 'int three = 3;' >pre.c
  echo one >in/line
  doc a.md <<'END'
---
skein:
  sources: src/*.c
  prelude: pre.c
---

'''c
int twice(int n);
int x = three;
'''

'''c
#include "step.h"
x + STEP
'''

'''c {session=none stdin=in/line}
char line[20];
fgets(line, sizeof line, stdin);
puts(line);
'''
END
  watching a.md
  next_round
  counts 3 3 0
  echo two >in/line
  next_round
  counts 3 1 2
  by_rename 1 5 src/step.h
  next_round
  counts 3 1 2
  grep -qx 8 a.md
  echo 'int three = 33;' >pre.c
  next_round
  counts 3 2 1
  grep -qx 38 a.md
  # a file that the pattern means is new
  echo 'int thrice(int n) { return 3 * n; }' >src/thrice.c
  next_round
  counts 3 3 0
  by_rename 'sources:' 'timeout: 5s\n  sources:' a.md
  next_round
  counts 3 3 0
  ends
}

@test "skein.lua is watched: when it comes, changes, is broken and is mended" {
  printf '```c\nWORD\n```\n' >a.md
  echo 'return { cflags = "-DWORD=1" ' >skein.lua
  watching a.md
  until grep -q "^skein.lua:1.*bad-settings" messages; do kill -0 "$pid"; done
  echo 'return { cflags = "-DWORD=1" }' >skein.lua
  next_round
  counts 1 1 0
  grep -qx 1 a.md
  echo 'return { cflags = "-DWORD=2" }' >skein.lua
  next_round
  counts 1 1 0
  grep -qx 2 a.md
  echo 'return { cflag = "-DWORD=2" }' >skein.lua
  until grep -q 'unknown-setting' messages; do kill -0 "$pid"; done
  echo 'return { cflags = "-DWORD=4" }' >skein.lua
  next_round
  grep -qx 4 a.md
  rm skein.lua
  next_round
  echo 'return { cflags = "-DWORD=5" }' >skein.lua
  until grep -qx 5 a.md; do next_round; done
  ends
}

@test "what is written while other documents of the first round run is seen" {
  echo one >line
  doc a.md <<'E'
'''c {stdin=line}
#include <stdio.h>
puts(fgets((char[9]){0}, 9, stdin));
'''
E
  doc b.md <<'E'
'''c {timeout=60s}
#include <stdlib.h>
system("until [ -e go ]; do :; done");
'''
E
  watching a.md b.md
  next_round
  [[ $event == *'"document":"a.md"'* ]]
  echo two >line
  touch go
  next_round
  [[ $event == *'"document":"b.md"'* ]]
  next_round
  counts 1 1 0
  grep -qx two a.md
  ends
}

@test "console blocks stand together, and run again when something before them changed" {
  doc a.md <<'END'
'''c file=hello.txt
hello
'''

'''console run
$ cat hello.txt; mkdir new
'''

'''console run
$ ls -d new; wc -l <a.md
'''
END
  watching a.md
  next_round
  counts 2 2 0
  by_rename '^hello$' goodbye a.md
  next_round
  counts 2 2 0
  run cat a.md
  has $'goodbye\n```'
  has $'new\n11\n```'
  # the second one names the document, which has a line more now
  by_rename '^goodbye$' '&\n&' a.md
  next_round
  counts 2 2 0
  by_rename 'wc -l <a.md' 'echo $((6 * 7))' a.md
  next_round
  counts 2 2 0
  sed -i '1i prose' a.md
  next_round
  counts 2 0 2
  run cat a.md
  has $'new\n42\n```'
  ends
}

@test "a save while a cell runs stops it; what came out before stands" {
  doc a.md <<'END'
'''c
int x = 1;
fclose(fopen("begun", "w"));
x
'''

'''c {timeout=60s}
#include <unistd.h>
x = 50;
fclose(fopen("hangs", "w"));
for (;;)
	pause();
'''

'''c
x
'''
END
  watching a.md
  until [ -e hangs ]; do kill -0 "$pid"; done
  in_place 'for (;;)' 'if (0)' a.md
  next_round
  counts 3 2 1
  grep -qx 50 a.md
  [ ! -s messages ]
  ends
}

@test "a document that goes away is told of once, and comes back" {
  printf '```c\n1 + 1\n```\n' >a.md
  watching a.md
  next_round
  mv a.md b.md
  next_event
  [ "$event" = '{"document":"a.md","gone":true}' ]
  sed -i 's/1 + 1/3 + 4/' b.md
  mv b.md a.md
  next_round
  counts 1 1 0
  grep -qx 7 a.md
  # half of a save is waited for
  : >a.md
  printf '```c\n3 + 5\n```\n' >a.md
  next_round
  counts 1 1 0
  grep -qx 8 a.md
  [ ! -s messages ]
  ends
}

@test "what is wrong with the structure is told, and is no end" {
  printf '```c {name=x}\n1 + 1\n```\n' >a.md
  watching a.md
  next_round
  printf '```c {name="x}\n1 + 2\n```\n' >a.md
  until grep -q '^a.md:1:.*error' messages; do kill -0 "$pid"; done
  printf '```c {name=x}\n1 + 2\n```\n' >a.md
  until [[ $event == *'"ran":1'* && $event == *'"failed":0,"written":true'* ]] && grep -qx 3 a.md; do next_round; done
  ends
}

@test "links, several documents and folders, each with sessions of its own" {
  mkdir docs real
  printf '```c\nint x = 1;\nx\n```\n' | tee real/a.md docs/b.md >docs/c.md
  ln -s ../real/a.md docs/a.md
  watching docs
  next_round; next_round; next_round
  # the target of a link
  in_place 'x = 1' 'x = 4' real/a.md
  next_round
  [[ $event == *'"document":"docs/a.md"'* ]]
  counts 1 1 0
  [ -L docs/a.md ]
  grep -qx 4 real/a.md
  # a new document
  printf '```c\nint x = 8;\nx\n```\n' >docs/d.md
  next_round
  [[ $event == *'"document":"docs/d.md"'* ]]
  grep -qx 8 docs/d.md
  ends
}

@test "cache=off runs in each round, and what follows in its session" {
  printf '```c\nint x = 1;\n```\n\n```c {cache=off}\nx++;\n```\n\n```c\nx\n```\n' >a.md
  watching a.md
  next_round
  counts 3 3 0
  sed -i '1i prose' a.md
  next_round
  counts 3 2 1
  grep -qx 2 a.md
  ends
}

@test "with --poll files are looked at, and a save is found all the same" {
  printf '```c\n1 + 1\n```\n' >a.md
  watching --poll a.md
  next_round
  by_rename '1 + 1' '4 + 5' a.md
  next_round
  grep -qx 9 a.md
  ends
}

@test "another run may have the document between rounds; Ctrl-C is status 0" {
  printf '```c\n1 + 1\n```\n' >a.md
  watching a.md
  next_round
  run -0 skein run a.md
  kill -INT "$pid"
  ended "$pid" 0
}

@test "people are told in a line a round; usage errors end it" {
  printf '```c {fails=compile}\nint 1;\n```\n\n```c\nint x = 1;\n```\n\n```c\nx\n```\n' >a.md
  env --default-signal=INT skein watch a.md 2>messages 3>&- &
  pid=$!
  until grep -q 'a.md: 3 of 3 cells ran (' messages; do kill -0 "$pid"; done
  by_rename '^x$' 'x + 1' a.md
  until grep -q 'a.md: 1 of 3 cells ran again, 2 stand (' messages; do kill -0 "$pid"; done
  grep -q ' watching a.md; Ctrl-C ends$' messages
  kill -INT "$pid"
  ended "$pid" 0
  run -0 skein help watch
  has 'usage: skein watch DOC...'
  has '--poll'
  run -2 skein help wtach
  has "did you mean 'watch'?"
  run -2 skein watch --set flie=x a.md
  run -2 skein watch -j none a.md
  run -2 skein watch
  run skein watch gone.md
  [ "$status" -ne 0 ]
}

@test "no save is lost, in place or by rename, at any moment" {
  # a sample; the whole is `tests/faults/saves BUILD`
  run -0 "$SKEIN_TOP/tests/faults/saves" -n 30 -s "${SKEIN_SEED:-1}" "$SKEIN_BUILD"
  has '30 saves, 0 lost'
}

@test "a first round is told from recorded runs, and declared data wakes a later one" {
  doc a.md <<'END'
'''c {cache=run}
#include <stdio.h>
int n = 1;
'''

'''c {cache=run data=data}
FILE *f = fopen("data", "r");
fscanf(f, "%d", &n);
n
'''
END
  echo 1 >data
  skein run a.md
  watching a.md
  next_round
  counts 2 0 2
  echo 2 >data
  next_round
  counts 2 2 0
  grep -x 2 a.md
  echo 3 >data
  next_round
  counts 2 1 1
  grep -x 3 a.md
  ends
}

@test "what another cell pastes is run again until it has come to rest" {
  doc a.md <<'END'
'''c #table
puts("40");
'''

'''c
int n = 2 +
	<<table!>>
;
n
'''
END
  watching a.md
  next_round
  counts 2 1 0
  next_round
  counts 2 1 1
  grep -qx 42 a.md
  by_rename '"40"' '"50"' a.md
  next_round
  counts 2 2 0
  next_round
  counts 2 1 1
  grep -qx 52 a.md
  ends
}

@test "watch takes the state of Lua back to before the edited cell, and runs from there on" {
  doc a.md <<'END'
'''c
int n = 1;
'''
'''lua {run}
local x = 1
list = { x }
'''
'''lua {run}
x = x + 1
list[#list + 1] = x
'''
'''lua {run}
table.concat(list, " ")
'''
END
  watching a.md
  next_round
  counts 4 4 0
  [[ $output == *'"value":"1 2"'* ]]
  in_place 'x = x + 1' 'x = x + 10' a.md
  next_round
  counts 4 2 2
  [[ $output == *'"value":"1 11"'* ]]
  ends
}
