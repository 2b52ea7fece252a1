load ../helper

need_asan() {
  [ "$(gcc -print-file-name=libasan.so)" != libasan.so ] || skip "gcc has no AddressSanitizer"
}

need_tsan() {
  [ "$(gcc -print-file-name=libtsan.so)" != libtsan.so ] || skip "gcc has no ThreadSanitizer"
}

# outputs: what stands below the cells, as the last `run` has it on stdout; fences as in doc.
outputs() {
  # shellcheck disable=SC2154  # run sets it
  printf '%s\n' "$output" | sed -n "/^\`\`\`output/,/^\`\`\`\$/p" | sed "s/\`\`\`/'''/g"
}

@test "what AddressSanitizer and UBSan find is told in words, with all its lines, and the session goes on" {
  need_asan
  doc a.md <<'E'
---
skein:
  sanitize: [address, undefined]
---
'''c
#include <stdio.h>
#include <stdlib.h>
int table[3] = {1, 2, 3}, *block;
int get(int *p, int n) { return p[n]; }
int *make(int n) { return malloc(n * sizeof(int)); }
void drop(int *p) { free(p); }
'''
'''c {fails=crash}
printf("before\n");
fprintf(stderr, "said\n");
block = make(10);
get(block, 10);
'''
'''c {fails=crash}
block = make(10);
drop(block);
block[3]
'''
'''c {fails=crash}
int first(int n) { char a[8], b[8]; char *p = a; p[n] = b[0] = 1; return a[0]; }
first(8)
'''
'''c {fails=crash}
get(table, 3);
'''
'''c {fails=crash}
int *escaped(void) { int x = 3; int *volatile p = &x; return p; }
*escaped()
'''
'''c {fails=crash}
fprintf(stderr, "kept\n");
int shift = 40;
1 << shift
'''
'''c {fails=crash}
#include <stdlib.h>
int main(void) {
  char *p = malloc(3);
  free(p);
  free(p);
}
'''
'''c
printf("%d %d\n", table[2], getenv("LD_PRELOAD") || getenv("ASAN_OPTIONS") || getenv("UBSAN_OPTIONS"));
'''
E
  run -0 skein run -o - a.md
  outputs >got
  same got <<'E'
'''output
before
'''
'''output-stderr
said
'''
'''output-error
crashed: heap-buffer-overflow: read of 4 bytes, right after a block of 40 bytes
line 4: get(block, 10);
in get, an earlier cell, line 4: int get(int *p, int n) { return p[n]; }
with n = 10
allocated at:
line 3: block = make(10);
in make, an earlier cell, line 5: int *make(int n) { return malloc(n * sizeof(int)); }
state: as before this cell
'''
'''output-error
crashed: heap-use-after-free: read of 4 bytes, 12 bytes into a block of 40 bytes
line 3: block[3]
freed at:
line 2: drop(block);
in drop, an earlier cell, line 6: void drop(int *p) { free(p); }
allocated at:
line 1: block = make(10);
in make, an earlier cell, line 5: int *make(int n) { return malloc(n * sizeof(int)); }
state: as before this cell
'''
'''output-error
crashed: stack-buffer-overflow: write of 1 byte, beyond the end of the variable 'a'
line 2: first(8)
in first, line 1: int first(int n) { char a[8], b[8]; char *p = a; p[n] = b[0] = 1; return a[0]; }
with n = 8, p = ""
state: as before this cell
'''
'''output-error
crashed: global-buffer-overflow: read of 4 bytes, right after 'table' of 12 bytes
line 1: get(table, 3);
in get, an earlier cell, line 4: int get(int *p, int n) { return p[n]; }
with p = table, n = 3
state: as before this cell
'''
'''output-error
crashed: stack-use-after-return: read of 4 bytes, inside of the variable 'x'
line 2: *escaped()
state: as before this cell
'''
'''output-stderr
kept
'''
'''output-error
crashed: undefined behaviour: shift exponent 40 is too large for 32-bit type 'int'
line 3: 1 << shift
with shift = 40
state: as before this cell
'''
'''output-error
crashed: double-free: at the start of a block of 3 bytes
in main, line 5: free(p);
freed at:
in main, line 4: free(p);
allocated at:
in main, line 3: char *p = malloc(3);
'''
'''output
3 0
'''
E
}

