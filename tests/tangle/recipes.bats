load ../helper

# The recipes of docs/building.md, as they stand there: who edits one block has one
# object compiled, and who edits nothing has nothing done.

# The demo of docs/building.md, with a compiler and a skein that write down what they do.
demo() {
  skein tangle -C . "$SKEIN_TOP/docs/building.md"
  cd demo || return 1
  mkdir bin
  cat >bin/cc <<END
#!/bin/sh
for a; do [ "\$a" = -c ] && c=1; done
for a; do case \$c\$a in 1*.c) echo "\${a##*/}" >>$PWD/log ;; esac; done
exec gcc "\$@"
END
  cat >bin/skein <<END
#!/bin/sh
echo skein >>$PWD/log
exec $(command -v skein) "\$@"
END
  chmod +x bin/*
  PATH=$PWD/bin:$PATH
  export CC=cc
  : >log
}

# did FILE...: what was compiled since the last question, and whether skein was started.
did() {
  sort -u log | tr '\n' ' ' | sed 's/ $/\n/' | diff -u - <([ $# = 0 ] || echo "$*") || return 1
  : >log
}

# Make a file newer than all that was built, however coarse the clock.
renew() {
  : >now
  until touch "$@" && [ "${!#}" -nt now ]; do :; done
}

edit() {
  sed -i "s/sum(1, .*)/sum(1, $1))/" docs/sum.md
  renew docs docs/sum.md
}

# What all recipes keep; "$@" builds.
keeps_time() {
  "$@"
  did main.c skein sum.c
  edit 5
  "$@"
  did main.c skein
  [ "$(find . -name app -exec {} \;)" = 6 ]
  echo 'More words.' >>docs/sum.md
  renew docs docs/sum.md
  "$@"
  did skein
  "$@"
  did
}

# A new block needs no edit of the recipe.
finds_a_block() {
  printf '```c {file=two.c}\nint two = 2;\n```\n' >>docs/sum.md
  renew docs docs/sum.md
  "$@"
  did skein two.c
}

# Nor does a new document, nor one that is gone.
finds_a_document() {
  printf '```c {file=three.c}\nint two = 3;\n```\n' >docs/three.md
  renew docs/three.md docs
  run ! "$@"
  [[ $output == *'multiple definition'* ]]
  rm docs/three.md
  renew docs
  : >log
  "$@"
  did skein
  "$@"
  did
}

@test "GNU make" {
  demo
  keeps_time make -s -j4
  finds_a_block make -s
  finds_a_document make -s
  rm -r docs
  mkdir docs
  run ! make -s
  [[ $output == *'no Markdown document'* ]]
  make -s clean
  [ ! -e build ]
}

@test "any make" {
  demo
  keeps_time make -s -j4 -f posix.mk
}

# What CMake need not find out about the compiler.
quick='-DCMAKE_C_COMPILER_ID_RUN=1 -DCMAKE_C_COMPILER_ID=GNU -DCMAKE_C_COMPILER_FORCED=1'

# shellcheck disable=SC2086
@test "CMake with Makefiles" {
  demo
  cmake -S . -B build -G 'Unix Makefiles' $quick >/dev/null
  : >log
  keeps_time cmake --build build -j4
}

# shellcheck disable=SC2086
@test "CMake with Ninja" {
  demo
  cmake -S . -B build -G Ninja $quick >/dev/null
  : >log
  keeps_time ninja -C build
  finds_a_block ninja -C build
}

@test "meson" {
  demo
  meson setup build >/dev/null
  : >log
  keeps_time ninja -C build
}

@test "ninja, and what it thinks the targets depend on" {
  demo
  keeps_time ninja
  ninja -t deps build/main.c | sed -n 's/^ *//; 2,$p' | same <(printf 'docs/sum.md\n\n')
}

@test "one file a rule, the hook, and several skeins under make -j" {
  demo
  make -s -f single.mk
  [ "$(head -n 1 build/sum.c)" = '#include "sum.h"' ]
  make -s -f in-place.mk tangle
  [ -x pre-commit ]
  ./pre-commit
  echo 'int edited;' >>docs/sum.c
  run -1 ./pre-commit
  has '[stale-target]'
  for n in 1 2 3 4; do printf '```c {file=%s.c}\n```\n' $n >docs/$n.md; done
  printf 'all: 1 2 3 4\n1 2 3 4:\n\t@skein tangle -C . --wait --stamp $@ docs/$@.md\n' >Makefile
  make -s -j4
  skein tangle -C . --check docs/?.md
}
