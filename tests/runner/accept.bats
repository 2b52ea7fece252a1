load ../helper

# All tests have the same few cells: they are compiled once.
eval "own_$(declare -f setup)"
setup() {
  own_setup
  export SKEIN_CACHE_DIR=$BATS_FILE_TMPDIR/cache
}

# A terminal whose shell survives Ctrl-C and tells the status, whatever the user's is.
export SHELL=/bin/sh

needs_terminal() {
  script -qec true /dev/null </dev/null >/dev/null 2>&1 || skip "no terminal can be had here"
}

# asked COMMAND ANSWER...: runs it on a terminal, and types an answer (a line, or keys
# between quotes, or any command) whenever a question stands there, !COMMAND at once;
# leaves all that was shown in $output.
asked() {
  local command=$1 part answer
  shift
  output=
  coproc TERMINAL { script -qec "trap : INT; $command; echo status \$?" /dev/null; }
  exec {shown}<&"${TERMINAL[0]}" {keys}>&"${TERMINAL[1]}"
  pid=$TERMINAL_PID
  for answer; do
    until [[ $answer == !* || $part == *',q,?' ]]; do
      IFS= read -rd ']' part <&"$shown" || break
      output+="$part]"
    done
    part=
    eval "${answer#!}"
  done
  IFS= read -rd '' part <&"$shown" || output+=$part
  exec {keys}>&-
  wait "$pid"
}

# type TEXT: on that terminal.
type() {
  # shellcheck disable=SC2059
  printf "$1" >&"$keys"
}

three() {
  doc a.md <<'E'
'''c {#one}
1
'''

'''output
eins
'''

'''c {#two}
2
'''

'''c {#three}
3
'''

'''output
drei
'''
E
}

@test "accept takes all new outputs, check is clean then, and twice is a no-op" {
  three
  cp a.md before
  run -0 --separate-stderr skein accept --only two --only three a.md
  [ -z "$output" ]
  # shellcheck disable=SC2154  # run sets it
  [ "$stderr" = 'a.md: 2 outputs accepted' ]
  run -1 skein check a.md
  has 'a.md:1:1: error'
  run -0 skein accept a.md
  [ "$output" = 'a.md: 1 output accepted' ]
  sed 's/eins/1/; s/drei/3/; 11s/$/\n\n```output\n2\n```/' before | same a.md
  cp a.md before
  touch -d @1 a.md
  run -0 skein accept a.md
  [ -z "$output" ]
  run -0 skein run a.md
  run -0 skein check a.md
  cmp a.md before
  [ "$(stat -c %Y a.md)" = 1 ]
}

@test "accept leaves what is recorded where nobody expected the failure, names it, and exits with its status" {
  doc a.md <<'E'
'''c
abort();
'''

'''output
crash was fine
'''

'''c {#wrong fails=crash}
int main(void) { return 3; }
'''

'''output-error
wrong
'''

'''c {#succeeds fails=any}
3
'''

'''output
success
'''

'''c {#broken}
int x = nosuch;
'''

'''output
broken
'''

'''c {#right fails=exit}
int main(void) { return 3; }
'''

'''c {#fine}
3
'''
E
  cp a.md before
  run -4 skein accept a.md
  has 'a.md:1:1: warning: what is recorded for this cell is left: a failure that nobody expected is accepted by saying so (fails=), or with -i [not-accepted]'
  has 'a.md:9:1: warning'
  has 'a.md:17:1: warning'
  [ "$(grep -c not-accepted <<<"$output")" = 3 ]
  has "a.md:26:9: error: 'nosuch' undeclared"
  has 'a.md: 2 outputs accepted, 3 left'
  run diff before a.md
  [ "$(grep -c '^[<>]' <<<"$output")" = 8 ]
  has $'> exit status 3\n> ```'
  has $'> 3\n> ```'
  run -4 skein accept -q a.md
  lacks warning
  # run writes what happened, but for what did not run
  skein run -q a.md || [ $? = 4 ]
  run cat a.md
  lacks 'was fine'
  lacks success
  has 'crashed: abort() was called'
  has 'broken'
  run -5 skein accept --only 1 a.md
  lacks not-accepted
}

