load ../helper

# A document whose third cell crashes when the file "ok" is not there.
fickle() {
  doc a.md <<'E'
'''c
int n = 2;
puts("first");
'''

'''c
n *= 3;
'''

'''c
#include <unistd.h>
n = 100;
if (access("ok", F_OK) != 0) *(volatile int *)0 = 1;
n = 6;
'''

'''c
n
'''
E
  touch ok
}

@test "cells that have succeeded are run without a checkpoint" {
  fickle
  SKEIN_TRACE=session run -0 skein run a.md
  has "checkpoint: before cell"
  SKEIN_TRACE=session run -0 skein run a.md
  lacks "checkpoint: before cell"
}

@test "a cell that used to succeed crashes: the ones before it are run again" {
  fickle
  run -0 skein run a.md
  rm ok
  SKEIN_TRACE=session run -5 skein run a.md
  has "replay: 2 steps in a new process"
  tail -n 4 a.md | diff - <(printf '\n```output\n6\n```\n')
  # what was run again has not printed again
  run grep -c '^first$' a.md
  [ "$output" = 1 ]
}

@test "a cell that crashes at once does not take its checkpoint along" {
  doc a.md <<'E'
'''c
int n = 1;
'''

'''c {fails=crash}
abort();
'''

'''c
n
'''
E
  skein run a.md
  # the copy leaves the host's process group long after the cell has crashed
  SKEIN_TRACE=session run -0 strace -f -qq -o /dev/null -e trace=setpgid \
    -e inject=setpgid:delay_enter=200000 skein check a.md
  has "session: woken: the past of 1 steps"
  lacks "replay"
}
