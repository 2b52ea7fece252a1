load ../helper

@test "--only runs its cell and those whose state it starts in; nothing else is compiled or run" {
  doc a.md <<'E'
'''c {#first}
int state = 1;
struct s { int m; };
'''
'''c {#program}
int main(void) { return state + 7; }
'''
'''c {#elsewhere session=other}
#error
'''
'''c {#alone session=none}
#error
'''
'''c {#compiles run=compile}
#error
'''
'''c {#fails fails=crash}
int gone = 5;
abort();
'''
'''c {#second}
state += sizeof (struct s);
state
'''
'''c {#last}
#error
'''
E
  run -0 skein run --only second -v a.md
  has 'a.md: 2 of 8 cells ran, 6 left out'
  has 'skein: 2 of 8 cells ran, 2 compiled'
  run -0 tail -n 9 a.md
  has $'state\n```\n\n```output\n5\n```\n```c {#last}'
  # what it gives there it gives in a check, too, and in a run of more
  run -0 skein check --only second a.md
  run -0 skein check --only second --only first --json a.md
  has '"name":"program","line":5,"end":"left-out"'
  run -5 skein check --only program a.md
  has 'exit status 8'
  run -0 skein run -q --only first a.md
  [ -z "$output" ]
}

@test "what a wanted cell uses is run, whatever it is; then the message says what keeps the cell from running" {
  doc a.md <<'E'
'''c {#fails fails=crash}
int gone = 5;
abort();
'''
'''c {#broken}
int missing = nosuch;
'''
'''c
abort();
'''
'''c {#wanted}
gone + 1
'''
'''c {#free}
5
'''
'''c {#last}
missing
'''
E
  run -5 skein run --only wanted --set fails=allowed -o - a.md
  has 'a.md:11:1: error: this cell was not run: it needs what another one defines [blocked]'
  has 'a.md:1:1: note: blocked by this cell'
  # one of its session that fails is told, and the wanted one runs in the state before that
  run -4 skein run --only free -o - a.md
  has "'nosuch' undeclared"
  has 'a.md:9:1: error: this cell failed: crashed: abort() was called [crash]'
  has $'```c {#free}\n5\n```\n\n```output\n5\n```'
  has 'a.md: 2 of 6 cells ran, 1 does not compile, 1 blocked, 1 crashed, 1 left out'
  run -4 skein check --only last a.md
  has 'a.md:5:1: note: blocked by this cell'
  # with --stop the wanted one is not reached, which is said
  run -4 skein check --stop --only free a.md
  has 'a.md:14:1: warning: this cell was asked for and is not run: with --stop the run ended before it [not-reached]'
  has 'a.md:5:1: note: it ended at this cell, which failed'
}

@test "a CELL is a name, a number, a line, or a line of one of the documents" {
  printf '```c {#one}\n1\n```\n\n```c {#two}\n2\n```\n\n```c {#three}\n3\n```\n' >a.md
  sed s/two/zwei/ a.md >b.md
  for cell in two 2 :5 :8 a.md:7 ./a.md:5; do
    run -0 --separate-stderr skein run --only "$cell" -o - a.md
    [[ $output == *$'2\n```\n\n```output\n2\n```'* && $output != *$'output\n1'* ]]
  done
  run -0 --separate-stderr skein run --from 2 --only 3 -o - a.md
  lacks $'output\n1'
  has $'output\n2'
  has $'output\n3'
  # of several documents those are run that have such a cell; one must
  run -1 skein check --only zwei --only a.md:9 -v a.md b.md
  has 'a.md:9:1: error'
  has 'b.md:5:1: error'
  [ "$(grep -c output-differs <<<"$output")" = 2 ]
  run -1 --separate-stderr skein check --only b.md:1 a.md b.md
  lacks '--- a.md'
  has '--- b.md'
  run -2 skein check --only four --only 1 a.md b.md
  has "no cell is 'four': give a name, a number, or :LINE [usage]"
  lacks 'a.md:1:1'
  run -2 skein check --only c.md:1 a.md b.md
  has "no cell is 'c.md:1': no document of this run has that name and a cell there [usage]"
}

@test "a console block is run with those before it, whose tree it works in, and without cells" {
  doc a.md <<'E'
'''console {.run}
$ echo 7 >seven
'''
'''c
#error
'''
'''console {.run #cat}
$ cat seven
'''
'''console {.run}
$ rm seven; exit 3
'''
E
  run -0 --separate-stderr skein run --only cat -o - a.md
  has $'$ cat seven\n7\n'
  run -0 skein check --only cat --set outputs=none a.md
  has '2 of 4 cells ran, 2 left out'
}

@test "cells that are left out keep what is recorded, what why knows of them, and their records" {
  printf '```c {#one cache=run}\nint a = 1;\n```\n\n```c {#two cache=run}\na + 1\n```\n\n```c {#three}\na + 2\n```\n' >a.md
  skein run a.md
  cp a.md before
  run -0 skein run --only two --explain a.md
  has "cell 'one' (a.md:1): recorded"
  has "cell 'two' (a.md:5): recorded"
  has "cell 'three' (a.md:13): left out"
  cmp a.md before
  run -0 skein why a.md three
  has 'yes: nothing changed'
}
