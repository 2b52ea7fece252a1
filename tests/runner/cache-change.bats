load ../helper

# build ARGS: the builder on its own (tests/unit/build.c).
build() {
  run "$SKEIN_BUILD/tests/unit/build" "$@"
}

# unit FILE: a unit with the markers that runner/cell/unit gives.
unit() {
  { printf '# 1 "<skein>" 3\n# 1 "%s"\n' "${1%.c}"; cat; } >"$1"
}

# mtime_kept FILE COMMAND...: the file keeps its time whatever happens to it.
mtime_kept() {
  touch -r "$1" .time
  "${@:2}"
  touch -r .time "$1"
}

@test "a unit is compiled once" {
  unit a.c <<<'int f(void) { return 1; }'
  build a.c
  has 'a.c: new object (not in the cache)'
  build a.c
  has 'a.c: reused object'
  has 'stats: 1 reused 0 replayed 0 missed 0 compiled'
}

@test "equal units of one run are compiled once" {
  unit a.c <<<'int f(void) { return 1; }'
  cp a.c b.c
  cp a.c c.c
  build -j 3 a.c b.c c.c
  has '2 reused 0 replayed 3 missed 1 compiled'
}

@test "a failure is remembered with its messages" {
  unit a.c <<<'int f(void) { return x; }'
  build a.c
  has 'a.c: new failure'
  build a.c
  has 'a.c: reused failure'
  has "a:1:22: error: 'x' undeclared"
  has '1 replayed'
}

@test "warnings are said again when the object is reused" {
  unit a.c <<<'void f(void) { int x; }'
  build a.c
  build a.c
  has 'a.c: reused object'
  has "a:1:20: warning: unused variable 'x' [-Wunused-variable]"
}

@test "an edited header is noticed" {
  mkdir inc
  echo 'enum { N = 1 };' >inc/n.h
  unit a.c <<<'#include "n.h"
int n = N;'
  build -q "$PWD/inc" a.c
  build -q "$PWD/inc" a.c
  has reused
  echo 'enum { N = 2 };' >inc/n.h
  build -q "$PWD/inc" a.c
  has "a.c: new object ('$PWD/inc/n.h' changed)"
}

@test "an edited header is noticed though its size and time are as before" {
  mkdir inc
  echo 'enum { N = 1 };' >inc/n.h
  unit a.c <<<'#include "n.h"
int n = N;'
  build -q "$PWD/inc" a.c
  mtime_kept inc/n.h sed -i 's/1/2/' inc/n.h
  build -q "$PWD/inc" a.c
  has "n.h' changed)"
}

@test "a header that is only touched changes nothing" {
  mkdir inc
  echo 'enum { N = 1 };' >inc/n.h
  unit a.c <<<'#include "n.h"'
  build -q "$PWD/inc" a.c
  touch inc/n.h
  build -q "$PWD/inc" a.c
  has reused
}

@test "going back to an older header finds its object again" {
  mkdir inc
  unit a.c <<<'#include "n.h"'
  for n in 1 2; do
    echo "enum { N = $n };" >inc/n.h
    build -q "$PWD/inc" a.c
    has 'new object'
  done
  echo 'enum { N = 1 };' >inc/n.h
  build -q "$PWD/inc" a.c
  has reused
}

@test "a new header in an earlier folder is noticed" {
  mkdir first second
  echo 'int n = 2;' >second/n.h
  unit a.c <<<'#include "n.h"'
  build -q "$PWD/first" -q "$PWD/second" a.c
  build -q "$PWD/first" -q "$PWD/second" a.c
  has reused
  echo 'int n = 1;' >first/n.h
  build -q "$PWD/first" -q "$PWD/second" a.c
  has "n.h' appeared)"
}

@test "a new header beside the one that includes it is noticed" {
  mkdir -p a/in b
  echo '#include "n.h"' >a/in/m.h
  echo 'int n = 2;' >b/n.h
  unit a.c <<<'#include "in/m.h"'
  build -q "$PWD/a" -q "$PWD/b" a.c
  build -q "$PWD/a" -q "$PWD/b" a.c
  has reused
  echo 'int n = 1;' >a/in/n.h
  build -q "$PWD/a" -q "$PWD/b" a.c
  has "n.h' appeared)"
}