@test "accept -i asks about one difference after the other" {
  needs_terminal
  three
  cp a.md before
  asked 'skein accept -i a.md' "type '?\nn\n'" "type 'maybe\ny\n'" "type 'n\n'"
  has "a.md:1: cell 'one' (1 of 3)"
  has $'\033[31m-eins\033[0m'
  has $'\033[32m+1\033[0m'
  has $'@@ -6 +6 @@'
  has 'leave what is recorded'
  has 'a.md: 1 output accepted, 2 left'
  has 'status 1'
  sed '11s/$/\n\n```output\n2\n```/' before | same a.md
  # the rest of a document is that of one document
  cp before a.md
  cp before b.md
  asked 'NO_COLOR=1 skein accept -i a.md b.md' "type 'n\n'" "type 'a\n'" "type 'y\n'" "type 'd\n'"
  [[ $output != *$'\033[3'[12]m* ]]
  has 'b.md:1: cell'
  sed 's/drei/3/; 11s/$/\n\n```output\n2\n```/' before | same a.md
  sed 's/eins/1/' before | same b.md
  # q ends it for all; what was taken stays taken, and the terminal is as it was
  cp before a.md
  cp before b.md
  asked 'stty -g >then; skein accept -i a.md b.md; stty -g | cmp - then' "type 'y\n'" "type 'q\n'"
  lacks 'b.md:'
  has 'status 0'
  sed 's/eins/1/' before | same a.md
  cmp b.md before
  # when there is nothing to ask, nothing is said
  asked 'skein accept -qi --only 1 a.md'
  lacks 'a.md'
  has 'status 0'
}

@test "with accept -i a failure that nobody expected takes a y of its own" {
  needs_terminal
  doc a.md <<'E'
'''c
1
'''

'''c
abort();
'''

'''c {fails=any}
3
'''

'''c
void *p = (void *)0x7ffe1234567;
printf("%p\n", p);
'''
E
  cp a.md before
  asked 'skein accept -i a.md' "type 'a\n'" "type 'a\nn\n'" "type 'y\n'"
  has 'a.md:5: cell 2 failed: crashed: abort() was called (2 of 4)'
  has 'a.md:9: cell 3 did not fail, as it was expected to (3 of 4)'
  has 'record a failure that nobody expected? [y,n,d,q,?]'
  lacks 'looks like'
  has 'a.md: 3 outputs accepted, 1 left'
  has 'status 5'
  run diff before a.md
  [[ $output == *'> 1'*'> 3'*'> 0x7ffe1234567'* && $output != *crashed* ]]
  asked 'skein accept -i a.md' "type 'y\n'"
  has 'a.md: 1 output accepted'
  has 'status 5'
  grep -q '^crashed: abort' a.md
  # what looks as if it would be another one next time is told
  cp before a.md
  asked 'skein accept -i --only 4 a.md' "type 'n\n'"
  has "note: '0x7ffe1234567' looks like an address, which may be another one next time: normalize=ptr settles that"
}

