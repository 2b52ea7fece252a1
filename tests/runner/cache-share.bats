load ../helper

build() {
  run "$SKEIN_BUILD/tests/unit/build" "$@"
}

# counting_gcc: a gcc on PATH that writes a line to the file `calls` for each
# compilation to an object.
counting_gcc() {
  mkdir bin
  cat >bin/gcc <<END
#!/bin/sh
for word; do [ "\$word" = object.so ] && echo x >>$PWD/calls; done
exec /usr/bin/gcc "\$@"
END
  chmod +x bin/gcc
  PATH=$PWD/bin:$PATH
}

@test "many runs at once compile each unit once" {
  counting_gcc
  for n in 1 2 3 4 5 6; do
    printf '# 1 "a"\nint f%s(void) { return 1; }\n' "$n" >"$n.c"
  done
  build 1.c
  rm calls
  for run in 1 2 3 4 5 6 7 8; do
    "$SKEIN_BUILD/tests/unit/build" [1-6].c >"out.$run" 2>&1 &
  done
  wait
  [ "$(wc -l <calls)" = 5 ]
  [ "$(cat out.* | grep -c ' object')" = 48 ]
  [ "$(cat out.* | grep -c ' new object')" = 5 ]
}

@test "when a run is killed, one who waits for it takes over, and finds no half of an entry" {
  counting_gcc
  sed -i '2i [ -e '"$PWD"'/hold ] \&\& { echo held >'"$PWD"'/held; exec sleep 1000; }' bin/gcc
  printf 'int x;\n' >warm.c
  printf 'int y;\n' >a.c
  build warm.c
  : >hold
  mkfifo held said
  exec 7<>held 8<>said
  "$SKEIN_BUILD/tests/unit/build" a.c >out 2>&1 8>&- &
  pid=$!
  read -r -t 60 _ <&7
  exec 7>&-
  rm hold held
  SKEIN_TRACE=cache "$SKEIN_BUILD/tests/unit/build" a.c >out 2>said &
  waiter=$!
  until [[ $line == *"waiting for process $pid to build 'a.c'" ]]; do
    read -r -t 60 line <&8
  done
  kill -KILL "$pid"
  ended "$pid" 137
  ended "$waiter" 0
  grep 'a.c: new object' out
  [ -z "$(ls .cache/t)" ]
}

@test "nobody waits for a run that is stopped, and it is named" {
  counting_gcc
  sed -i '2i [ -e '"$PWD"'/hold ] \&\& { echo held >'"$PWD"'/held; exec sleep 1000; }' bin/gcc
  printf 'int x;\n' >warm.c
  printf 'int y;\n' >a.c
  build warm.c
  : >hold
  mkfifo held
  exec 7<>held
  "$SKEIN_BUILD/tests/unit/build" a.c >out 2>&1 &
  pid=$!
  read -r -t 60 _ <&7
  exec 7>&-
  kill -STOP "$pid"
  rm hold held
  SKEIN_TRACE=cache build a.c
  kill -KILL "$pid"
  ended "$pid" 137
  [ "$status" = 0 ]
  has "waiting for process $pid to build 'a.c'"
  has "process $pid is stopped: 'a.c' is built here, too"
  has 'a.c: new object'
}

@test "checkouts in different folders share their objects" {
  for where in one two/deep; do
    mkdir -p "$where/inc"
    echo 'static inline int n(void) { return __LINE__; }' >"$where/inc/n.h"
    printf '# 1 "a"\n#include "n.h"\nint f(void) { return n(); }\n' >"$where/a.c"
  done
  build -r "$PWD/one" -q "$PWD/one/inc" -f -Iinc one/a.c
  has 'new object'
  build -r "$PWD/two/deep" -q "$PWD/two/deep/inc" -f -Iinc two/deep/a.c
  has reused
}

@test "objects are the same bytes wherever they are compiled" {
  for cc in gcc clang; do
    for where in one two/deep; do
      mkdir -p "$where/inc" "$where/tmp"
      echo 'static inline int n(void) { return __LINE__; }' >"$where/inc/n.h"
      printf '# 1 "a"\n#include <assert.h>\n#include "n.h"\nint f(void) { assert(n()); return 1; }\n' >"$where/a.c"
      (cd "$where" && SKEIN_CACHE_DIR=$PWD/cache TMPDIR=$PWD/tmp \
        "$SKEIN_BUILD/tests/unit/build" -c "$cc" -r "$PWD" -q "$PWD/inc" -o . a.c)
    done
    cmp one/a.c.so two/deep/a.c.so
    run grep -c "$PWD" one/a.c.so
    [ "$output" = 0 ]
  done
}

@test "without leave to compile a miss is told" {
  printf 'int x;\n' >a.c
  build -n a.c
  [ "$status" = 4 ]
  has 'a.c: new broken: nothing may be compiled'
  build a.c
  build -n a.c
  [ "$status" = 0 ]
  has reused
}

@test "a document in another checkout, and equal cells in another document, compile nothing" {
  for where in one two/deep; do
    mkdir -p "$where/.git" "$where/src"
    printf '#include "list.h"\nint more(int n) { return n + MORE; }\n' >"$where/src/more.c"
    doc "$where/a.md" <<'E'
<!-- skein: sources=src/more.c cflags="-Isrc -Wextra" -->
'''c {file=src/list.h}
enum { MORE = 1 };
'''
'''c {#two}
#include <stdio.h>
#include "list.h"
int more(int n);
int two(void) { return more(MORE); }
'''
'''c
printf("%d %s\n", two(), __FILE__);
'''
'''c
int odd = ;
'''
E
  done
  run -4 skein run -v one/a.md
  has "3 compiled"
  run -4 skein run -v two/deep/a.md
  has "0 compiled"
  diff one/a.md two/deep/a.md
  # Another name, a cell between: the same text in the same words is the same cell.
  awk '/^printf/ { print "int between;\n```\n\n```c" } { print }' one/a.md >one/b.md
  run -4 skein run -v one/b.md
  has "1 compiled"
}
