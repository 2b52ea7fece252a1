load ../helper

needs_terminal() {
  script -qec true /dev/null </dev/null >/dev/null 2>&1 || skip "no terminal can be had here"
}

# on_terminal COMMAND: what it prints to a terminal.
on_terminal() {
  script -qec "$1" /dev/null </dev/null
}

@test "a run on a terminal shows which cell of how many, and takes the line away" {
  needs_terminal
  printf '```c {#first}\n1 + 1\n```\n\n```c\n2 + 2\n```\n' >a.md
  run -0 on_terminal "skein run a.md"
  has "[1/2] compiling cell 'first'"
  [[ $output == *$'\r\033[K1 document: 2 cells ran'* ]]
}

@test "how far a cell says it is stands on the terminal while it runs, and nowhere else" {
  needs_terminal
  doc a.md <<'E'
'''c
#include <skein.h>
#include <unistd.h>
skein_progress(1, 4, "read\033ing");
usleep(200000);
'''
E
  cp a.md before
  run -0 on_terminal "skein run a.md"
  has '[1/1] running cell 1: read\x1bing 25%'
  cmp a.md before
  run -0 skein run --json a.md
  has '"outcome":"done"'
  lacks 25%
}

@test "no progress and no colour in a pipe" {
  printf '```c\nint x = y;\n```\n' >a.md
  run -4 skein run a.md
  lacks $'\033'
  lacks $'\r'
}

@test "after an error a terminal is told how to have it explained, in one line, and a pipe is not" {
  needs_terminal
  printf '```c {file=a.c timeout=soon mode=9}\n```\n' >a.md
  run -3 on_terminal "skein tangle a.md"
  [ "$(grep -c 'skein help' <<<"$output")" = 1 ]
  has 'skein: note: skein help bad-value explains [bad-value]'
  run -3 on_terminal "skein tangle -q a.md"
  lacks 'skein help'
  run -3 skein tangle a.md
  lacks 'skein help'
  run -2 on_terminal "skein tangel a.md"
  lacks 'skein help'
}

@test "a terminal is told when there was nothing to run or to write" {
  needs_terminal
  printf '```python\nprint(1)\n```\n' >a.md
  run -0 on_terminal "skein run a.md"
  has '1 document: no cells (blocks of C, and those that say run, are cells)'
  run -0 on_terminal "skein tangle a.md"
  has 'skein: note: no targets: no block has file='
  run -0 on_terminal "skein tangle -q a.md"
  [ -z "$output" ]
  run -0 skein tangle a.md
  [ -z "$output" ]
}

@test "messages are coloured on a terminal, but not with NO_COLOR or --color=never" {
  needs_terminal
  printf '```c {flie=x}\n```\n' >a.md
  run -0 on_terminal "skein list a.md"
  has $'\033[35mwarning:'
  run -0 on_terminal "NO_COLOR=1 skein list a.md"
  lacks $'\033'
  run -0 on_terminal "skein list --color=never a.md"
  lacks $'\033'
  run -0 skein list --color=always a.md
  has $'\033[35mwarning:'
}

@test "nothing from a document's path reaches the terminal raw" {
  name=$'a\033[31m\xc2\x9b\xe2\x80\xae.md'
  printf '```c {flie=x}\nputs("x");\n```\n\n```output\nold\n```\n' >"$name"
  run -1 skein check "$name"
  has 'a\x1b[31m\u009b\u202e.md'
  echo "$output" >all
  run -0 skein run -v --explain "$name"
  has "the lines above are those of 'a\x1b[31m\u009b\u202e.md'"
  echo "$output" >>all
  run skein list "$name"
  echo "$output" >>all
  skein watch "$name" 2>>all &
  until grep -qF 'watching a\x1b[31m\u009b\u202e.md' all; do kill -0 $!; done
  kill -TERM $!
  ended $! 143
  LC_ALL=C run -1 grep -nP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]' all
}

@test "nothing from a document reaches the terminal raw" {
  printf '```c {fi\033]0;pwned\007le=x #n\302\233m}\n```\n\n```c {name="\342\200\256evil" file="a\033[31m.c"}\nx\n```\n' >a.md
  for command in list tangle run check; do
    run skein "$command" a.md
    lacks $'\033'
    lacks $'\302\233'
    lacks $'\342\200\256'
  done
}

@test "usage errors say what to do and exit 2" {
  run -2 skein
  run -2 skein rnu a.md
  has "there is no command 'rnu'; did you mean 'run'?"
  run -2 skein run --jbos 3 a.md
  has "skein run has no flag '--jbos'; did you mean '--jobs'?"
  run -2 skein run
  has "skein run needs DOC..."
  run -2 skein run -j 0 a.md
  run -2 skein run -o
  has "'-o' needs a value"
  run -2 skein run --set flie=x a.md
  has "there is no option 'flie'; did you mean 'file'?"
  run -0 skein --version
  run -0 skein run --help
  has "usage: skein run DOC..."
}

@test "output that cannot be written is an error" {
  printf '```c\n1\n```\n' >a.md
  run -8 bash -c 'skein list a.md >/dev/full'
  run -8 bash -c 'skein run -o - a.md >/dev/full'
}

@test "closed standard descriptors do no harm" {
  printf '```c\n1 + 1\n```\n' >a.md
  cp a.md b.md
  run -0 bash -c 'skein run a.md <&- >&- 2>&-'
  run -0 cat a.md
  has $'```output\n2\n```'
}

@test "a reader that has gone gets no message, and the status says that not all was written" {
  run -0 python3 -c '
import os, subprocess
r, w = os.pipe()
os.close(r)
p = subprocess.run(["skein", "help", "messages"], stdout=w, stderr=subprocess.PIPE)
print(p.returncode, len(p.stderr))'
  [ "$output" = "8 0" ]
}
