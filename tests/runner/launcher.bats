load ../helper

# launcher NAME: a program on the search path that notes its words and starts what they name.
launcher() {
  mkdir -p bin
  printf '#!/bin/sh\necho "$*" >>%s/started\n%s\nexec "$@"\n' "$PWD" "${2:-}" >"bin/$1"
  chmod +x "bin/$1"
  PATH=$PWD/bin:$PATH
  export SKEIN_LAUNCHER=$1
}

objects() {
  (cd "$1" && find o i -type f | sort)
}

notebook() {
  printf 'int triple(int x) { return 3 * x; }\n' >triple.c
  doc a.md <<'END'
---
skein: {sources: triple.c}
---
'''c
int triple(int);
int unused(int x) { int y; return x; }
'''

'''c
printf("%d\n", triple(14));
'''
END
}

@test "a launcher starts compilers, never the linker, and the objects are the same" {
  notebook
  run -0 skein run -o plain.md a.md
  mv .cache plain
  launcher count
  run -0 --separate-stderr skein run -o launched.md a.md
  [[ $stderr == *"unused variable"* ]]
  diff plain.md launched.md
  grep -q '^42$' launched.md
  [ "$(wc -l <started)" = 3 ]
  [ "$(grep -c -- ' -c ' started)" = 3 ]
  [ "$(grep -c -- '-shared' started || true)" = 0 ]
  diff <(objects plain) <(objects .cache)
  run -0 skein run -o again.md a.md
  [ "$(wc -l <started)" = 3 ]
}

@test "a launcher has its own settings and no more of the caller's environment" {
  printf '# A\n\n```c\nint x;\n```\n' >a.md
  launcher ccache 'env >env.$$; cp env.$$ '"$PWD/env"
  SECRET=canary CCACHE_DIR=/there HOME=/home/of run -0 skein run a.md
  grep -q '^CCACHE_DIR=/there$' env
  grep -q '^HOME=/home/of$' env
  [ "$(grep -c '^HOME=' env)" = 1 ]
  [ "$(grep -c canary env || true)" = 0 ]
}

@test "a launcher that fails or speaks of itself is done without" {
  printf '# A\n\n```c\nint x = 5;\nx\n```\n' >a.md
  launcher distcc 'echo "distcc[7] ERROR: no host" >&2; exit 3'
  SKEIN_TRACE=compile run -0 skein run -o - a.md
  has 'distcc is done without'
  has $'```output\n5'
  launcher distcc 'echo "distcc[7] Warning: slow" >&2'
  SKEIN_CACHE_DIR=$PWD/other run -0 skein run -o - a.md
  has $'```output\n5'
  lacks 'slow'
  printf '# A\n\n```c\nint x = 5\nint y = z;\n```\n' >wrong.md
  launcher count
  run -4 skein run wrong.md
  has "expected ',' or ';'"
}

@test "a launcher that is not there is told of, and a document cannot name one" {
  printf '# A\n\n```c {launcher=ccache}\nint x;\n```\n' >a.md
  SKEIN_LAUNCHER=nowhere run -0 skein run a.md
  has "SKEIN_LAUNCHER names 'nowhere', which is not on the search path: compilers are started without it [no-launcher]"
  has 'launcher'
  has '[unknown-option]'
}

@test "ccache hits where a cache of ours is new" {
  command -v ccache >/dev/null || skip "no ccache"
  notebook
  export SKEIN_LAUNCHER=ccache CCACHE_DIR=$PWD/ccache
  run -0 skein run -o one.md a.md
  SKEIN_CACHE_DIR=$PWD/other run -0 skein run -o two.md a.md
  diff one.md two.md
  diff <(objects .cache) <(objects other)
  ccache --print-stats | grep -qE '^(direct|preprocessed)_cache_hit\s+3$'
}