@test "a header that was missing and now is there is noticed" {
  mkdir inc
  unit a.c <<<'#include "n.h"'
  for cc in gcc clang; do
    build -c "$cc" -q "$PWD/inc" a.c
    has 'new failure'
    build -c "$cc" -q "$PWD/inc" a.c
    has 'reused failure'
    echo 'int n;' >inc/n.h
    build -c "$cc" -q "$PWD/inc" a.c
    has "new object ('$PWD/inc/n.h' appeared)"
    rm inc/n.h
  done
}

@test "other flags are another object" {
  unit a.c <<<'int n = N;'
  build -f -DN=1 a.c
  build -f -DN=2 a.c
  has 'new object'
  build -f -DN=1 a.c
  has reused
}

@test "another compiler is another object" {
  unit a.c <<<'int n;'
  build -c gcc a.c
  build -c clang a.c
  has 'new object'
  build -c gcc a.c
  has reused
}

@test "a program and a cell of one text are two objects" {
  unit a.c <<<'int n;'
  build a.c
  build -p a.c
  has 'new object'
}

@test "what depends on a clock, or asks for a file by a macro, is never kept" {
  unit a.c <<<'const char *t = __DATE__;'
  build a.c
  SKEIN_TRACE=cache build a.c
  has "not kept 'a.c': it asks for the date"
  has 'new object'
  mkdir inc
  printf '#define X "x.h"\n#if __has_include(X)\n#endif\n' >inc/n.h
  unit b.c <<<'#include "n.h"'
  build -q "$PWD/inc" b.c
  SKEIN_TRACE=cache SOURCE_DATE_EPOCH=0 build -q "$PWD/inc" b.c
  has "not kept 'b.c': '$PWD/inc/n.h' asks for a file whose name is not plain to see"
  unit a.c <<<'const char *t = __TIMESTAMP__;'
  SKEIN_TRACE=cache SOURCE_DATE_EPOCH=0 build a.c
  has "not kept 'a.c': it asks for the date"
}

@test "a file that is asked for by __has_include is noticed when it comes and goes" {
  mkdir inc late
  printf '#ifdef __has_include\n#if __has_include("x.h") || __has_include(<no/y.h>)\nint n = 1;\n#else\nint n = 2;\n#endif\n#endif\n' >inc/n.h
  unit b.c <<<'#include "n.h"'
  for cc in gcc clang; do
    build -c $cc -q "$PWD/inc" -q "$PWD/late" b.c
    build -c $cc -q "$PWD/inc" -q "$PWD/late" b.c
    has 'reused object'
    touch late/x.h
    build -c $cc -q "$PWD/inc" -q "$PWD/late" b.c
    has "new object ('$PWD/late/x.h' appeared)"
    rm late/x.h
    mkdir late/no
    touch late/no/y.h
    build -c $cc -q "$PWD/inc" -q "$PWD/late" b.c
    has "reused object"
    build -c $cc -f "-I$PWD/late" -q "$PWD/inc" b.c
    has 'new object'
    rm -r late/no
    build -c $cc -f "-I$PWD/late" -q "$PWD/inc" b.c
    has "new object ('$PWD/late/no/y.h' is gone)"
  done
}

@test "bytes of a file that an assembler reads are an input" {
  mkdir inc
  echo one >inc/data.bin
  unit a.c <<<'__asm__(".section .rodata\n.incbin \"data.bin\"\n.previous\n");'
  for cc in gcc clang; do
    build -c $cc -q "$PWD/inc" a.c
    has 'new object'
    build -c $cc -q "$PWD/inc" a.c
    has 'reused object'
    echo $cc >inc/data.bin
    build -c $cc -q "$PWD/inc" a.c
    has "new object ('$PWD/inc/data.bin' changed)"
  done
  rm inc/data.bin
  build -q "$PWD/inc" a.c
  has 'new failure'
  build -q "$PWD/inc" a.c
  has 'new failure'
  echo two >inc/data.bin
  # By a macro gcc's assembler knows it all the same, clang does not.
  unit b.c <<<'#define INCBIN(f) __asm__(".section .rodata\n.incbin " #f "\n.previous\n")
INCBIN("data.bin");'
  build -q "$PWD/inc" b.c
  build -q "$PWD/inc" b.c
  has 'reused object'
  SKEIN_TRACE=cache build -c clang -q "$PWD/inc" b.c
  has "not kept 'b.c': it has the assembler read files that it does not list"
}

