load ../helper

build() {
  run "$SKEIN_BUILD/tests/unit/build" "$@"
}

@test "gcc's messages carry the line and the column in bytes" {
  printf '# 1 "<skein>" 3\n\n# 7 "my cell: 2"\nint größe = 1; int f(void) { return x; }\n' >a.c
  build a.c
  [ "$status" = 4 ]
  has "my cell: 2:7:39: error: 'x' undeclared"
  has "my cell: 2:7:39: note: each undeclared"
}

@test "clang's messages carry the line and the column in bytes" {
  printf '# 1 "<skein>" 3\n\n# 7 "my cell: 2"\nint größe = 1; int f(void) { return x; }\n' >a.c
  build -c clang a.c
  [ "$status" = 4 ]
  has "my cell: 2:7:39: error: use of undeclared identifier 'x'"
}

@test "a warning names the option that asked for it" {
  printf '# 1 "a"\nvoid f(void) { int x; }\n' >a.c
  for cc in gcc clang; do
    build -c "$cc" a.c
    [ "$status" = 0 ]
    has "a:1:20: warning: unused variable 'x' [-Wunused-variable]"
  done
}

@test "an error in a header says where the cell included it" {
  mkdir -p src/inc
  printf '\nint f(void) { return y; }\n' >src/inc/n.h
  printf '#include "n.h"\n' >src/inc/m.h
  printf '# 3 "a"\n#include "m.h"\n' >a.c
  for cc in gcc clang; do
    build -c "$cc" -r "$PWD/src" -q "$PWD/src/inc" a.c
    [ "$status" = 4 ]
    has "file inc/n.h:2:22: error: "
    has "a:3:"
    has "note: included from here"
  done
}

@test "the same message is said once" {
  printf '# 1 "a"\nint f(void) { return\n# 1 "a"\nint f(void) { return\n' >a.c
  printf '# 5 "a"\nint n = x;\n# 5 "a"\nint n = x;\n' >a.c
  build a.c
  [ "$(grep -c "'x' undeclared" <<<"$output")" = 1 ]
}

@test "what stands in our own glue is left out" {
  printf '# 1 "<skein>" 3\n# 1 "a"\nint n = x;\n# 1 "<skein>"\nint m = x;\n' >a.c
  build a.c
  has "a:1:9: error: 'x' undeclared"
  lacks '<skein>'
}

@test "an error that stands only in our glue is not lost" {
  printf '# 1 "<skein>"\nint m = x;\n' >a.c
  build a.c
  has "<skein>:1:9: error: 'x' undeclared"
}

@test "the assembler's errors are placed in the cell" {
  printf '# 5 "a"\nint f(void) { __asm__("bogus"); return 0; }\n' >a.c
  build a.c
  [ "$status" = 4 ]
  has 'a:5:0: error: no such instruction'
  build -c clang a.c
  has "a:5:23: error: invalid instruction mnemonic 'bogus'"
}

@test "a library that is missing is told by the linker" {
  printf 'int x;\n' >a.c
  for cc in gcc clang; do
    build -c "$cc" -l nonesuch a.c
    [ "$status" = 4 ]
    has ':0:0: error: cannot find -lnonesuch'
    lacks 'ld returned'
    lacks 'linker command failed'
  done
}

@test "a flood of messages is cut, and the rest counted" {
  { printf '# 1 "a"\n'; for n in $(seq 300); do echo "int v$n = x$n;"; done; } >a.c
  build a.c
  [ "$status" = 4 ]
  [ "$(grep -c ': error: ' <<<"$output")" = 100 ]
  has '200 left out'
}

@test "nothing of the unit's file is printed by the compiler" {
  printf 'a secret\n' >a
  printf '# 1 "a"\nint n = x;\n' >a.c
  for cc in gcc clang; do
    build -c "$cc" a.c
    lacks secret
  done
}
