load ../helper

# What a document, a block and the command line may say of cells, word by word.

@test "cc, std, cflags, libs and session come from the document, and the block's word wins or adds up" {
  doc a.md <<'E'
---
skein:
  cc: clang
  std: c11
  cflags: -DFROM_DOCUMENT=1 -DBOTH=1
  session: shared
---

'''c
#include <stdio.h>
int kept = 5;
#ifndef __clang__
#error not clang
#endif
#if __STDC_VERSION__ != 201112L || defined(linux)
#error not c11
#endif
puts("document");
'''

'''c {cc=gcc std=gnu99 cflags="-UBOTH -DFROM_BLOCK=2"}
#if defined(__clang__) || __STDC_VERSION__ != 199901L || !defined(linux) || defined(BOTH)
#error the block does not win
#endif
printf("%d %d %d\n", FROM_DOCUMENT, FROM_BLOCK, kept);
'''

'''c {session=none}
#include <stdio.h>
int kept;
printf("%d\n", kept);
'''
E
  run -0 skein run -o - a.md
  has $'```output\ndocument\n```'
  has $'```output\n1 2 5\n```'
  has $'```output\n0\n```'
}

@test "libs and pkg add up over document and block, and a package's flags count" {
  command -v pkg-config >/dev/null || skip "pkg-config is not installed"
  mkdir pc inc lib
  printf '#define FROM_PACKAGE 7\nint packaged(void), second(void);\n' >inc/packaged.h
  echo 'int packaged(void) { return 8; }' | gcc -shared -fPIC -x c -o lib/libpackaged.so -
  echo 'int second(void) { return 9; }' | gcc -shared -fPIC -x c -o lib/libsecond.so -
  printf 'Name: p\nDescription: p\nVersion: 1\nCflags: -I%s/inc -DFLAGGED=1\nLibs: -L%s/lib -Wl,-rpath,%s/lib -lpackaged\n' \
    "$PWD" "$PWD" "$PWD" >pc/packaged.pc
  printf 'Name: s\nDescription: s\nVersion: 1\nLibs: -L%s/lib -Wl,-rpath,%s/lib -lsecond\n' "$PWD" "$PWD" >pc/second.pc
  export PKG_CONFIG_PATH=$PWD/pc
  doc a.md <<'E'
<!-- skein: pkg=packaged libs=pthread -->

# A package

'''c {pkg=second libs=z}
#include <stdio.h>
#include <packaged.h>
const char *zlibVersion(void);
printf("%d %d %d %d\n", FROM_PACKAGE, FLAGGED, packaged(), second());
printf("%c\n", zlibVersion()[1]);
'''
E
  run -0 skein run -o - a.md
  has $'```output\n7 1 8 9\n.\n```'
}

@test "a prelude that is a header is included, another one is pasted" {
  printf '#pragma once\n#include "other.h"\nenum { HEADER = OTHER };\n' >pre.h
  echo 'enum { OTHER = 3 };' >other.h
  printf 'static int pasted = HEADER * 2;\nprintf("from the prelude\\n");' >pre.c
  doc a.md <<'E'
---
skein:
  prelude: [pre.h, pre.c]
---

'''c
#include "pre.h"
printf("%d %d\n", HEADER, pasted++);
'''

'''c
pasted
'''
E
  run -0 skein run -o - a.md
  has $'```output\n3 6\n```'
  has $'```output\n7\n```'
}