@test "bytes of a file that is embedded are an input" {
  command -v clang-19 || skip "no compiler here knows #embed"
  mkdir inc
  echo one >inc/data.bin
  unit a.c <<<'#if __has_embed("other.bin")
#error
#endif
const char n[] = {
#embed "data.bin"
};'
  build -c clang-19 -q "$PWD/inc" a.c
  has 'new object'
  build -c clang-19 -q "$PWD/inc" a.c
  has 'reused object'
  echo two >inc/data.bin
  build -c clang-19 -q "$PWD/inc" a.c
  has "new object ('$PWD/inc/data.bin' changed)"
  touch inc/other.bin
  build -c clang-19 -q "$PWD/inc" a.c
  has "new failure ('$PWD/inc/other.bin' appeared)"
}

@test "a clock that stands still is no reason to compile again" {
  unit a.c <<<'const char *t = __DATE__;'
  SOURCE_DATE_EPOCH=0 build a.c
  SOURCE_DATE_EPOCH=0 build a.c
  has reused
  SOURCE_DATE_EPOCH=86400 build a.c
  has 'new object'
}

@test "another compiler under the same name and times is another object" {
  mkdir bin
  printf '#!/bin/sh\nexec /usr/bin/gcc -B./none "$@"\n' >bin/gcc
  chmod +x bin/gcc
  unit a.c <<<'int n;'
  PATH=$PWD/bin:$PATH build a.c
  PATH=$PWD/bin:$PATH build a.c
  has reused
  mtime_kept bin/gcc sed -i 's/exec/eval/' bin/gcc
  PATH=$PWD/bin:$PATH build a.c
  has 'new object'
}

@test "a newer pkg-config file is noticed" {
  mkdir pc
  printf 'Name: x\nDescription: x\nVersion: 1\nCflags: -DN=1\n' >pc/x.pc
  touch -d '1 hour ago' pc pc/x.pc
  unit a.c <<<'int n = N;'
  export PKG_CONFIG_PATH=$PWD/pc
  build -k x a.c
  has 'new object'
  build -k x a.c
  has reused
  sed -i 's/N=1/N=2/' pc/x.pc
  build -k x a.c
  has 'new object'
}

@test "a warm run starts no program" {
  unit a.c <<<'#include <stdio.h>
int n;'
  unit b.c <<<'int f(void) { return x; }'
  build -k zlib -c gcc a.c b.c
  build -c clang a.c b.c
  export ASAN_OPTIONS=detect_leaks=0	# cannot trace while traced
  # b.c does not compile, and is remembered as that.
  run -4 strace -f -o log "$SKEIN_BUILD/tests/unit/build" -k zlib -c gcc a.c b.c
  run -4 strace -f -o log2 "$SKEIN_BUILD/tests/unit/build" -c clang a.c b.c
  grep -q exited log
  run grep -cE 'execve|clone|fork' log
  [ "$output" = 1 ]
  run grep -cE 'execve|clone|fork' log2
  [ "$output" = 1 ]
}

# compiler NAME LINE: a script in bin/ that runs gcc, and whose -### says LINE.
compiler() {
  mkdir -p bin
  cat >"bin/$1" <<S
#!/bin/sh
case " \$* " in
*" -### "*) echo ' /cc1 $2' >&2; exit ;;
esac
echo "\$*" >>"$PWD/log"
exec /usr/bin/gcc "\$@"
S
  chmod +x "bin/$1"
}