@test "a data race is told at its two places, with what is shared and where its threads began" {
  need_tsan
  doc a.md <<'E'
<!-- skein: sanitize=thread -->

'''c
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
int counter = 41;
pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
void *add(void *x) {
  counter = 1;
  return x;
}
void *add_safely(void *x) {
  pthread_mutex_lock(&lock);
  counter++;
  pthread_mutex_unlock(&lock);
  return x;
}
'''
'''c {fails=crash}
/* TSan misses two accesses at the very same moment: they are kept apart, in no order. */
pthread_t a, b;
pthread_create(&a, NULL, add, NULL);
usleep(20000); pthread_create(&b, NULL, add, NULL);
pthread_join(a, NULL);
pthread_join(b, NULL);
'''
'''c {fails=crash}
int *shared = malloc(40);
void *put(void *x) { ((int *)x)[2] = 1; return x; }
pthread_t a;
pthread_create(&a, NULL, put, shared);
usleep(20000); shared[2] = 2;
pthread_join(a, NULL);
'''
'''c
pthread_t a;
pthread_create(&a, NULL, add_safely, NULL);
add_safely(NULL);
pthread_join(a, NULL);
counter
'''
'''c {fails=crash}
#include <pthread.h>
static int hits;
static void *hit(void *x) { hits = 1; return x; }
int main(void) {
  pthread_t a;
  pthread_create(&a, 0, hit, 0);
  usleep(20000); hits = 2;
  return pthread_join(a, 0);
}
'''
'''c {fails=timeout timeout=250ms}
for (;;) counter = 5;
'''
'''c
counter
'''
E
  run -0 skein run -o - a.md
  outputs >got
  same got <<'E'
'''output-error
crashed: data race on 'counter': write of 4 bytes by thread 1
in add, an earlier cell, line 7: counter = 1;
in no order with a write of 4 bytes by thread 2 at:
in add, an earlier cell, line 7: counter = 1;
thread 1 was begun at:
line 3: pthread_create(&a, NULL, add, NULL);
thread 2 was begun at:
line 4: usleep(20000); pthread_create(&b, NULL, add, NULL);
state: as before this cell
'''
'''output-error
crashed: data race on a block of 40 bytes: write of 4 bytes by thread 1
in put, line 2: void *put(void *x) { ((int *)x)[2] = 1; return x; }
in no order with a write of 4 bytes by the main thread at:
line 5: usleep(20000); shared[2] = 2;
the block was allocated at:
line 1: int *shared = malloc(40);
thread 1 was begun at:
line 4: pthread_create(&a, NULL, put, shared);
state: as before this cell
'''
'''output
43
'''
'''output-error
crashed: data race on 'hits': write of 4 bytes by thread 1
in hit, line 3: static void *hit(void *x) { hits = 1; return x; }
in no order with a write of 4 bytes by the main thread at:
in main, line 7: usleep(20000); hits = 2;
thread 1 was begun at:
in main, line 6: pthread_create(&a, 0, hit, 0);
'''
'''output-error
stopped after 0.25 s: still running (limit: timeout)
line 1: for (;;) counter = 5;
state: as before this cell
'''
'''output
43
'''
E
}

@test "what a program has lost when it ends is told, what cells still hold is not" {
  need_asan
  doc a.md <<'E'
<!-- skein: sanitize=leak -->

'''c
#include <stdlib.h>
struct node { struct node *next; };
struct node *node(struct node *next) {
  struct node *n = malloc(sizeof *n);
  n->next = next;
  return n;
}
struct node *kept = node(NULL);
kept = node(NULL);
'''
'''c
int main(void) {
  struct node *list = node(node(NULL));
  list = NULL;
  return list != NULL;
}
'''
'''c {fails=exit:3}
int main(void) {
  return node(NULL) ? 3 : 0;
}
'''
'''c
int main(void) { free(node(NULL)); }
'''
E
  run -5 --separate-stderr skein run -o - a.md
  outputs >got
  same got <<'E'
'''output-error
crashed: memory leak: 16 bytes in 2 blocks lost
8 bytes in 1 block, allocated at:
in main, line 2: struct node *list = node(node(NULL));
in node, an earlier cell, line 4: struct node *n = malloc(sizeof *n);
lost with it: 8 bytes in 1 block, allocated at:
in main, line 2: struct node *list = node(node(NULL));
in node, an earlier cell, line 4: struct node *n = malloc(sizeof *n);
'''
'''output-error
exit status 3
'''
E
  # shellcheck disable=SC2154  # run sets it
  output=$stderr
  has "a.md:7:20: error: this cell failed: crashed: memory leak: 16 bytes in 2 blocks lost [crash]"
  has "a.md:7:20: note: 8 bytes in 1 block, allocated here, in node"
  has "a.md:16:23: note: in main"
}