@test "accept -i asks about pictures and tables: what is refused leaves link and file, a lost file is told" {
  needs_terminal
  doc a.md <<'E'
'''sh {.run #pic image=p.svg}
echo '<svg xmlns="http://www.w3.org/2000/svg" width="3"/>' >p.svg
'''

'''sh {.run #table show=markdown}
printf '| a |\n|---|\n| 1 |\n'
'''
E
  cp a.md before
  asked 'skein accept -i a.md' "type 'n\n'" "type 'y\n'"
  has '+![p.svg](a.skein/'
  has '+| 1 |'
  has '1 output accepted, 1 left'
  [ ! -e a.skein ]
  { cat before; printf '\n<!-- skein:begin -->\n\n| a |\n|---|\n| 1 |\n\n<!-- skein:end -->\n'; } | same a.md
  asked 'skein accept -i a.md' "type 'y\n'"
  has 'status 0'
  run -0 skein check a.md
  first=$(echo a.skein/*)
  # another one is refused, and then taken
  sed -i 's/"3"/"4"/' a.md
  cp a.md before
  asked 'skein accept -i a.md' "type 'n\n'"
  has 'status 1'
  cmp a.md before
  [ "$(echo a.skein/*)" = "$first" ]
  asked 'skein accept -i a.md' "type 'y\n'"
  [ "$(grep -o 'a.skein/[0-9a-f]*.svg' a.md)" = "$(echo a.skein/*)" ]
  [ ! -e "$first" ]
  # one that was lost is there again, and that is told
  cp a.md before
  rm a.skein/*
  asked 'skein accept -i a.md' "type 'n\n'"
  has 'picture recorded'
  run find a.skein -type f
  [ -z "$output" ]
  run -0 skein accept a.md
  has 'a.md: 1 output accepted'
  cmp a.md before
  run -0 skein check a.md
}

@test "Ctrl-C, and the end of the input, put in place what was taken so far" {
  needs_terminal
  three
  cp a.md before
  asked 'skein accept -i a.md b.md' "type 'y\n'" "type '\003'"
  has 'status 130'
  sed 's/eins/1/' before | same a.md
  cp before a.md
  asked 'skein accept -i a.md' "type 'y\n'" "type '\004'"
  has 'status 1'
  sed 's/eins/1/' before | same a.md
  # SIGTERM and a terminal that is gone do the same
  cp before a.md
  # shellcheck disable=SC2016
  asked 'sh -c '\''echo $$ >pid; exec skein accept -i a.md'\' "type 'y\n'" 'kill -HUP $(<pid)'
  has 'status 129'
  sed 's/eins/1/' before | same a.md
}

@test "what was typed before a question was there is no answer" {
  needs_terminal
  printf '```c\n#include <stdio.h>\n#include <unistd.h>\nfclose(fopen("first", "w"));\nwhile (access("go", F_OK) != 0)\n\tusleep(1000);\n5\n```\n' >a.md
  cp a.md before
  hurry() {
    until [ -e first ]; do kill -0 "$pid"; done
    type 'y\ny\n'
    : >go
  }
  asked 'skein accept -i a.md' !hurry "type 'n\n'"
  has 'status 1'
  cmp a.md before
}

@test "while questions stand others may run the document, and an edit gets what was taken" {
  needs_terminal
  three
  cp a.md before
  edit() {
    skein accept -q --only three a.md
    sed -i '1s/^/An edit.\n\n/' a.md
    type 'y\n'
  }
  asked 'skein accept -i a.md' edit "type 'y\n'" "type 'n\n'"
  sed '1s/^/An edit.\n\n/; s/eins/1/; s/drei/3/; 11s/$/\n\n```output\n2\n```/' before | same a.md
}

@test "accept -i is for people at a terminal" {
  three
  cp a.md before
  run -2 skein accept -i a.md
  has '-i asks on a terminal, and this is none: without -i all outputs are taken, but for failures [usage]'
  run -2 skein accept -i --json a.md
  has '-i asks people, and --json is for programs'
  cmp a.md before
  # in a document without outputs there is nothing to accept
  run -0 skein accept --set outputs=none a.md
  cmp a.md before
  run -1 skein check a.md
}

@test "accept, run and check agree on random documents, and doing it again changes nothing" {
  run -0 "$SKEIN_TOP/tests/faults/accepting" -n 4 -k 3 -s 7 "$SKEIN_BUILD"
  [ "$output" = '4 documents, 0 wrong' ]
}
