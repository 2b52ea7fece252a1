load ../helper

# Files of a project, compiled for cells: `sources=`.

# starts N: the last run started N compilers.
starts() {
  [ "$(grep -c "cache: compiled '" <<<"$output")" -eq "$1" ] || { echo "$output"; return 1; }
}

three() {
  mkdir src
  cat >src/a.c <<'E'
#include "shared.h"
int a_data = 1;
static int twice(int x) { return 2 * x; }
int (*const a_call)(void) = b_get;
int *const a_points = &b_data;
int a_get(void) { return twice(a_data) + *a_points; }
int main(void) { return 1; }
E
  cat >src/b.c <<'E'
#include "shared.h"
int b_data = 10;
static int twice(int x) { return 20 * x; }
int *const b_points = &a_data;
int b_get(void) { return twice(*b_points); }
int main(int c, char **v) { return c + !v; }
E
  echo 'extern int a_data, b_data; int a_get(void), b_get(void);' >src/shared.h
  echo 'int c_get(void) { return 7; }' >src/c.c
  doc a.md <<'E'
<!-- skein: sources="src/*.c" -->

# Three files

'''c
#include "shared.h"
extern int (*const a_call)(void);
int c_get(void);
a_data = 3;
printf("%d %d %d %d\n", a_get(), b_get(), a_call(), c_get());
'''
E
}

@test "sources share data both ways, keep their statics, and each main is hidden" {
  three
  run -0 skein run -o - a.md
  has $'```output\n16 60 60 7\n```'
}

@test "an edit of one source compiles that one and links, a header's those that include it" {
  three
  export SKEIN_TRACE=cache
  run -0 skein run -o - a.md
  starts 5	# three files, the link, the cell
  run -0 skein run -o - a.md
  starts 0
  sed -i 's/7/8/' src/c.c
  run -0 skein run -o - a.md
  starts 2
  has "compiled 'src/c.c': 'src/c.c' changed"
  has "compiled 'sources':"
  has "16 60 60 8"
  echo '// more' >>src/c.c	# the same object: nothing to link
  run -0 skein run -o - a.md
  starts 1
  sed -i 's/^/\n/' src/shared.h
  run -0 skein run -o - a.md
  has "compiled 'src/a.c':"
  has "compiled 'src/b.c':"
  lacks "compiled 'src/c.c'"
  mv src/b.c src/d.c		# another name, nothing else
  run -0 skein run -o - a.md
  has "compiled 'src/d.c'"
  lacks "compiled 'src/a.c'"
}

@test "errors of several sources are all said, each at its place, and no cell runs" {
  printf 'int f(void) { return x; }\n' >one.c
  printf 'int g(void) { return 1; }\n' >two.c
  printf 'int h(void) { return y; }\n' >three.c
  printf '```c\nputs("ran");\n```\n' >a.md
  run -4 skein run --set sources="one.c two.c three.c" -o - a.md
  has "one.c:1:22: error: 'x' undeclared"
  has "three.c:1:22: error: 'y' undeclared"
  lacks '```output'
}

@test "two definitions of one name in the sources are told with both files" {
  printf 'int f(void) { return 1; }\n' >one.c
  printf 'int f(void) { return 2; }\n' >two.c
  printf '```c\nputs("ran");\n```\n' >a.md
  run -4 skein run --set sources="one.c two.c" -o - a.md
  has "two.c:1:1: error: multiple definition of 'f' [compile]"
  has "one.c:1:1: note: first defined here"
  lacks '```output'
}

@test "a pattern names files below the root and tangled ones, sorted, each once" {
  mkdir -p lib '[odd] dir'
  printf 'int one(void) { return 1; }\n' >lib/one.c
  ln -s /etc/passwd lib/passwd.txt
  doc a.md <<'E'
<!-- skein: sources="lib/*.c lib/one.c" -->

# Pattern

'''c {file=lib/two.c}
int two(void) { return 2; }
'''

'''c
int one(void), two(void);
printf("%d\n", one() + two());
'''
E
  SKEIN_TRACE=cache run -0 skein run -o - a.md
  has $'```output\n3\n```'
  starts 4
  mv a.md lib '[odd] dir'
  run -0 skein run -o - '[odd] dir/a.md'
  has $'```output\n3\n```'
}

@test "sources that cannot be are refused as such" {
  printf 'Text.\n\n```c\n1\n```\n' >a.md
  run -3 skein run --set sources='none/*.c' a.md
  has "--set:1:1: error: there is no file 'none/*.c' below the project's root"
  has "[no-source]"
  run -6 skein run --set sources='../*.c' a.md
  has "--set:1:1: error: '../*.c' cannot be a source: it leads out of the project's root [refused-path]"
  run -6 skein run --set sources='a/../../x.c' a.md
  has "cannot be a source: it leads out"
  run -6 skein run --set sources=/etc/passwd a.md
  has "'/etc/passwd' cannot be a source: it must be relative to the project's root"
  ln -s /etc/passwd link.c
  run -3 skein run --set 'sources=li*.c' a.md
  has "[no-source]"
}
