load ../helper

# A document whose third cell crashes when the file "ok" is not there.
fickle() {
  doc a.md <<'E'
'''c
int n = 2;
puts("first");
'''

'''c
#include <unistd.h>
n *= 3;
FILE *f = fopen("log", "a");
fputs("x", f);
printf("%ld\n", ftell(f));
'''

'''c
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
  # on a busy machine running again may seem to take long
  [ "$(grep -c 'checkpoint: before cell' <<<"$output")" -lt 3 ]
}

@test "a cell that used to succeed crashes: the ones before it are run again" {
  fickle
  run -0 skein run a.md
  rm ok
  SKEIN_TRACE=session run -5 skein run a.md
  has "a.md:22:1: note: cell 2 printed something else when it was run again"
  tail -n 4 a.md | diff - <(printf '\n```output\n6\n```\n')
  # what was run again has not printed again
  run grep -c '^first$' a.md
  [ "$output" = 1 ]
}

@test "parallel regions go on after a checkpoint, a crash in one, and a replay" {
  doc a.md <<'E'
---
skein:
  cflags: -fopenmp
  timeout: 5s
---

'''c
#include <omp.h>
int n, crash;
int crew(void)
{
    int sum = 0;
    #pragma omp parallel num_threads(3) reduction(+ : sum)
    {
        sum++;
        if (crash && omp_get_thread_num() == 2) *(volatile int *)0 = 1;
    }
    return sum;
}
n += crew();
'''

'''c
n += crew();
'''

'''c {fails=crash}
n += crew();
crash = 1;
n += crew();
'''

'''c {cache=off}
n += crew();
'''

'''c {fails=crash}
crash = 1;
crew();
'''

'''c
n + crew()
'''
E
  # cold with checkpoints, warm with few: the same
  for _ in cold warm; do
    run -0 skein run a.md
    tail -n 4 a.md | diff - <(printf '\n```output\n12\n```\n')
  done
}

@test "where no checkpoint can be made the cell runs without, and it is said once" {
  doc a.md <<'E'
'''c
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
int n = 1;
struct sock_filter code[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 11),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};
struct sock_fprog filter = { 4, code };
prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0);
'''

'''c
n++;
'''

'''c {fails=crash}
n = *(volatile int *)0;
'''

'''c
n
'''
E
  run -0 skein run a.md
  [ "$(grep -c 'ran without a checkpoint' <<<"$output")" = 1 ]
  has "a.md:18:1: note: ran without a checkpoint: the system allows no more processes (ulimit -u); a crash would run the cells before it again"
  tail -n 4 a.md | diff - <(printf '\n```output\n2\n```\n')
}

@test "where the cheap clone is not known copies are made another way" {
  SESSION_TEST_HOST=$SKEIN_BUILD/tests/by-fork/skein-host \
    "$SKEIN_BUILD/tests/unit/session" state unseen without-copy programs
}

@test "a cell that crashes at once does not take its checkpoint along" {
  export ASAN_OPTIONS=detect_leaks=0	# cannot trace while traced
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
