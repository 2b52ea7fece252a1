load ../helper

# A header like those of test libraries: a list somewhere, tests that put themselves on it.
header() {
  cat >tests.h <<'EOF'
#ifndef TESTS_H
#define TESTS_H
#include <stdio.h>
struct tests { int n; const char *name[16]; void (*run[16])(void); };
extern struct tests test_list;
__attribute__((weak)) int run_tests(void)
{
	for (int i = 0; i < test_list.n; i++) {
		printf("%s:", test_list.name[i]);
		test_list.run[i]();
		puts(" ok");
	}
	return 0;
}
#define TEST(set, what) \
	static void test_##set##_##what(void); \
	static void __attribute__((constructor)) add_##set##_##what(void) { \
		test_list.name[test_list.n] = #set "." #what; \
		test_list.run[test_list.n++] = test_##set##_##what; \
	} \
	static void test_##set##_##what(void)
#define TEST_SETUP(what) static int setup_##what(void)
#define SETUP(what) setup_##what()
#define TEST_STATE() struct tests test_list = {0, {0}, {0}}
#define TEST_MAIN() TEST_STATE(); int main(void) { return run_tests(); }
#endif
EOF
}

@test "tests of a header may stand in any cells: its main runs each once, the last of a name" {
  header
  doc a.md <<'EOF'
'''c
#include "tests.h"
int twice(int x) { return 2 * x; }
TEST(twice, one) { printf(" old"); }
'''
'''c
TEST_SETUP(number) { return 21; }
TEST(twice, two) { printf(" %d", twice(2)); }
'''
'''c
TEST(twice, one) { printf(" new %d", twice(SETUP(number))); }
'''
'''c
twice(4)
'''
'''c
TEST_MAIN()
'''
'''c
#include "tests.h"
TEST(alone, a) { printf(" a"); }
TEST_MAIN();
'''
EOF
  run -0 skein run -o out.md a.md
  sed -n '/^```output/,/^```$/p' out.md | grep -v '```' >shown
  same shown <<'EOF'
8
twice.two: 4 ok
twice.one: new 42 ok
alone.a: a ok
EOF
  run -0 skein run -o out.md --no-compile a.md
}

@test "tests register themselves in the session when it has their list" {
  header
  doc a.md <<'EOF'
'''c
#include "tests.h"
'''
'''c
TEST_STATE();
'''
'''c
TEST(a, one) { printf(" 1"); }
'''
'''c
TEST(a, two) { printf(" 2"); }
'''
'''c
run_tests();
'''
'''c
int main(void) { printf("%d tests\n", test_list.n); return run_tests(); }
'''
EOF
  run -0 skein run -o out.md a.md
  sed -n '/^```output/,/^```$/p' out.md | grep -v '```' >shown
  same shown <<'EOF'
a.one: 1 ok
a.two: 2 ok
2 tests
a.one: 1 ok
a.two: 2 ok
EOF
}

@test "a header's static variable that each cell has for itself is told once" {
  cat >rng.h <<'EOF'
static unsigned seed = 1;
static const int step = 7;
static inline unsigned next(void) { static int calls; calls++; return seed = seed * 5 + step; }
EOF
  doc a.md <<'EOF'
'''c
#include "rng.h"
next()
'''
'''c
next()
'''
'''c
next()
'''
EOF
  run -0 skein run -o out.md a.md
  has "a.md:5:1: warning: each cell has a 'seed' of its own, as 'rng.h' defines it static"
  has "each cell has a 'calls' of its own"
  has "[split-state]"
  has "a.md:1:1: note: this cell has the first one"
  lacks "'step'"
  lacks "a.md:8"
}

@test "a statement that keeps a compound literal is warned of, a copy is not" {
  doc a.md <<'EOF'
'''c
struct s { int a; } v, *q;
int *p;
v = (struct s){1};
p = (int[]){1, 2};
q = &(struct s){3};
'''
EOF
  run -0 skein run -o out.md a.md
  has "a.md:5:1: warning: 'p' points to a compound literal"
  has "a.md:6:1: warning: 'q' points to a compound literal"
  lacks "'v'"
}