@test "--set says each kind of option: a list, a text, a choice, a length, a size" {
  printf 'enum { ONE = 1 };\n' >one.h
  printf 'enum { TWO = 2 };\n' >two.h
  echo typed >in.txt
  doc a.md <<'E'
'''c {timeout=1s cflags=-DWORD=1}
char line[10] = "";
scanf("%9s", line);
printf("%d %d %d %d %s\n", ONE, TWO, WORD, MORE, line);
line[0]
'''
E
  run -0 skein run -o - --set prelude=one.h --set prelude=two.h --set cflags=-DMORE=3 --set cflags=-DWORD=4 \
    --set stdin=in.txt --set timeout=2m --set output-limit=1K --set buffer=full --set 'show=code output' a.md
  has $'```output\n1 2 4 3 typed\n```'
  run -3 skein run -o - --set timeout=1s --set timeout=2s a.md
  has "[option-twice]"
  run -6 skein run --set cflags=-O2 --set cflags=-fplugin=x a.md
  has "--set:1:12: error: the flag '-fplugin=x' cannot stand in a document"
}

@test "limits of time, memory and output are the cell's, and are named" {
  doc a.md <<'E'
<!-- skein: timeout=60s memory=1G -->

# Limits

'''c {timeout=200ms}
for (;;) ;
'''

'''c {memory=64M}
puts(malloc(128 << 20) ? "room" : "no room");
'''

'''c {output-kill=10K}
for (;;) puts("0123456789");
'''

'''c {output-limit=100}
for (int i = 0; i < 100; i++) printf("line %d\n", i);
'''

'''c
puts(malloc(128 << 20) ? "enough" : "not enough");
'''
E
  run -5 skein run a.md
  has "(limit: timeout) [timeout]"
  has "printed more than 10 KiB (limit: output-kill) [output-limit]"
  [ "$(grep -c '^line ' a.md)" -lt 30 ]
  grep -qx enough a.md
  grep -qx 'no room' a.md
}

@test "show, and the words of Quarto for it, choose what stands below a cell" {
  doc a.md <<'E'
'''c {show=code}
printf("none-1\n"); 1000
'''

'''{c}
//| output: false
printf("none-2\n"); 2000
'''

'''{c}
//| include: false
printf("none-3\n"); 3000
'''

'''{c}
//| echo: false
printf("some-1\n"); 4000
'''

'''c {show="code,value"}
printf("none-4\n"); 5000
'''

'''c {show="code output"}
printf("some-2\n"); 6000
'''
E
  run -0 skein run -o out.md a.md
  run grep -E '^(none|some)-.|^[0-9]+$' out.md
  [ "$output" = $'some-1\n4000\n5000\nsome-2' ]
}

# fails OPTIONS STATUS: the cell on standard input, run with these options.
fails() {
  { printf '```c {%s}\n' "$1"; cat; printf '```\n'; } >f.md
  run "-$2" skein run -o - f.md
}

@test "fails= takes each kind, and its own kind only" {
  crash='abort();' divide='volatile int z = 0; z = 10 / z;' leave='exit(3);' loop='for (;;) ;' wrong='int x = "a" * 2;' fine='1 + 1'
  fails fails=crash 0 <<<"$crash"
  fails fails=SIGABRT 0 <<<"$crash"
  fails fails=SIGFPE 0 <<<"$divide"
  fails fails=SIGFPE 5 <<<"$crash"
  has "[wrong-failure]"
  fails fails=exit 0 <<<"$leave"
  fails fails=exit:3 0 <<<"$leave"
  fails fails=exit:4 5 <<<"$leave"
  has "[wrong-failure]"
  fails fails=crash 5 <<<"$leave"
  has "[wrong-failure]"
  fails 'fails=timeout timeout=100ms' 0 <<<"$loop"
  fails 'fails=crash timeout=100ms' 5 <<<"$loop"
  has "[wrong-failure]"
  fails fails=compile 0 <<<"$wrong"
  fails fails=crash 5 <<<"$wrong"
  has "[wrong-failure]"
  fails fails=compile 5 <<<"$crash"
  has "[wrong-failure]"
  for kind in compile crash exit timeout any true SIGSEGV exit:1; do
    fails "fails=$kind" 5 <<<"$fine"
    has "f.md:1:7: error: this cell was expected to fail, and did not"
    has "[unexpected-success]"
  done
  for kind in any true allowed; do
    fails "fails=$kind" 0 <<<"$crash"
    fails "fails=$kind" 0 <<<"$wrong"
  done
  fails fails=allowed 0 <<<"$fine"
  fails fails=false 0 <<<"$fine"
  fails fails=false 5 <<<"$crash"
  fails fails=sometimes 3 <<<"$fine"
  has "[bad-value]"
}

