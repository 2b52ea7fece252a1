load ../helper

build() {
  run "$SKEIN_BUILD/tests/unit/build" "$@"
}

setup_unit() {
  printf 'int x;\n' >a.c
}

@test "a flag that runs a program or writes a file is refused" {
  setup_unit
  for flag in -fplugin=./x.so -wrapper '-wrapper sh,-c,touch,canary' @file -B. -specs=x \
      -Wl,-Map=canary -Wa,-ahls=canary -Wp,-MD,canary '-o canary' '-MF canary' -fdump-tree-all \
      -save-temps -fstack-usage -gsplit-dwarf -ftime-trace -fopt-info-all=canary; do
    build -f "$flag" a.c
    [ "$status" = 6 ]
    has '[forbidden-flag]'
    lacks 'new object'
  done
  [ ! -e canary ]
}

@test "a flag whose object would not fit is refused" {
  setup_unit
  for flag in -m32 -flto -fno-pic -static -fvisibility=hidden -c -S -E -fsyntax-only -x; do
    build -f "$flag" a.c
    [ "$status" = 6 ]
  done
}

@test "every refused flag is named, not only the first" {
  setup_unit
  build -f '-flto -O2 -m32' a.c
  has "the flag '-flto' cannot stand in a document"
  has "the flag '-m32' cannot stand in a document"
  lacks "'-O2'"
}

@test "a folder outside the project is refused" {
  setup_unit
  mkdir root
  ln -s /etc root/link
  for flag in -I/etc '-I ..' -Ilink '-include /etc/passwd' -iquote/etc '-isystem link'; do
    build -r "$PWD/root" -f "$flag" a.c
    [ "$status" = 6 ]
    has 'leaves the project'
  done
}

@test "a folder of the project is taken" {
  mkdir -p root/inc
  echo 'enum { N = 1 };' >root/inc/n.h
  printf '# 1 "a"\n#include <n.h>\nint n = N;\n' >a.c
  build -r "$PWD/root" -f '-I inc -D X' a.c
  [ "$status" = 0 ]
}

@test "flags of optimisation, warnings and sanitizers are taken" {
  setup_unit
  for flag in -O2 -Wextra -Wno-unused -fsanitize=address,undefined -march=native -pthread \
      -fopenmp '-DTEXT="a b"' -std=c99; do
    build -f "$flag" a.c
    [ "$status" = 0 ]
  done
}

@test "a compiler is chosen by name and not by path" {
  setup_unit
  for name in ./gcc /usr/bin/gcc ../gcc sh gcc-x 'gcc -v' gcc-12/../sh -gcc ''; do
    build -c "$name" a.c
    [ "$status" = 6 ]
    has '[forbidden-compiler]'
  done
}

@test "a package is named and not a flag" {
  setup_unit
  # shellcheck disable=SC2016
  for name in --libs-only-l -x 'a b' ../x '$(id)' 'zlib --variable=prefix'; do
    build -k "$name" a.c
    [ "$status" = 6 ]
    has '[forbidden-package]'
  done
  build -k no-such-package a.c
  [ "$status" = 8 ]
  has '[no-package]'
}
