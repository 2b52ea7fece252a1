load ../helper

need_asan() {
  [ "$(gcc -print-file-name=libasan.so)" != libasan.so ] || skip "gcc has no AddressSanitizer"
}

@test "what AddressSanitizer finds is told in words, with the line, and the session goes on" {
  need_asan
  doc a.md <<'E'
<!-- skein: cflags=-fsanitize=address -->

'''c
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int table[3] = {1, 2, 3}, *block;
int get(int *p, int n) { return p[n]; }
'''
'''c {fails=crash}
printf("before\n");
fprintf(stderr, "said\n");
block = malloc(16);
get(block, 4);
'''
'''c {fails=crash}
free(block = malloc(4));
*block = 1;
'''
'''c {fails=crash}
int sum(int n) { char a[8]; a[n] = 1; return a[0]; }
sum(8)
'''
'''c {fails=crash}
table[get(table, 2)] = 5;
'''
'''c {cflags=-fsanitize=undefined}
int big = 2147483647;
printf("%d %d %d\n", big + table[0] < 0, block == NULL, getenv("LD_PRELOAD") == NULL);
'''
'''c {fails=crash}
*(int *)0 = 1;
'''
'''c {fails=crash cflags="-fsanitize=undefined -fno-sanitize-recover=all"}
int shift = 40;
1 << shift
'''
'''c {fails=crash}
#include <stdlib.h>
int main(void) { char *p = malloc(3); free(p); free(p); return 0; }
'''
'''c
printf("%d\n", table[2]);
'''
E
  run -0 skein run -o - a.md
  has $'crashed: heap-buffer-overflow: read of 4 bytes, 0 bytes after 16-byte region\nline 4: get(block, 4);\nin get, an earlier cell, line 5:'
  has $'```output\nbefore\n```\n\n```output-stderr\nsaid\n```'
  has $'crashed: heap-use-after-free: write of 4 bytes, 0 bytes inside of 4-byte region\nline 2: *block = 1;'
  has $'crashed: stack-buffer-overflow: write of 1 byte, beside the variable \'a\'\nline 2: sum(8)\nin sum, line 1:'
  has $'crashed: global-buffer-overflow: write of 4 bytes, 0 bytes after global variable \'table\'\nline 1:'
  has $'```output\n1 1 1\n```'
  has "runtime error: signed integer overflow"
  has $'crashed: write at address 0x0 (NULL)\nline 1:'
  has $'crashed: undefined behaviour: shift exponent 40 is too large for 32-bit type \'int\'\nline 2: 1 << shift'
  has "crashed: double-free"
  has $'```output\n3\n```'
  lacks "==ERROR"
  lacks "0x60"
}

@test "sanitizers that cannot work in cells are refused, each with its reason" {
  for kind in thread leak memory hwaddress; do
    printf '```c {cflags="-Wextra -fsanitize=undefined,%s"}\n1\n```\n' "$kind" >a.md
    run -6 skein run a.md
    has "a.md:1:7: error: '-fsanitize=undefined,$kind' does not work in cells: "
  done
}

# compiler NAME ANSWER: a gcc that says where its libasan.so is.
compiler() {
  mkdir -p bin
  printf '#!/bin/sh\ncase $1 in -print-file-name=libasan.so) echo "%s"; exit ;; esac\nexec gcc "$@"\n' "$2" >"bin/$1"
  chmod +x "bin/$1"
  PATH=$PWD/bin:$PATH
}

@test "a sanitizer's library that is missing, or another one in a session, is told" {
  need_asan
  compiler gcc-0 libasan.so
  printf '```c {cc=gcc-0 cflags=-fsanitize=address}\n1\n```\n' >a.md
  run -8 skein run a.md
  has "bin/gcc-0 has no shared library for this sanitizer: apt install libgcc-"
  has "[no-sanitizer]"
  cp "$(gcc -print-file-name=libasan.so)" other.so
  compiler gcc-1 "$PWD/other.so"
  printf '```c {cflags=-fsanitize=address}\n1\n```\n```c {cc=gcc-1 cflags=-fsanitize=address}\n2\n```\n' >a.md
  run -6 skein run a.md
  has "a.md:4:16: error: another cell of this session brings the sanitizer"
  has "[other-sanitizer]"
}

@test "an exception of a C++ cell is told as one beside AddressSanitizer too" {
  need_asan
  doc a.md <<'E'
'''c++
#include <stdexcept>
extern "C" void boom(void) { throw std::runtime_error("bad day"); }
'''
'''c {fails=crash cflags=-fsanitize=address}
boom();
'''
E
  run -0 skein run -o - a.md
  has "crashed: uncaught exception std::runtime_error: bad day"
}
