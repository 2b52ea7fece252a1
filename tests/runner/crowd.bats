load ../helper

# Several documents at once.

# until_there FILE...: they are made by cells while $pid lives.
until_there() {
  for f; do
    until [ -e "$f" ]; do kill -0 "$pid" || return 1; done
  done
}

# A cell that makes a file and then waits for ever; its process id stands in the file.
hang() {
  doc "$1" <<E
'''c
#include <stdio.h>
#include <unistd.h>
FILE *f = fopen("$1.new", "w");
fprintf(f, "%d\n", (int)getpid());
fclose(f);
rename("$1.new", "$1.pid");
for (;;)
	pause();
'''
E
}

# A cell that waits for a file, and says so.
wait_for() {
  printf '%s\n' '```c' '#include <stdio.h>' '#include <unistd.h>' \
    "while (access(\"$1\", F_OK) != 0)" '	usleep(500);' "puts(\"$1 is there\");" '```'
}

make_file() {
  printf '%s\n' '```c' '#include <stdio.h>' "fclose(fopen(\"$1\", \"w\"));" 'puts("done");' '```'
}

# A process is gone, but for somebody who has to look at its status.
is_over() {
  [ ! -e "/proc/$1/status" ] || grep -q '^State:.*zombie' "/proc/$1/status"
}

parent_of() {
  sed -n 's/^PPid:[[:space:]]*//p' "/proc/$1/status"
}

in_background() {
  env --default-signal=INT "$@" >out 2>messages &
  pid=$!
}

@test "what is printed does not depend on --jobs: documents come in their order, each whole" {
  mkdir docs
  {
    wait_for go
    printf '%s\n' '' '```output' 'old' '```' '' '```c' 'nothing();' '```'
  } >docs/a.md
  {
    printf '```c {'
    printf ' key%s=1' {1..25}
    printf '}\n1 + 1\n```\n'
    printf '%s\n' '' '```c' '*(volatile int *)0 = 1;' '```'
  } >docs/b.md
  cp docs/b.md docs/c.md
  printf '```c {file=x.c}\n<<missing>>\n```\n' >docs/d.md
  make_file go >docs/e.md
  printf 'no cell\n' >docs/f.md
  printf '\n```output\ndone\n```\n' >>docs/e.md
  touch docs/go
  run -3 --separate-stderr skein check -j1 docs
  # shellcheck disable=SC2154
  printf '%s\n' "$output" >out1
  printf '%s\n' "$stderr" >err1
  grep -q '^-old' out1
  grep -q '5 more of \[unknown-option\]' err1
  for j in 2 16; do
    rm docs/go		# of two workers, one waits in a.md until the other has come to e.md
    run -3 --separate-stderr skein check "-j$j" docs
    diff -u out1 - <<<"$output"
    diff -u err1 - <<<"$stderr"
  done
  [ "$(grep -c 'more of \[' err1)" = 2 ]		# the bound is for each document
  for j in 1 3; do
    run -3 --separate-stderr skein check --json "-j$j" docs
    jq -c 'del(.. | .nanoseconds?, .chunks?)' <<<"$output" >"events$j"
  done
  cmp events1 events3
  [ "$(jq -r 'select(.event == "document-begin") | .document' events3)" = "$(printf '%s\n' docs/*.md)" ]
  cp -r docs docs1
  run -3 skein run -q -j1 docs1
  run -3 skein run -q -j4 docs
  rm -r docs/.skein docs1/.skein
  diff -ru docs1 docs
}

@test "a document whose process is killed is an error of it, and the others go on" {
  make_file one >a.md
  hang b.md
  make_file three >c.md
  cp b.md b.old
  in_background skein run -j2 a.md b.md c.md
  until_there one three b.md.pid
  # the cell's process is the child of a warden, which is the worker's
  worker=$(parent_of "$(parent_of "$(<b.md.pid)")")
  [ "$(parent_of "$worker")" = "$pid" ]
  kill -KILL "$worker"
  ended $pid 8
  run cat messages
  has 'b.md: error: the process that ran this document was killed (SIGKILL), as the system does when memory is short: run it again, with fewer --jobs [worker-died]'
  cmp b.md b.old
  grep -qx done a.md
  grep -qx done c.md
  until is_over "$(<b.md.pid)"; do :; done	# the system ends it with its parent
}

# Three documents run, and their slots come from a jobserver: two tokens and make's own.
@test "a signal ends all documents, nothing is left running, and make's tokens are back" {
  mkfifo fifo
  exec {jobs}<>fifo
  hang a.md; hang b.md; hang c.md; hang d.md
  cat ./*.md >before
  for end in INT:130 TERM:143 HUP:129; do
    printf 'xy' >&$jobs
    MAKEFLAGS=" -j3 --jobserver-auth=fifo:$PWD/fifo" in_background skein run --report junit=r.xml a.md b.md c.md d.md
    until_there a.md.pid b.md.pid c.md.pid
    [ ! -e d.md.pid ]
    kill "-${end%:*}" $pid
    ended $pid "${end#*:}"
    for f in *.pid; do
      is_over "$(<"$f")"
    done
    cat ./*.md | cmp - before
    [ ! -s out ]
    [ "$(<messages)" = "$(printf "skein: note: '%s.md' was still running\n" a b c)" ]
    # the reports have them as errors
    [ "$(grep -c 'type="worker-died"' r.xml)" = 3 ]
    printf 'Z' >&$jobs
    read -rN 3 -t 20 -u $jobs got
    [[ $got == xyZ || $got == yxZ ]]
    rm ./*.pid
  done
}

@test "under make -j with + it has make's jobs, and gives them back" {
  { wait_for two; make_file one; } >a.md
  { wait_for three; make_file two; } >b.md
  make_file three >c.md
  printf 'all: check again\ncheck:\n\t+@skein run -q a.md b.md c.md\nagain: check\n\t+@skein check a.md b.md c.md\n' >Makefile
  run -0 timeout 60 make -j3
  lacks warning
  [ -e one ]
  run -0 make -n -j3 --no-print-directory
  has 'skein: note: make -n only shows what it would do: nothing is run'
}

@test "--stop ends at the first document that failed: what is behind it is not written" {
  make_file a >a.md
  { wait_for c; printf '```c {session=other}\nreturn 3;\n```\n'; printf '```c\n#include <stdlib.h>\nexit(3);\n```\n'; } >b.md
  make_file c >c.md
  make_file d >d.md
  cp c.md c.old
  run -5 --separate-stderr skein run --keep-going --stop -j3 a.md b.md c.md d.md
  echo "$stderr"
  [[ $stderr == *'b.md:'*'[exit]'* && $stderr != *'c.md'* ]]
  grep -qx done a.md
  grep -qx 'c is there' b.md
  cmp c.md c.old
  cmp d.md <(sed 's/"c"/"d"/' c.old)
  run -5 skein run -q --stop --keep-going -j3 a.md b.md c.md d.md
  grep -qx done c.md
  grep -qx done d.md
}
