load ../helper

# after CELL-TEXT [OPTIONS]: a document whose second cell is that text, between
# cells that set and show a state; runs it in place.
around() {
  {
    printf '```c\nint state = 1;\n```\n\n```c {%s}\nstate = 2;\n' "${2-}"
    cat
    printf '```\n\n```c\nstate\n```\n'
  } >a.md
  run "-$1" skein run a.md
  echo "$output" >messages
  # the cell after it sees the state of before
  tail -n 4 a.md | diff - <(printf '\n```output\n1\n```\n')
}

@test "a NULL pointer is a crash with its line, and the state of before comes back" {
  around 5 <<'E'
printf("printed before\n");
int *p = NULL;
*p = 3;
E
  run cat a.md
  has $'```output\nprinted before\n```'
  has $'```output-error\ncrashed: write to *p, where p is NULL\nline 4: *p = 3;\nstate: as before this cell\n```'
  run cat messages
  has "a.md:9:4: error: this cell failed: crashed: write to *p, where p is NULL [crash]"
  has "the session goes on with the state from before this cell"
}

@test "abort, a failed assert and a division by zero are told apart" {
  around 5 <<'E'
abort();
E
  run cat a.md
  has "abort() was called"
  around 5 <<'E'
#include <assert.h>
assert(state == 3);
E
  run cat a.md
  has "assertion"
  around 5 <<'E'
volatile int zero = 0;
printf("%d\n", 10 / zero);
E
  run cat a.md
  has "divided by zero"
}

@test "a stack overflow is told as one" {
  around 5 <<'E'
int down(int n) { volatile char room[4096]; room[0] = (char)n; return down(n + 1) + room[0]; }
down(0);
E
  run cat a.md
  has "stack overflow"
}

@test "an endless loop is stopped at the limit" {
  around 5 timeout=300ms <<'E'
for (;;)
    ;
E
  run cat a.md
  has "output-error"
  run cat messages
  has "[timeout]"
}

@test "exit(0) in the middle of a session is no success" {
  around 5 <<'E'
exit(0);
E
  run cat a.md
  has "ended early by exit(0)"
}

@test "what stood in stdio's buffer at a crash is not lost" {
  around 5 buffer=full <<'E'
printf("a partial line");
abort();
E
  run cat a.md
  has "a partial line"
}

@test "100 MB of output are stopped, and the document stays small" {
  around 5 <<'E'
for (int i = 0; i < 100 * 1024; i++)
    printf("%01023d\n", i);
E
  run cat messages
  has "[output-limit]"
  [ "$(wc -c <a.md)" -lt 40000 ]
}

@test "an expected failure is a success, and shown" {
  around 0 fails=crash <<'E'
abort();
E
  around 0 fails=SIGABRT <<'E'
abort();
E
  around 0 fails=exit:3 <<'E'
exit(3);
E
  around 0 "fails=timeout timeout=200ms" <<'E'
for (;;) ;
E
  around 0 fails=any <<'E'
exit(3);
E
}

@test "a compile error that was expected is shown" {
  doc a.md <<'E'
'''c {fails=compile}
int x = "text" * 2;
'''
E
  run -0 skein run a.md
  run cat a.md
  has $'```output-error\nline 1: error: invalid operands to binary * (have'
}

@test "the wrong failure, and success where failure was expected, are failures" {
  around 5 fails=exit <<'E'
abort();
E
  run cat messages
  has "a.md:5:7: error: this cell was expected to fail in another way: what happened is fails=SIGABRT [wrong-failure]"
  doc b.md <<'E'
'''c {fails=crash}
int x;
'''
E
  run -5 skein run b.md
  has "b.md:1:7: error: this cell was expected to fail, and did not"
}

@test "a failure is expected in the words of skein, rustdoc, Quarto, knitr and Jupyter" {
  doc a.md <<'E'
'''c,compile_fail
int x = "a" * 2;
'''
'''c,should_panic
abort();
'''
'''{c}
//| error: true
exit(3);
'''
'''{c, error=TRUE}
int fine;
'''
''' {.c fails=SIGABRT}
abort();
'''
<!-- skein: fails=compile fails-with="undeclared" -->
'''c
int x = "a" * 2;
int y = nope;
'''
'''c {fails=exit:3}
exit(3);
'''
'''{code-cell} c
:tags: [raises-exception]
abort();
'''
'''c {fails-with="abort.. was"}
abort();
'''
'''c {fails=any}
exit(3);
'''
'''c {fails=limit timeout=20ms}
for (;;);
'''
E
  run -0 skein run -v a.md
  has '11 of 11 cells ran'
}

@test "what failed in another way is named as fails= would have it" {
  doc a.md <<'E'
'''c {fails=crash}
exit(3);
'''
'''c {fails=exit:4}
exit(3);
'''
'''c {fails=SIGFPE}
abort();
'''
'''c {fails=exit}
int x = "a" * 2;
'''
'''c {fails=memory timeout=20ms}
for (;;);
'''
'''c {fails=compile fails-with="no such words"}
int x = "a" * 2;
'''
E
  run -5 skein run a.md
  has 'a.md:1:7: error: this cell was expected to fail in another way: what happened is fails=exit:3 [wrong-failure]'
  has 'a.md:4:7: error: this cell was expected to fail in another way: what happened is fails=exit:3'
  has 'a.md:7:7: error: this cell was expected to fail in another way: what happened is fails=SIGABRT'
  has 'a.md:10:7: error: this cell was expected to fail in another way: what happened is fails=compile'
  has 'a.md:13:7: error: this cell was expected to fail in another way: what happened is fails=timeout'
  has "a.md:16:21: error: this cell was expected to fail with other words: nothing matches 'no such words' [wrong-failure]"
}

