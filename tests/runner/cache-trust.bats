load ../helper

# What the cache's folder may be; tests/unit/folder.c has the folders below it.

# warned N: the last `run` told N warnings that nothing is kept, and ended well.
# shellcheck disable=SC2154
warned() {
  [ "$status" = 0 ]
  [ "$(grep -c 'no-cache\]' <<<"$output")" = "$1" ] || { echo "$output"; return 1; }
}

# traced ARGS: `skein cache path` under strace with ARGS.
traced() {
  export ASAN_OPTIONS=detect_leaks=0	# cannot trace while traced
  run strace -qq -o /dev/null "$@" "$SKEIN_BUILD/skein" cache path
  [[ $output != *'ptrace'* ]] || skip 'strace cannot trace here'
}

@test "a cache is made with its parents, for its owner alone" {
  umask 000
  SKEIN_CACHE_DIR=$PWD/deep/er/cache run -0 skein cache path
  [ "$output" = "$PWD/deep/er/cache" ]
  [ "$(stat -c %a deep deep/er deep/er/cache deep/er/cache/t | sort -u)" = 700 ]
}

@test "a cache in the place of which a file stands costs one warning" {
  : >file
  SKEIN_CACHE_DIR=$PWD/file run skein cache path
  warned 1
  ln -s nowhere dangling
  SKEIN_CACHE_DIR=$PWD/dangling run skein cache path
  warned 1
}

@test "a cache may be relative, behind a link, or have any name" {
  SKEIN_CACHE_DIR=here run -0 skein cache path
  [ "$output" = "$PWD/here" ]
  ln -s here link
  SKEIN_CACHE_DIR=$PWD/link run -0 skein cache path
  [ "$output" = "$PWD/link" ]
  SKEIN_CACHE_DIR=$PWD/$'two\nlines' run -0 skein cache path
  [ -e $'two\nlines/locks' ]
  # no name at all: the default
  HOME=$PWD SKEIN_CACHE_DIR='' run -0 env -u XDG_CACHE_HOME skein cache path
  [ "$output" = "$PWD/.cache/skein/v1" ]
}

@test "without a home there is no cache, and one warning" {
  run env -u SKEIN_CACHE_DIR -u HOME -u XDG_CACHE_HOME skein cache path
  warned 1
  has 'SKEIN_CACHE_DIR can name one'
}

@test "a run with a relative cache, a strange name or none at all gives its output" {
  doc a.md <<'END'
'''c {file=n.h}
enum { N = 4 };
'''
'''c
#include <stdio.h>
#include "n.h"
printf("%d\n", N);
'''
END
  for cache in here $'two\nlines' 'a % $(b) "c" #d' /dev/null; do
    cp a.md b.md
    SKEIN_CACHE_DIR=$cache run skein run b.md
    warned "$([ "$cache" = /dev/null ] && echo 1 || echo 0)"
    [ "$(tail -n 3 b.md | head -n 1)" = '```output' ]
  done
  # the second run of each finds what the first one kept; no list has names with line ends
  for cache in here 'a % $(b) "c" #d'; do
    SKEIN_CACHE_DIR=$cache run -0 skein run --no-compile b.md
  done
}

@test "what is wrong with the cache is told once, however many documents there are" {
  for n in a b c; do
    printf '```c\nint %s;\n```\n' $n >$n.md
  done
  for color in never always; do
    SKEIN_CACHE_DIR=/dev/null run skein check --color $color --report github a.md b.md c.md
    warned 1
    [ "$(grep -c '^::warning' <<<"$output")" = 1 ]
  done
  mkdir open && chmod 777 open
  SKEIN_CACHE_DIR=open run -8 skein check a.md b.md c.md
  [ "$(grep -c 'unsafe-cache' <<<"$output")" = 1 ]
  has 'c.md: 0 of 1 cell ran, 1 not run'
}

@test "a cache that others can write to is refused, whoever they are" {
  for mode in 0770 0707 1777; do
    rm -rf open && mkdir -m "$mode" open
    SKEIN_CACHE_DIR=$PWD/open run -8 skein cache path
    has '[unsafe-cache]'
    [ -z "$(ls open)" ]
  done
}

@test "a cache that goes while it is in use costs one warning" {
  doc a.md <<'END'
'''c {env=CACHE}
#include <stdio.h>
#include <stdlib.h>
system("rm -rf \"$CACHE\"");
'''
'''c
puts("one");
'''

'''c
puts("two");
'''
END
  CACHE=$SKEIN_CACHE_DIR run skein run -j 1 a.md
  warned 1
  grep -q '^one$' a.md
  grep -q '^two$' a.md
}

# two_documents: a.md, whose results are in the cache, and b.md, which has one that is not.
two_documents() {
  doc a.md <<'END'
'''c
int twice(int n) { return 2 * n; }
'''
'''c
int printf(const char *, ...);
printf("%d\n", twice(21));
'''
END
  sed s/21/22/ a.md >b.md
  skein run -q -o /dev/null a.md
}

@test "a cache that may only be read is read, and costs one warning when something is new" {
  two_documents
  without=()
  # root without its privileges; for other users modes hold anyway
  [ "$(id -u)" != 0 ] || without=(setpriv --bounding-set=-all --inh-caps=-all)
  [ "$(id -u)" != 0 ] || "${without[@]}" true || skip 'setpriv cannot give up privileges here'
  find .cache -type d -exec chmod 555 {} +
  run "${without[@]}" skein run --no-compile -o - a.md
  warned 0
  run "${without[@]}" skein run -o - b.md
  find .cache -type d -exec chmod 755 {} +
  warned 1
  has 'Permission denied'
  has $'```output\n44'
}

@test "a cache on a full disk costs one warning" {
  unshare -rm true || skip 'no file system can be mounted here'
  two_documents
  mkdir -m 700 full
  for size in 4k 64k; do
    SKEIN_CACHE_DIR=$PWD/full run unshare -rm sh -c \
      "mount -t tmpfs -o size=$size,mode=700 none full && skein run -o - b.md && ls -A full/t"
    warned 1
    has 'No space left on device'
    [[ $output == *$'```output\n44\n```' ]]
  done
}

@test "a new cache on a network's file system is told of, and locks nothing" {
  traced -e inject=fstatfs:poke_exit=@arg2=6969000000000000
  [ "$status" = 0 ]
  has '[network-cache]'
  [ ! -e .cache/locks ]
  traced -e inject=fstatfs:poke_exit=@arg2=6969000000000000
  lacks 'network-cache'
}

@test "a cache of a newer layout is left alone" {
  run -0 skein cache path
  chmod 600 .cache/CACHEDIR.TAG
  sed -i 's/layout 1/layout 2/' .cache/CACHEDIR.TAG
  rm -r .cache/t .cache/locks
  run skein cache path
  warned 1
  has 'newer skein'
  [ "$(ls .cache)" = CACHEDIR.TAG ]
}
