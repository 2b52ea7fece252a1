load ../helper

# The rules of a cell, in one document, for each compiler.
rules() {
  doc a.md <<'E'
'''c {#definitions}
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>
static int shared = 3, *where = &shared, grid[2][3];
static inline int next(void) { static int n; return ++n; }
inline int plain(void) { return 4; }
int tentative;
int tentative;
extern int later;
int ops[] = {1, 2, [4] = 5}, odd(int);
char word[] = "abc";
const char *names[] = {"one", "two"};
struct { int a, b; } pair = {1, 2};
enum { FIRST, SECOND = 5 } kind = SECOND;
union number { int i; float f; };
_Thread_local int own = 7;
__auto_type big = 1L << 40;
typedef int (*function)(int);
int even(int n) { return n == 0 ? 1 : odd(n - 1); }
int old(a, b) int a; long b; { return a + (int)b; }
struct result { int q, r; } divide(int a, int b) { return (struct result){a / b, a % b}; }
static __attribute__((always_inline)) inline int forced(int x) { return x + shared; }
int write(int x) { return x * 2; }
double environ = 2.5;
#define TWICE(x) ((x) * 2)
#define DEFINE_GET(type) type get_##type(type x) { return x; }
DEFINE_GET(int)
next();
'''
'''c {#initialisers}
int later = TWICE(plain());
const double root = sqrt(2.25);
int table[3] = {next(), next(), next()}, copy[] = {table[2], abs(-9)};
struct result half = divide(9, 2), *half_at = &half;
char *text = strdup("kept");
int odd(int n) { return n == 0 ? 0 : even(n - 1); }
function chosen(int which) { return which ? odd : even; }
for (int i = 0; i < 3; i++)
	grid[1][i] = i * shared;
shared++;
printf("%d %g %d%d%d %zu %d\n", later, root, table[0], table[1], table[2],
    sizeof copy / sizeof *copy, copy[0] + copy[1]);
'''
'''c {#use}
printf("%d %d %d %d %zu %zu %s %s\n", *where, next(), plain(), tentative, sizeof ops / sizeof *ops,
    sizeof word, names[1], text);
printf("%d %d %d %ld %d %d %d\n", pair.b, kind, own, big, chosen(1)(7), old(1, 2L), half_at->r);
printf("%d %g %d %d %d\n", write(4), environ, forced(1), get_int(6), grid[1][2]);
union number n = {.f = 1};
half
'''
'''c {#anew}
int even(int n) { return n % 2 == 0 ? 100 : 200; }
int shared = 40;
struct result { double quotient; };
#undef TWICE
#define TWICE(x) ((x) * 20)
struct result other = {1.5};
printf("%d %d %d %d\n", even(4), odd(3), *where + shared, TWICE(1));
(SECOND)
'''
'''c {#program args="one two"}
#include <stdio.h>
int shared = 1;
int main(int argc, char **argv)
{
	tentative = 9;
	printf("%d %s %d %d\n", argc, argv[2], shared, even(2));
	return tentative - 9;
}
'''
'''c {#values}
printf("%d\n", tentative);
other
'''
'''c {#lines fails=crash}
static void fall(int *p)
{
	*p = 1;
}
#line 1000
fall(NULL);
'''
'''c {#warned fails=compile}
int unused(void) { int x; return 0; }
	int tab = "a" * 2;
'''
E
}

# obeys COMPILER
obeys() {
  command -v "$1" >/dev/null || skip "there is no $1 here"
  rules
  run -0 skein run --set "cc=$1" -o b.md a.md
  has "a.md:87:24: warning: unused variable 'x' [-Wunused-variable]"
  run -0 grep -v -e '^```' -e '^$' b.md
  has $'8 1.5 234 2 13\n'
  has $'4 5 4 0 5 4 two kept\n2 5 7 1099511627776 1 3 1\n8 2.5 5 6 6\n{.q = 4, .r = 1}\n'
  has $'100 1 44 20\n'
  has $'3 two 1 100\n'
  has $'0\n{.quotient = 1.5}\n'
  has $'crashed: write to *p, where p is NULL\n'
  has $'line 2: error: invalid operands to binary'
}

@test "gcc-12 obeys the rules of cells" {
  obeys gcc-12
}

@test "clang-14 obeys the rules of cells" {
  obeys clang-14
}

@test "clang-19 obeys the rules of cells" {
  obeys clang-19
}

@test "tcc shares a session with others, as far as it knows C, and else says what to take" {
  command -v tcc >/dev/null || skip "there is no tcc here"
  doc a.md <<'E'
'''c {cc=tcc}
#include <stdio.h>
int twice(int x) { return 2 * x; }
static int count = 1;
int six = twice(3), list[] = {six, 7};
struct pair { int a, b; } pair = {1, 2};
for (int i = 0; i < 2; i++)
	printf("%d\n", twice(list[i]));
pair
'''
'''c
printf("%d %d %d\n", twice(1), count++, pair.b);
'''
'''c {cc=tcc}
int twice(int x) { return 3 * x; }
printf("%d %d %zu\n", twice(1), count, sizeof list / sizeof *list);
'''
'''c {cc=tcc}
#include <stdio.h>
int main(int argc, char **argv) { printf("%d %d\n", argc, twice(2)); return 0; }
'''
'''c {cc=tcc}
int f(void) { return 0; }
int g(void) { __auto_type z = 3; return z; }
'''
'''c {cc=tcc}
int k = 1;
void nested(void) { int g(void) { return 1; } g(); }
'''
E
  run -4 skein run -o - a.md
  has $'```output\n12\n14\n```'
  has $'```output\n2 1 2\n```'
  has $'```output\n3 2 2\n```'
  has $'```output\n1 6\n```'
  has "a.md:24:15: error: tcc does not know '__auto_type': take cc=gcc for this cell [compile]"
  has "a.md:28:1: error: cannot use local functions [compile]"
  has "note: tcc knows less of C than others: cc=gcc may compile this cell"
}

@test "a compiler that fails and names no error says nothing about a cell: that is told, with status 8" {
  mkdir bin
  printf '#!/bin/sh\necho "licence expired" >&2\nexit 1\n' >bin/gcc
  chmod +x bin/gcc
  doc a.md <<'END'
'''c
int a;
'''
END
  PATH=$PWD/bin:$PATH run -8 skein run a.md
  has "a.md:1:1: error: '$PWD/bin/gcc' failed and did not say why: licence expired [compiler]"
  case $SKEIN_BUILD in *asan | *tiny) skip "AddressSanitizer takes what address space it likes" ;; esac
  (ulimit -v 1500000; skein run -q a.md)                # less than a compiler may have
}