@test "a cell that used what a crashed cell defined is blocked" {
  doc a.md <<'E'
'''c
int f(void) { return 1; }
abort();
'''
'''c
f()
'''
'''c
1 + 1
'''
E
  run -5 skein run a.md
  has "a.md:5:1: error: this cell was not run: it needs what another one defines [blocked]"
  run cat a.md
  has $'```output\n2\n```'
}

@test "nothing that a cell started is left running" {
  around 0 <<'E'
#include <unistd.h>
state = 1;
if (fork() == 0) {
    setsid();
    if (fork() == 0) {
        execlp("sleep", "skein-test-sleep", "1000", (char *)0);
    }
    _exit(0);
}
E
  run pgrep -f skein-test-sleep
  [ "$status" = 1 ]
}

@test "an interrupted run leaves the document as it was and exits 143" {
  doc a.md <<'E'
'''c {timeout=60s}
#include <signal.h>
#include <unistd.h>
int *p;
printf("started\n");
system("touch started");
pause();
'''
E
  cp a.md before
  skein run a.md 2>messages &
  pid=$!
  until [ -e started ]; do kill -0 $pid; done
  kill -TERM $pid	# bash lets its background jobs ignore SIGINT
  status=0
  wait $pid || status=$?
  [ "$status" = 143 ]
  cmp a.md before
}

@test "--stop ends at the first failure" {
  doc a.md <<'E'
'''c
abort();
'''
'''c
printf("later\n");
'''
E
  run -5 skein run --stop a.md
  run grep -c '^later' a.md
  [ "$output" = 0 ]
}

@test "a missing function is named" {
  doc a.md <<'E'
'''c
int no_such_function(void);
no_such_function();
'''
E
  run -4 skein run a.md
  has "no_such_function"
}

@test "a variable that is declared and nowhere defined is named" {
  doc a.md <<'E'
'''c
extern int no_such_variable;
no_such_variable
'''
E
  run -4 skein run a.md
  has "no_such_variable"
}

@test "a run that moved lines says that its messages are of before" {
  printf '```c\nputs("x");\n```\n\n```c\nint y = z;\n```\n' >a.md
  run -4 skein run a.md
  has "a.md:6:9: error:"
  has "the lines above are those of 'a.md' before its outputs were put in place"
  run -4 skein run a.md
  has "a.md:10:9: error:"
  lacks "the lines above"
}

@test "a header that is missing stops its cell, and of the others those that do not compile without it" {
  echo '#include <nosuch2.h>' >own.h
  doc a.md <<'E'
'''c
#include <stdio.h>
#include <nosuch.h>
int early = 1;
'''

'''c
printf("still\n");
'''

'''c
nosuch_t x;
'''

'''c
#include "own.h"
'''

'''c
puts("and still");
'''
E
  run -4 skein run a.md
  has "a.md:3:10: error: nosuch.h: No such file or directory [compile]"
  has "own.h:1:10: error: nosuch2.h: No such file or directory [compile]" "a.md:16:1: note: included from here"
  [ "$(grep -c '\[blocked\]' <<<"$output")" -eq 1 ]
  has "a.md:11:1: error: this cell was not run" "a.md:1:1: note: blocked by this cell"
  [ "$(grep -c '^still$\|^and still$' a.md)" -eq 2 ]
  cp a.md first.md
  run -4 skein run --no-compile a.md
  same a.md <first.md
}

@test "what a cell that does not compile only declares, or has as a type, blocks nobody" {
  echo 'int half(long n);' >h.h
  printf '#include "h.h"\nint half(long n) { return (int)n / 2; }\n' >h.c
  doc a.md <<'E'
<!-- skein: prelude=h.h sources=h.c -->

# Stale

'''c
int half(int n);
'''

'''c
half(6)
'''

'''c
struct p { int x; };
#define LIMIT 10
int broken = undefined;
int f(void) { return 1; }
'''

'''c
struct p q = { LIMIT };
q.x
'''

'''c
broken
'''

'''c
f()
'''

'''c
typedef nonsense_t t;
'''

'''c
t z;
'''
E
  run -4 skein run a.md
  has "a.md:6:5: error: conflicting types for 'half'"
  has "a.md:25:1: error: this cell was not run" "a.md:29:1: error: this cell was not run"
  has "a.md:37:1: error: this cell was not run"
  [ "$(grep -c '\[blocked\]' <<<"$output")" -eq 3 ]
  [ "$(grep -A1 '^```output' a.md | grep -c '^3$\|^10$')" -eq 2 ]
}

@test "calls without end are told once, not as often as they stand on the stack" {
  around 5 <<'E'
int deeper(int n) { return deeper(n + 1) + 1; }
deeper(0)
E
  run cat messages
  has "stack overflow: deeper calls itself without end [crash]"
  grep -q 'note: ... [0-9]* more calls of deeper$' messages
  [ "$(grep -c 'note: in' messages)" -eq 2 ]
}