@test "rustdoc's, Quarto's and Jupyter's words for failures mean what they do there" {
  doc a.md <<'E'
'''c,should_panic
abort();
'''

'''c,compile_fail
int x = "a" * 2;
'''

'''{c}
//| error: true
abort();
'''

'''{c}
//| error: true
1 + 1
'''

'''c {raises-exception}
exit(2);
'''

'''c,no_run
abort();
'''

'''c,ignore
abort();
'''
E
  run -0 skein run -o - a.md
  sed -i 's/^abort();$/0;/; s/^int x.*/int x = 1;/' a.md
  run -5 skein run -o - a.md
  [ "$(grep -c unexpected-success <<<"$output")" -eq 2 ]
}

@test "fails-with= wants words of the compiler, of the crash, of the status or of stderr" {
  fails 'fails-with="invalid operands"' 0 <<<'int x = "a" * 2;'
  fails 'fails=compile fails-with="^invalid operands.*int"' 0 <<<'int x = "a" * 2;'
  fails 'fails=crash fails-with="invalid operands"' 5 <<<'int x = "a" * 2;'
  has "in another way: what happened is fails=compile [wrong-failure]"
  fails 'fails-with="divided by (zero|one)"' 0 <<<'volatile int z = 0; z = 10 / z;'
  fails 'fails=exit fails-with="status 3|exit.3"' 0 <<<'exit(3);'
  fails 'fails-with="limit: timeout" timeout=100ms' 0 <<<'for (;;) ;'
  fails 'fails-with="^cannot open .*\.txt$"' 0 <<<'fprintf(stderr, "\377\ncannot open a.txt\nmore\n"); exit(1);'
  fails 'fails=allowed fails-with=nothing' 0 <<<'1 + 1'
  fails 'fails-with=anything' 5 <<<'1 + 1'
  has "f.md:1:7: error: this cell was expected to fail, and did not"
  fails 'fails=exit fails-with="other words"' 5 <<<'fprintf(stderr, "these words\n"); exit(1);'
  has "f.md:1:18: error: this cell was expected to fail with other words: nothing matches 'other words' [wrong-failure]"
}

@test "a pattern that is none, or takes for ever, is an error of the document" {
  fails 'fails-with="(open"' 3 <<<'FILE *f = fopen("ran", "w");'
  has "f.md:1:7: error: the pattern '(open' cannot be read: missing closing parenthesis at its byte 6 [bad-pattern]"
  [ ! -e ran ]
  fails 'fails-with="(a*)*(a*)*[xy]"' 3 <<<'for (int i = 0; i < 5000; i++) fputc(97, stderr); abort();'
  has "[bad-pattern]"
}

@test "cache=off compiles anew in each run, and the other words are known" {
  doc a.md <<'E'
'''c {cache=off}
#include <stdio.h>
int n = 1;
'''

'''c {cache=object}
n
'''

'''c {cache=run fails=crash}
n = 2;
*(volatile int *)0 = 1;
'''

'''c
n
'''
E
  run -0 skein run -v -o out.md a.md
  has "4 cells ran, 3 compiled"
  run -0 skein run -v -o out.md a.md
  has "4 cells ran, 1 compiled"
  [ "$(grep -cx 1 out.md)" -eq 2 ]
  sed -i '1s/ {cache=off}//' a.md
  run -0 skein run -v -o out.md a.md
  has "0 compiled"
  run -3 skein run --set cache=sometimes a.md
  has "[bad-value]"
}
