load ../helper

@test "the library exports what skein/jit.h declares and nothing else" {
  declared=$(grep -o '\bskein_jit_[a-z_]*(' "$SKEIN_TOP/runner/include/skein/jit.h" | tr -d '(' | grep -vx 'skein_jit_[a-z]*_fn' | sort -u)
  [ -n "$declared" ]
  diff -u <(echo "$declared") <(nm -D --defined-only "$SKEIN_BUILD/libskein.so" | sed 's/.* //' | grep -v '^__' | sort)
  diff -u <(echo "$declared") <(nm -g --defined-only "$SKEIN_BUILD/libskein.a" | sed -n 's/.* [A-Z] //p' | grep -v '^__' | sort)
  for language in c c++; do
    echo '#include "skein/jit.h"' | gcc -x "$language" -Wall -Wextra -Werror -fsyntax-only -I"$SKEIN_TOP/runner/include" -
  done
  for f in $declared; do
    grep -q "^\.Fn $f " "$SKEIN_TOP/docs/skein-jit.3" || { echo "no $f in skein-jit(3)"; return 1; }
  done
}

@test "the example, built as an installed library's user builds it, compiles once for all" {
  case $SKEIN_BUILD in *asan | *tiny) skip "the example is not built with our sanitizers" ;; esac
  make -s -C "$SKEIN_TOP" B="${SKEIN_BUILD##*/}" install DESTDIR="$PWD/to" PREFIX=/usr
  cp -r "$SKEIN_TOP/examples/jit" mine
  export PKG_CONFIG_PATH=$PWD/to/usr/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$PWD/to LD_LIBRARY_PATH=$PWD/to/usr/lib
  make -s -C mine CC=gcc
  gcc -o static $(pkg-config --cflags skein) -D_POSIX_C_SOURCE=200809L mine/polynomial.c "$PWD/to/usr/lib/libskein.a" \
    $(pkg-config --static --libs-only-l skein | sed 's/-lskein//')
  printf '#!/bin/sh\necho "$*" >>"%s/calls"\nexec /usr/bin/gcc "$@"\n' "$PWD" >gcc
  chmod +x gcc
  export CC=$PWD/gcc VERBOSE=1
  pids=()
  for _ in 1 2 3 4; do
    mine/polynomial 2 1 0 3 >>out 2>>said &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do ended "$pid" 0; done
  [ "$(sort -u out)" = 13 ]
  [ "$(grep -c compiled said)" = 1 ]
  cp calls before
  run -0 --separate-stderr ./static 3 1 0 3
  [ "$output $stderr" = '28 from the cache' ]
  cmp calls before
  run -1 mine/polynomial 2 1 nix
  has "polynomial.c:3:18: error: 'nix' undeclared"
}
