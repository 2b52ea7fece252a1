load ../helper

@test "names that nobody has are told before the cell runs, each where it is used" {
  doc a.md <<'E'
'''c
#include <stdio.h>
int push(int x) { return x; }
'''

'''c
extern int fftw_plan_dft_1d(int), nodata;
printf("begun\n");
/* nodata */ int k = nodata + push(2) +
  pusch(3) + fftw_plan_dft_1d(4);
'''

'''c
assert(1);
'''
E
  run -4 skein run -o out.md a.md
  has "a.md:9:22: error: 'nodata' is not defined: no cell, library or source has it [compile]"
  has "a.md:10:3: error: 'pusch' is not defined: did you mean 'push'? [compile]
   10 |   pusch(3) + fftw_plan_dft_1d(4);
      |   ^~~~~"
  has "a.md:10:14: error: 'fftw_plan_dft_1d' is not defined: add libs=fftw3"
  has "error: 'assert' is not defined: include <assert.h>"
  lacks 'implicit declaration'
  run grep -c begun out.md
  [ "$output" = 1 ]
}

@test "a library that is installed is found by what it defines" {
  [ -e /usr/include/zlib.h ] || skip "there is no zlib to look for"
  doc a.md <<'E'
'''c
const char *zlibVersion(void);
zlibVersion()[0] != 0
'''
E
  run -4 skein run a.md
  has "a.md:3:1: error: 'zlibVersion' is not defined: add libs=z [compile]"
  run -0 skein run --set libs=z a.md
  grep -qx 1 a.md
}

@test "what an earlier cell's library brought is there for the later ones" {
  [ -e /usr/include/zlib.h ] || skip "zlib is not there"
  doc a.md <<'E'
'''c {libs=z}
#include <zlib.h>
adler32(0, 0, 0)
'''

'''c
adler32(0, 0, 0)
'''
E
  run -0 skein run a.md
}

@test "libm is there, functions may come later, and weak ones may be missing" {
  doc a.md <<'E'
'''c
double sqrt(double);
int odd(int);
int even(int n) { return n == 0 || odd(n - 1); }
extern void perhaps(void) __attribute__((weak));
if (perhaps)
	perhaps();
sqrt(16)
'''

'''c
int odd(int n) { return n != 0 && even(n - 1); }
even(10)
'''
E
  run -0 skein run a.md
  grep -qx 4 a.md
}

@test "a missing function is a failure to compile for 'fails'" {
  doc a.md <<'E'
'''c {fails=compile}
int never(void);
never();
'''

'''c {run=compile session=b}
int other(void);
other();
'''
E
  run -0 skein run a.md
  grep -q "^line 2: error: 'never' is not defined" a.md
}

@test "sources find each other, and what they miss is a warning" {
  printf 'int helper(int); int gone(int);\nint twice(int x) { return helper(x); }\nint bad(int x) { return gone(x); }\n' >a.c
  printf 'int helper(int x) { return 2 * x; }\n' >b.c
  doc a.md <<'E'
'''c
int twice(int);
twice(4)
'''
E
  run -0 skein run --set sources="a.c b.c" a.md
  grep -qx 8 a.md
  has "warning: 'gone' is not defined: name the file that has it in 'sources' too"
  lacks helper
}

@test "a header or package that is not there is told with what to install" {
  doc a.md <<'E'
'''c {file=list.h}
'''

'''c
#include <curl/nonesuch.h>
'''

'''c
int x = 1;
'''

'''c {session=b}
#include "lisst.h"
'''

'''c {session=c}
#include "a.h"
'''
E
  for cc in gcc clang; do
    run -4 skein run --set cc="$cc" a.md
    has "a.md:5:10: help: apt install libcurl4-openssl-dev, and add libs=curl"
    has "a.md:13:10: help: there is a 'list.h'"
    lacks "there is a 'a.md'"
  done
  command -v pkg-config >/dev/null || skip "pkg-config is not installed"
  if pkg-config --exists gtk+-3.0; then skip "gtk is installed"; fi
  printf '```c {pkg=gtk+-3.0}\n1\n```\n' >b.md
  run -8 skein run b.md
  has "the package 'gtk+-3.0' is not installed: apt install libgtk-3-dev [no-package]"
}

@test "a program has the headers of earlier cells, and who calls what it defines is told why that fails" {
  doc a.md <<'E'
'''c
int before = printf("standard\n");
'''

'''c
int twice(int x) { return 2 * x; }
int main(void) { printf("%d\n", twice(4)); return 0; }
'''

'''c
twice(5)
'''
E
  run -4 skein run -o out.md a.md
  lacks "implicit declaration of function 'printf'"
  has "a.md:11:1: error: 'twice' is not defined: a cell has it that has a main, too: that is a program, which keeps what it defines [compile]"
  grep -qx 8 out.md
}