@test "what native means is in the key, is asked once, and nothing is kept where it is not said" {
  unit a.c <<<'int n;'
  build -f -march=native a.c
  build -f -march=native a.c
  has 'reused object'
  build -f -march=x86-64 a.c
  has 'new object'
  export ASAN_OPTIONS=detect_leaks=0
  run -0 strace -f -o log "$SKEIN_BUILD/tests/unit/build" -f -march=native a.c
  [ "$(grep -cE 'execve|clone|fork' log)" = 1 ]
  compiler gcc '-march=znver4 -mavx512f'
  PATH=$PWD/bin:$PATH build -f -march=native a.c
  PATH=$PWD/bin:$PATH build -f -march=native a.c
  has 'reused object'
  # Another machine: an object of the former is not for it.
  compiler gcc '-march=znver1'
  PATH=$PWD/bin:$PATH build -f -march=native a.c
  has 'new object'
  compiler gcc '-march=native'
  for _ in 1 2; do
    SKEIN_TRACE=cache PATH=$PWD/bin:$PATH build -f -march=native a.c
    has "not kept 'a.c': the compiler does not say what native means"
  done
}

@test "an older compiler's objects stay beside a newer one's" {
  unit a.c <<<'int n;'
  compiler gcc old
  PATH=$PWD/bin:$PATH build a.c
  has 'new object'
  cp -p bin/gcc kept
  compiler gcc new
  PATH=$PWD/bin:$PATH build a.c
  has 'new object'
  cp -p kept bin/gcc
  PATH=$PWD/bin:$PATH build a.c
  has 'reused object'
}

@test "any program of a compiler that is exchanged, with its times kept, is noticed" {
  mkdir real other bin
  for d in real other; do
    cp /usr/bin/as "$d/as"
    printf '#!/bin/sh\n# %s\ncase "$*" in -print-prog-name=as) echo "%s/current/as"; exit ;; esac\nexec /usr/bin/gcc "$@"\n' "$d" "$PWD" >"$d/gcc"
    chmod +x "$d/gcc"
  done
  ln -s real current
  # A wrapper that says nothing of what it runs but by a link.
  printf '#!/bin/sh\nexec %s/current/gcc "$@"\n' "$PWD" >bin/gcc
  chmod +x bin/gcc
  unit a.c <<<'int n;'
  PATH=$PWD/bin:$PATH build a.c
  PATH=$PWD/bin:$PATH build a.c
  has 'reused object'
  mtime_kept real/as sh -c 'printf x | dd of=real/as bs=1 seek=9 conv=notrunc status=none'
  PATH=$PWD/bin:$PATH build a.c
  has 'new object'
  ln -sfn other current
  PATH=$PWD/bin:$PATH build a.c
  has 'new object'
}

@test "of the environment only search paths and the date reach a compiler, and they are in the key" {
  mkdir first second lib
  echo 'enum { N = 2 };' >second/n.h
  unit a.c <<<'#include <n.h>
int n = N;'
  CPATH=$PWD/first:$PWD/second build a.c
  has 'new object'
  CPATH=$PWD/first:$PWD/second build a.c
  has 'reused object'
  sed -i s/2/3/ second/n.h
  CPATH=$PWD/first:$PWD/second build a.c
  has "new object ('$PWD/second/n.h' changed)"
  echo 'enum { N = 1 };' >first/n.h
  CPATH=$PWD/first:$PWD/second build a.c
  has "new object ('$PWD/first/n.h' appeared)"
  build a.c
  has 'new failure'
  unit b.c <<<'int n;'
  build b.c
  compiler gcc x
  rm -f log
  # shellcheck disable=SC2030,SC2031
  (
    export COMPILER_PATH=$PWD/first GCC_EXEC_PREFIX=$PWD/first/ GCC_COMPARE_DEBUG=1 LD_RUN_PATH=/x
    export DEPENDENCIES_OUTPUT=$PWD/dep SUNPRO_DEPENDENCIES=$PWD/sun TMPDIR=$PWD/first LANG=de_DE LC_ALL=de_DE
    export LANGUAGE=de TZ=Asia/Tokyo GCC_COLORS=error=1 CCC_OVERRIDE_OPTIONS=+-DX
    build b.c
    has 'reused object'
    build -c clang b.c
  )
  [ ! -e dep ] && [ ! -e sun ]
}
