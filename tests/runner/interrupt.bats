load ../helper

# A background job of a shell ignores SIGINT; on a terminal nobody does.
in_background() {
  env --default-signal=INT "$@" >out 2>messages &
  pid=$!
}

# until_there FILE: it is made by a cell while $pid lives.
until_there() {
  until [ -e "$1" ]; do kill -0 "$pid" || return 1; done
}

hang() {
  printf '#include <unistd.h>\nputs("half"); fclose(fopen("%s", "w")); state = 2;\nfor (;;)\n\tpause();\n' "$1"
}

@test "Ctrl-C stops the cell, writes what is there and goes on; twice, it stops the run" {
  {
    printf '%s\n' '```c' 'int state = 1;' 'state' '```' '' '```c {fails=any}'
    hang first
    printf '%s\n' '```' '' '```output' 'recorded' '```' '' '```c' 'state + 10' '```' '' '```c'
    hang second
    printf '%s\n' '```' '' '```c' 'state + 100' '```' '' '```output' 'never run' '```'
  } >a.md
  in_background skein run a.md
  until_there first
  # once no compiler works, the second Ctrl-C comes soon after the first
  until [ "$(find .cache -path '*/o/*' -type f | wc -l)" = 5 ]; do kill -0 $pid; done
  kill -INT $pid
  until_there second
  # the document is there while the next one hangs: state as before, recorded output kept
  {
    printf '%s\n' '```c' 'int state = 1;' 'state' '```' '' '```output' '1' '```' '' '```c {fails=any}'
    hang first
    printf '%s\n' '```' '' '```output' 'recorded' '```' '' '```c' 'state + 10' '```'
  } >start
  head -n "$(wc -l <start)" a.md | diff -u start -
  kill -INT $pid
  ended $pid 130
  # what ran behind the first is in place now, and what did not run is as it was
  printf '%s\n' '' '```output' '11' '```' '' '```c' >>start
  hang second >>start
  printf '%s\n' '```' '' '```c' 'state + 100' '```' '' '```output' 'never run' '```' >>start
  same a.md <start
  run cat messages
  has 'error: this cell failed: interrupted after '
  has '[interrupted]'
  has 'a.md:10:2: error:'
  has 'note: the last that it printed: half'
  has 'the session goes on with the state from before this cell'
  has 'a.md: 2 of 5 cells ran, 1 interrupted, 2 not run'
  lacks 'was expected to fail'
}

@test "a cell that ran well before, and the cells sent ahead behind it, can be interrupted" {
  doc a.md <<'E'
'''c
#include <stdio.h>
#include <unistd.h>
int state = 1;
'''

'''c
state++;
fclose(fopen("first", "w"));
while (access("go", F_OK) != 0)
	usleep(1000);
'''

'''c
state
'''
E
  : >go
  skein run a.md
  rm go first
  in_background skein run a.md
  until_there first
  kill -INT $pid
  ended $pid 5
  run tail -n 3 a.md
  has $'```output\n1\n```'
}

@test "check tells of an interrupted cell, compares the others and writes nothing" {
  {
    printf '%s\n' '```c' 'int state = 1;' 'state' '```' '' '```output' '3' '```' '' '```c'
    hang first
    printf '%s\n' '```' '' '```output' 'recorded' '```' '' '```c' 'state' '```' '' '```output' '1' '```'
  } >a.md
  cp a.md before
  in_background skein check --json a.md
  until_there first
  kill -INT $pid
  ended $pid 5
  cmp a.md before
  grep -c '\[output-differs\]' messages >got
  same got <<<1
  run cat out
  has '"outcome":"interrupted","what":"interrupted after '
  has '"stdout":{"head":"half\n"'
}

@test "an interrupted console block keeps its transcript" {
  printf '%s\n' '```console {.run}' '$ echo a' 'old' '$ >first; sleep 1000' '$ echo b' 'old' '```' >a.md
  cp a.md before
  in_background skein run a.md
  until_there .cache/w
  until [ -n "$(find .cache/w -name first)" ]; do kill -0 $pid; done
  kill -INT $pid
  ended $pid 5
  cmp a.md before
  run cat messages
  has 'a.md:4:1: error: this cell failed: interrupted'
}

@test "where no cell runs, Ctrl-C stops the run: the compiler ends and leaves nothing" {
  mkfifo wait.h
  printf '%s\n' '```c' '1 + 1' '```' '' '```c' '#include "wait.h"' '2 + 2' '```' >a.md
  in_background env TMPDIR="$PWD/tmp" skein run a.md
  mkdir tmp
  exec 9>wait.h		# the compiler has it open
  until [ -n "$(find .cache -path '*/r/*' -type f)" ]; do kill -0 $pid; done
  kill -INT $pid
  ended $pid 130
  exec 9>&-
  run -0 cat a.md
  has $'```output\n2\n```'
  [ -z "$(find tmp .cache/v1/t -type f)" ]
}

@test "SIGTERM and SIGHUP leave the document, and what ran before, as they were" {
  {
    printf '%s\n' '```c' 'int state = 1;' 'state' '```' '' '```c'
    hang first
    printf '%s\n' '```'
  } >a.md
  cp a.md before
  for signal in TERM HUP; do
    rm -f first
    in_background skein run --report junit=r.xml a.md
    until_there first
    kill -$signal $pid
    ended $pid $((128 + $(kill -l $signal)))
    cmp a.md before
    grep -q 'type="worker-died" message="the run was ended by a signal' r.xml
  done
}

@test "a signal that was ignored at the start is ignored" {
  {
    printf '%s\n' '```c'
    printf '#include <stdio.h>\n#include <unistd.h>\nfclose(fopen("first", "w"));\nwhile (access("go", F_OK) != 0)\n\tusleep(1000);\n1\n'
    printf '%s\n' '```'
  } >a.md
  env --ignore-signal=INT,HUP skein run a.md &
  pid=$!
  until_there first
  kill -INT $pid
  kill -HUP $pid
  : >go
  ended $pid 0
  run -0 tail -n 3 a.md
  has $'```output\n1\n```'
}

@test "a Ctrl-C on a terminal reaches us alone, and the line of progress is taken away" {
  script -qec true /dev/null </dev/null >/dev/null 2>&1 || skip "no terminal can be had here"
  {
    printf '%s\n' '```c' 'int state = 1;' 'state' '```' '' '```c'
    hang first
    printf '%s\n' '```' '' '```c' 'state' '```'
  } >a.md
  { until [ -e first ]; do :; done; printf '\003'; } |
    script -qec 'trap : INT; skein run a.md; echo "status $?"' log >/dev/null
  run cat log
  has '[2/3] stopping cell 2; Ctrl-C again stops the run'
  has $'status 5\r'
  [[ $output != *stops\ the\ run ]]
  run tail -n 3 a.md
  has $'```output\n1\n```'
}
