load ../helper

# cards FILE: what its output-error fences say, each behind the name of its cell.
cards() {
  awk '/^```c.*[{]#/ { sub(/.*#/, ""); sub(/[ }].*/, ""); name = $0 }
    /^```output-error/ { on = 1; print "[" name "]"; next }
    /^```/ { on = 0 }
    on && !/^state: as before/' "$1"
}

@test "the expression that did it is named, with what made it wrong, and the values there" {
  doc a.md <<'E'
'''c
#include <assert.h>
#include <stdlib.h>
#include <string.h>
struct node { int v; struct node *next; };
struct box { struct node *top; int grid[3][4]; } box, *boxes[3] = { &box };
int table[10], which = 2;
const int limit = 5;
int *nothing;
void (*call)(void);
int sum(struct node *n, int depth) {
  int here = n->v;
  return here + sum(n->next, depth + 1);
}
int by_value(const void *x, const void *y) { return *(const int *)x / which - *(int *)y; }
int divide(int x, int y) { return x / y; }
int *end_of(int *p) { while (*p) p++; *p++ = 0; *(int *)0 = 1; return p; }
'''

'''c {#member fails=crash}
struct node one = {1, NULL};
sum(&one, 0);
'''

'''c {#path fails=crash}
boxes[which]->grid[1][2] = 4;
'''

'''c {#store fails=crash}
boxes[1]->top = nothing ? box.top : boxes[0]->top->next;
'''

'''c {#outside fails=crash}
which = 1000000;
table[which]++;
'''

'''c {#literal fails=crash}
char *word = "hello";
word[0] = 'J';
'''

'''c {#constant fails=crash}
*(int *)&limit = 6;
'''

'''c {#function fails=crash}
call();
'''

'''c {#library fails=crash}
const char *text = NULL;
strlen(text)
'''

'''c {#overflow fails=SIGFPE}
divide(-2147483647 - 1, -1)
'''

'''c {#zero fails=SIGFPE}
divide(3, 0)
'''

'''c {#callback fails=SIGFPE}
int list[3] = {3, 2, 1};
which = 0;
qsort(list, 3, sizeof *list, by_value);
'''

'''c {#assertion fails=SIGABRT}
assert(which == 3 && "three");
'''

'''c {#trap fails=SIGILL}
__builtin_trap();
'''

'''c {#nowhere fails=crash}
*(int *)16 = 1;
  cards a.md >got
  same got <<'E'
[member]
crashed: read of n->v, where n is NULL
line 2: sum(&one, 0);
in sum, an earlier cell, line 12: return here + sum(n->next, depth + 1);
in sum, an earlier cell, line 11: int here = n->v;
with n = NULL, depth = 1
[path]
crashed: write to boxes[which]->grid[1][2], where boxes[which] is NULL
line 1: boxes[which]->grid[1][2] = 4;
with boxes = {&box, NULL, NULL}, which = 2
[store]
crashed: read of boxes[0]->top->next, where boxes[0]->top is NULL
line 1: boxes[1]->top = nothing ? box.top : boxes[0]->top->next;
with boxes = {&box, NULL, NULL}
     nothing = NULL
     box = {.top = NULL, .grid = {{0, 0, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}}}
[outside]
crashed: read of table[which], where which is 1000000 and table has 10 elements
line 2: table[which]++;
with table = {[0 ... 9] = 0}, which = 1000000
[literal]
crashed: write to word[0], which is read-only: a string literal or constant
line 2: word[0] = 'J';
with word = "hello"
[constant]
crashed: write to 'limit', which is const
line 1: *(int *)&limit = 6;
[function]
crashed: call of call, where call is NULL
line 1: call();
[library]
crashed: read through text in strlen, where text is NULL
line 2: strlen(text)
[overflow]
crashed: integer overflow in a division: the result is too large for its type
line 1: divide(-2147483647 - 1, -1)
in divide, an earlier cell, line 15: int divide(int x, int y) { return x / y; }
with x = -2147483648, y = -1
[zero]
crashed: divided by zero
line 1: divide(3, 0)
in divide, an earlier cell, line 15: int divide(int x, int y) { return x / y; }
with x = 3, y = 0
[callback]
crashed: divided by zero
line 3: qsort(list, 3, sizeof *list, by_value);
in by_value, an earlier cell, line 14: int by_value(const void *x, const void *y) { return *(const int *)x / which - *(int *)y; }
with x = &list[1], y = &list[2], which = 0
[assertion]
crashed: assertion `which == 3 && "three"' failed
line 1: assert(which == 3 && "three");
with which = 2
[trap]
crashed: reached a trap: __builtin_trap(), or code that cannot be reached
line 1: __builtin_trap();
[nowhere]
crashed: write at address 0x10
line 1: *(int *)16 = 1;
E
}

@test "calls are told as the document has them: threads, regions, sources, inlined ones, and without end" {
  doc a.md <<'E'
---
skein:
  sources: src/list.c
  cflags: -fopenmp
---

'''c {file=src/list.h}
struct item { int v; struct item *next; };
int total(struct item *i);
static inline int head(struct item *i) { return i->v; }
'''

'''c {file=src/list.c}
#include "list.h"
<<body>>
'''

'''c {#body}
int total(struct item *i)
{
	int sum = 0;
	for (; ; i = i->next)
		sum += i->v;
}
'''

'''c
#include <pthread.h>
#include <signal.h>
#include "list.h"
struct item two = {2, NULL}, one = {1, &two};
static inline __attribute__((always_inline)) int peek(int *q) { return *q; }
int look(int *w) { return peek(w) + 1; }
void *work(void *arg) { int *to = arg; *to = 5; return NULL; }
void on_signal(int s) { int *to = NULL; *to = s; }
'''

'''c {#source fails=crash}
total(&one)
'''

'''c {#header fails=crash}
head(NULL)
'''

'''c {#inlined fails=crash}
look(NULL)
'''

'''c {#thread fails=crash}
pthread_t t;
pthread_create(&t, NULL, work, NULL);
pthread_join(t, NULL);
'''

'''c {#region fails=crash}
void fill(int *q) {
#pragma omp parallel for num_threads(1)
	for (int k = 0; k < 4; k++)
		q[k] = k;
}
fill(NULL);
'''

'''c {#handler fails=SIGSEGV}
signal(SIGUSR1, on_signal);
raise(SIGUSR1);
'''

'''c {#optimised cflags=-O2 fails=crash}
__attribute__((noinline)) int find(int *p, int n) {
	for (int i = 0; i < n; i++)
		if (p[i] == 77)
			return i;
	return -1;
}
find(NULL, 3)
'''

'''c {#mutual fails=crash}
int odd(unsigned n);
int even(unsigned n) { return odd(n + 1) + 1; }
int odd(unsigned n) { return even(n + 1) + 1; }
even(0);
'''

'''c {#large fails=crash}
int large(int n) { char room[64 << 20]; room[0] = (char)n; return room[n]; }
large(1);
'''
E
  run -0 skein run a.md
  cards a.md >got
  same got <<'E'
[source]
crashed: read of i->v, where i is NULL
line 1: total(&one)
in total, src/list.c:6: sum += i->v;
with i = NULL, sum = 3
[header]
crashed: read of i->v, where i is NULL
line 1: head(NULL)
in head, src/list.h:3: static inline int head(struct item *i) { return i->v; }
[inlined]
crashed: read of *q, where q is NULL
line 1: look(NULL)
in look, an earlier cell, line 6: int look(int *w) { return peek(w) + 1; }
in peek, an earlier cell, line 5: static inline __attribute__((always_inline)) int peek(int *q) { return *q; }
[thread]
crashed: write to *to, where to is NULL
in a thread that was started at line 2: pthread_create(&t, NULL, work, NULL);
in work, an earlier cell, line 7: void *work(void *arg) { int *to = arg; *to = 5; return NULL; }
with arg = NULL, to = NULL
[region]
crashed: write to q[k], where q is NULL
line 6: fill(NULL);
in fill, line 2: #pragma omp parallel for num_threads(1)
in a parallel region of fill, line 4: q[k] = k;
with k = 0
[handler]
crashed: write to *to, where to is NULL
line 2: raise(SIGUSR1);
in on_signal, an earlier cell, line 8: void on_signal(int s) { int *to = NULL; *to = s; }
with s = 10, to = NULL
[optimised]
crashed: read of p[i], where p is NULL
line 7: find(NULL, 3)
in find, line 3: if (p[i] == 77)
with p = NULL, n = 3, i = 0
[mutual]
crashed: stack overflow: even and odd call each other without end
line 4: even(0);
... more calls of even and odd
in odd, line 3: int odd(unsigned n) { return even(n + 1) + 1; }
in even, line 2: int even(unsigned n) { return odd(n + 1) + 1; }
[large]
crashed: stack overflow: 'room' in large takes 64.0 MiB
line 2: large(1);
in large, line 1: int large(int n) { char room[64 << 20]; room[0] = (char)n; return room[n]; }
E
}

@test "who ended a cell, and where: exits, signals, a pipe, a closed channel, an endless statement" {
  doc a.md <<'E'
'''c
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
int leave(int status) { exit(status); }
'''

'''c {#exit fails=exit:3}
leave(3);
'''

'''c {#quick fails=exit:4}
quick_exit(4);
'''

'''c {#at-once fails=exit:0}
_exit(0);
'''

'''c {#first-thread fails=exit:0}
pthread_exit(NULL);
'''

'''c {#itself fails=SIGTERM}
raise(SIGTERM);
'''

'''c {#other fails=SIGTERM}
if (fork() == 0) { kill(getppid(), SIGTERM); _exit(0); } for (;;) pause();
'''

'''c {#killed fails=SIGKILL}
kill(getpid(), SIGKILL);
'''

'''c {#pipe fails=SIGPIPE}
int ends[2];
pipe(ends), close(ends[0]);
write(ends[1], "x", 1);
'''

'''c {#mute fails=crash}
for (int fd = 3; fd < 2000; fd++)
	close(fd);
'''

'''c {#endless fails=timeout timeout=250ms}
int turns = 0;
for (;;) {
	turns++;
	turns--;
}
'''
E
  run -0 skein run a.md
  cards a.md >got
  same got <<'E'
[exit]
ended early by exit(3)
line 1: leave(3);
in leave, an earlier cell, line 5: int leave(int status) { exit(status); }
[quick]
ended early by quick_exit(4)
line 1: quick_exit(4);
[at-once]
ended early by _exit(0)
line 1: _exit(0);
[first-thread]
ended early by pthread_exit() in its first thread
line 1: pthread_exit(NULL);
[itself]
crashed: ended by SIGTERM, which it sent itself
line 1: raise(SIGTERM);
[other]
crashed: ended by SIGTERM, which another process sent
line 1: if (fork() == 0) { kill(getppid(), SIGTERM); _exit(0); } for (;;) pause();
[killed]
crashed: killed by SIGKILL, which it sent itself, or another process did
[pipe]
crashed: write to a pipe or socket that nobody reads any more (SIGPIPE)
line 3: write(ends[1], "x", 1);
with ends = {3, 4}
[mute]
crashed: it closed the channel to skein
[endless]
stopped after 0.25 s: still running (limit: timeout)
line 2: for (;;) {
E
}

@test "the document has what was surely set; terminal and --json have all, and every place" {
  doc a.md <<'E'
# title

'''c {#shaky}
int use(int n) {
  int set = 7, later, *to = NULL;
  char word[4];
  int i;
  for (i = 0; i < 9; i++)
    if (i == n)
      *to = i;
  int ahead = 3;
  return later + set + word[0] + ahead;
}
use(2);
'''

'''c {#deep}
int down(int n) { volatile char room[4096]; room[0] = (char)n; return down(n + 1) + room[0]; }
down(0);
'''
E
  run -5 skein run --json a.md
  has 'a.md:10:11: error: this cell failed: crashed: write to *to, where to is NULL [crash]'
  has $'   10 |       *to = i;\n      |           ^'
  has 'a.md:10:11: note: in use, with n = 2, set = 7, later = '
  has ', to = NULL, word = '
  lacks 'ahead = '
  has "a.md:14:1: note: in the cell's statements"
  has ' more calls of down'
  has '"frames":[{"function":"use","cell":1,"line":7,"column":11,"source":"a.md","source-line":10,"text":"      *to = i;"}'
  has '{"name":"n","value":"2","argument":true,"settled":true}'
  has '"name":"later","value":"'
  has '"period":1}'
  has '"state":"as before this cell"'
  cards a.md >got
  grep -qx 'with n = 2, set = 7, to = NULL, i = 2' got
}

@test "of what libc notices late it is said how to find where it began" {
  printf '```c\nchar *s = strdup("tea");\nfree(s);\nfree(s);\n```\n\n```c\n*(volatile int *)0 = 1;\n```\n' >a.md
  run -5 skein run a.md
  has 'a.md:4:1: error: this cell failed: crashed: double free reported by libc [crash]'
  has 'a.md:1:1: help: --set sanitize=address finds where it began'
  [ "$(grep -c help: <<<"$output")" = 1 ]
}
