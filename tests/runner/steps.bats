load ../helper

# both NAME FLAG...: build the units *.c (or with g++ *.cc) by their steps and by the
# driver, each with a cache of its own, into NAME.steps/ and NAME.driver/.
both() {
  local name=$1
  shift
  mkdir -p "$name.steps" "$name.driver"
  SKEIN_TRACE=compile "$SKEIN_BUILD/tests/unit/build" -j 1 -o "$name.steps" "$@" >"$name.steps/said" 2>"$name.trace" || true
  SKEIN_CACHE_DIR=$PWD/.other "$SKEIN_BUILD/tests/unit/build" -j 1 -d -o "$name.driver" "$@" >"$name.driver/said" 2>&1 || true
}

# listed CACHE: all inputs that results of a cache rest on.
listed() {
  cat "$1"/i/*/* | sort -u
}

@test "a driver that only passes its words on is not started, and the bytes are the same" {
  printf '#include <stdio.h>\nint a(void) { return printf("a"); }\n' >first.c
  printf '#include <math.h>\ndouble b(double x) { return pow(x, 3) + frexp(x, &(int){0}); }\n' >libm.c
  cat >libgcc.c <<'END'
#include <stdlib.h>
unsigned __int128 n = 7;
void at(void) {}
_Thread_local int t = 3;
__attribute__((constructor)) static void begin(void) { n /= n - 3; t++; atexit(at); }
_Complex double c(_Complex double x, _Complex double y) { return x * y; }
END
  printf '# 1 "w"\nstatic int f(void) { return 3; }\nint unused(int x) { static int k; return 4; }\n' >warned.c
  printf '# 1 "a cell"\nextern int later(int), skein_f(void);\n__attribute__((weak)) int perhaps(void);\nint d(void) { return later(skein_f()) + !perhaps; }\n' >open.c
  printf '#include <iostream>\nint g = [] { std::cout << "c++"; return 1; }();\n' >x.cc
  both c -f "-O2 -DNAME='\"a b\\\\\$\"' -Wextra -march=x86-64-v2" -l m first.c libm.c libgcc.c warned.c open.c
  diff -r c.steps c.driver
  grep -q 'unused variable' c.steps/said
  [ "$(grep -c 'without its driver' c.trace)" = 5 ]
  grep -q 'libc and libm only' c.trace
  grep -q 'linked with libc only' c.trace
  both cxx -c g++ x.cc
  diff -r cxx.steps cxx.driver
  [ "$(grep -c 'without its driver' cxx.trace)" = 1 ]
  diff <(listed .cache) <(listed .other)
  listed .cache | grep -q libgcc_s
}

@test "what is wrong is said as the driver says it, and rests on the same files" {
  printf '# 1 "a"\nint f(void) { return x; }\n' >wrong.c
  printf '# 1 "b"\n#include <stdio.h>\n#include "nowhere.h"\n' >missing.c
  printf '# 1 "c"\nvoid f(void) { __asm__("no such word"); }\n' >assembler.c
  printf '# 1 "d"\nint x;\n__asm__(".globl _init\\n_init: ret");\n' >linker.c
  both bad wrong.c missing.c assembler.c linker.c
  diff -r bad.steps bad.driver
  grep -q "'x' undeclared" bad.steps/said
  grep -q 'no such instruction' bad.steps/said
  grep -q 'multiple definition' bad.steps/said
  [ "$(grep -c 'the driver is started after all' bad.trace)" = 2 ]
  diff <(listed .cache) <(listed .other)
}

@test "what the driver does more than pass on, the driver does" {
  printf 'int x;\n' >a.c
  both native -f '-march=native' a.c
  both library -l z -f -pthread a.c
  both sanitizer -f '-fsanitize=undefined' a.c
  cat native.trace library.trace sanitizer.trace
  run grep -c 'without its driver' native.trace library.trace sanitizer.trace
  [ "$output" = $'native.trace:0\nlibrary.trace:0\nsanitizer.trace:0' ]
  diff -r library.steps library.driver
  mkdir script
  printf '#!/bin/sh\necho x >>%s/started\nexec /usr/bin/gcc "$@"\n' "$PWD" >script/gcc
  chmod +x script/gcc
  PATH=$PWD/script:$PATH both script -f -DOTHER a.c
  run grep -c 'without its driver' script.trace
  [ "$output" = 0 ]
  [ -s started ]
}