@test "clang's sanitizers do the same, each session has its own, and a second run starts no compiler" {
  command -v clang >/dev/null || skip "there is no clang"
  echo 'int main(void) { return 0; }' | clang -fsanitize=address -x c -o a.out - 2>log || skip "clang has no AddressSanitizer"
  doc a.md <<'E'
<!-- skein: cc=clang -->

'''c {sanitize="address undefined"}
int table[3];
int *beyond(void) { return table + 3; }
'''
'''c {fails=crash sanitize=address}
*beyond()
'''
'''c++ {sanitize=address}
extern "C" void boom(void) { throw 5; }
'''
'''c {fails=crash}
boom();
'''
'''c {session=u fails=crash sanitize=undefined}
int most = 2147483647;
most + 1
'''
'''c {session=t fails=crash sanitize=thread}
#include <pthread.h>
#include <unistd.h>
int counter;
void *add(void *x) { counter = 1; return x; }
pthread_t a;
pthread_create(&a, 0, add, 0);
usleep(20000);
counter = 2;
pthread_join(a, 0);
'''
E
  run -0 skein run a.md
  ulimit -s unlimited || true
  run -0 skein run --no-compile --explain -o - a.md
  lacks "compiled: "
  has "crashed: global-buffer-overflow: read of 4 bytes, right after 'table' of 12 bytes"
  has "crashed: uncaught exception int"
  has "crashed: undefined behaviour: signed integer overflow: 2147483647 + 1 cannot be represented in type 'int'"
  has $'crashed: data race on \'counter\': write of 4 bytes by thread 1\nin add, line 4:'
  has $'thread 1 was begun at:\nline 6: pthread_create(&a, 0, add, 0);'
}

@test "sanitizers that cannot work in cells, or not together, are refused, each with its reason" {
  for kind in memory hwaddress fuzzer; do
    printf '```c {cflags="-Wextra -fsanitize=undefined,%s"}\n1\n```\n' "$kind" >a.md
    run -6 skein run a.md
    has "a.md:1:7: error: '-fsanitize=undefined,$kind' does not work in cells: "
  done
  printf '```c {sanitize=memory}\n1\n```\n' >a.md
  run -6 skein run a.md
  has "a.md:1:7: error: 'memory' does not work in cells: it would have to be in libc as well; sanitize=address finds other misuse [forbidden-flag]"
  printf '```c {sanitize=adress}\n1\n```\n' >a.md
  run -3 skein run a.md
  has "a.md:1:7: error: the value 'adress' of 'sanitize' must be address, undefined, thread, leak or none [bad-value]"
  printf '```c {sanitize=thread cflags=-fsanitize=address}\n1\n```\n' >a.md
  run -6 skein run a.md
  has "a.md:1:7: error: 'thread' goes with 'undefined' only: take one of 'address,thread'"
  has "[other-sanitizer]"
  printf '```c {cc=tcc sanitize=undefined}\n1\n```\n' >a.md
  command -v tcc >/dev/null || return 0
  run -6 skein run a.md
  has "has no sanitizers: take cc=gcc or cc=clang for this cell, or sanitize=none [no-sanitizer]"
}

# compiler NAME: a gcc that has no AddressSanitizer to link with.
compiler() {
  mkdir -p bin
  cat >"bin/$1" <<'E'
#!/bin/sh
case "$*" in *-rdynamic*) echo "/usr/bin/ld: cannot find -lasan" >&2; exit 1 ;; esac
exec gcc "$@"
E
  chmod +x "bin/$1"
  PATH=$PWD/bin:$PATH
}

@test "a sanitizer that is missing, or another one in a session is told" {
  need_asan
  need_tsan
  compiler gcc-0
  printf '```c {cc=gcc-0 sanitize=address}\n1\n```\n```c\n2\n```\n' >a.md
  run -8 skein run a.md
  has "a.md:1:16: error: $PWD/bin/gcc-0 cannot link a host with 'address': cannot find -lasan: apt install libgcc-"
  has "[no-sanitizer]"
  doc a.md <<'E'
'''c {sanitize=address}
1
'''
'''c {sanitize=thread}
2
'''
'''c {sanitize=none}
3
'''
'''c {session=none sanitize=thread}
4
'''
'''c {session=none sanitize=address}
5
'''
'''c {sanitize=leak}
6
'''
E
  run -6 skein run -o - a.md
  has "a.md:4:7: error: the session of this cell has 'address' of /usr/bin/gcc in its process: take one for all, or session=NAME [other-sanitizer]"
  outputs >got
  same got < <(printf "'''output\n%d\n'''\n" 1 3 4 5 6)
}

@test "flags of one cell bring a sanitizer too, recoverable or not, and an exception of C++ is told as one" {
  need_asan
  doc a.md <<'E'
'''c++
#include <stdexcept>
extern "C" void boom(void) { throw std::runtime_error("bad day"); }
'''
'''c {fails=crash cflags=-fsanitize=address}
boom();
'''
'''c {cflags=-fsanitize=undefined}
#include <stdio.h>
int big = 2147483647, one = 1;
printf("%d\n", big + one);
'''
'''c {fails=crash cflags=-fsanitize=address}
void sink(int n) { char room[4096]; room[n] = 1; sink(n + room[n] - 1); }
sink(0);
'''
'''c {fails=any cflags=-fsanitize=address memory=100M}
#include <stdlib.h>
#include <string.h>
for (;;) memset(malloc(1 << 16), 1, 1 << 16);
'''
E
  run -0 skein run -o - a.md
  has "crashed: uncaught exception std::runtime_error: bad day"
  has "runtime error: signed integer overflow"
  has "crashed: stack overflow"
  has "stopped: needed more than 100 MiB (limit: memory)"
}
