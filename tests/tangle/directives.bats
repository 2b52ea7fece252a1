load ../helper

# Compilers, debuggers and sanitizers speak of the document's lines.

# A program in a list, with blocks before, in and behind others.
sum() {
  doc notes.md <<'E'
# Notes

1. The program:

   '''c {file=src/sum.c}
   <<headers>>

   int main(void)
   {
       long *list = malloc(4 * sizeof *list), sum = 0;

       <<fill it>>
       for (int i = 0; i < 4; i++)
           if (list[i] > 2)
               sum += list[i];
   #ifdef WRONG
       <<wrong>>
   #endif
       return sum == 0 ? 0 : last(list);
   }
   '''

'''c {#headers}
//| title: headers
#include <stdlib.h>
'''

'''c {#headers}

#define FIRST(list) \
    <<first>>

static long
last(const long *list)
{
    return list[4];
}
'''

'''c {#first}
(*(list) + \
 0)
'''

'''c {#wrong}
int unused = FIRST(list);
    sum = missing;
'''

'''c {name="fill it"}
for (int i = 0; i < 4; i++)
	list[i] = 1 + i * (i > 0);
'''
E
}

@test "directives stand only where the sequence breaks, and code under its own columns" {
  sum
  skein tangle --line-directives notes.md
  same src/sum.c <<'E'
#line 25 "notes.md"
#include <stdlib.h>
#line 29 "notes.md"

#define FIRST(list) \
    (*(list) + \
     0)
#line 32 "notes.md"

static long
last(const long *list)
{
    return list[4];
}
#line 7 "notes.md"

   int main(void)
   {
       long *list = malloc(4 * sizeof *list), sum = 0;

#line 51 "notes.md"
for (int i = 0; i < 4; i++)
	list[i] = 1 + i * (i > 0);
#line 13 "notes.md"
       for (int i = 0; i < 4; i++)
           if (list[i] > 2)
               sum += list[i];
   #ifdef WRONG
#line 46 "notes.md"
int unused = FIRST(list);
    sum = missing;
#line 18 "notes.md"
   #endif
#line 19 "notes.md"
       return sum == 0 ? 0 : last(list);
   }
E
  run -0 skein tangle --check --line-directives notes.md
  run -1 skein tangle --check notes.md
}

@test "gcc and clang point at the document, with line, column and caret" {
  sum
  skein tangle --line-directives notes.md
  run -1 gcc -DWRONG -Wall -fsyntax-only src/sum.c
  has $'notes.md:47:11: error: \xe2\x80\x98missing\xe2\x80\x99 undeclared (first use in this function)\n   47 |     sum = missing;\n      |           ^~~~~~~'
  has 'notes.md:46:5: warning: unused variable'
  run -1 clang -DWRONG -Wall -fsyntax-only src/sum.c
  has $'notes.md:47:11: error: use of undeclared identifier \'missing\'\n    sum = missing;\n          ^'
}

@test "gdb, AddressSanitizer and gcov speak of the document's lines" {
  sum
  skein tangle --line-directives notes.md
  gcc -g -fsanitize=address -o sum src/sum.c
  run gdb -nx -q -batch -ex 'info line notes.md:52' -ex 'info line last' sum
  has 'Line 52 of "'
  has 'notes.md" starts at address'
  has 'Line 35 of "'
  lacks 'sum.c'
  ASAN_OPTIONS=detect_leaks=0 run -1 ./sum
  has 'heap-buffer-overflow'
  [[ $output == *'in last '*'notes.md:36'*'in main '*'notes.md:19'* ]]

  sed 's/return sum == 0/return sum == 7/' notes.md >right.md
  skein tangle --line-directives --set line-directives=absolute --force right.md
  gcc --coverage -o sum src/sum.c
  ./sum
  gcov -t sum.gcda >gcov.txt
  grep -E '^ +4: +52:.list\[i\] = 1 \+ i' gcov.txt
  grep -E '^ +5: +13: +for ' gcov.txt
  grep -E '^ +#####: +36: +return list\[4\];' gcov.txt
}

@test "each language has its own form, a document's name is quoted as it wants" {
  mkdir -p sub .git
  doc 'sub/a "b"\é.md' <<'E'
'''c++ file=a.cc
int a;
'''
'''go file=pkg/x/a.go
package x
'''
'''haskell file=a.hs
main = pure ()
'''
'''perl file=a.pl
#!/usr/bin/perl
warn "here\n" if __LINE__ != 12;
print <<EOT;
<<text>>
EOT
warn "here\n" if __LINE__ != 16;
'''
'''perl {#text}
"it's
'''
'''python file=a.py
pass
'''
'''text file=gen/a.s
nop
'''
E
  skein tangle --line-directives 'sub/a "b"\é.md'
  same a.cc <<<$'#line 2 "sub/a \\"b\\"\\\\é.md"\nint a;'
  g++ -std=c++17 -pedantic-errors -Werror -fsyntax-only a.cc
  same pkg/x/a.go <<<$'//line ../../sub/a "b"\\é.md:5:1\npackage x'
  same a.hs <<<'main = pure ()'
  same a.py <<<'pass'
  same gen/a.s <<<$'# 25 "sub/a \\"b\\"\\\\é.md"\nnop'
  as -o a.o gen/a.s
  cp 'sub/a "b"\é.md' b.md
  skein tangle --line-directives --force b.md
  same a.hs <<<$'{-# LINE 8 "b.md" #-}\nmain = pure ()'
  same a.pl <<'E'
#!/usr/bin/perl
# line 12 "b.md"
warn "here\n" if __LINE__ != 12;
print <<EOT;
"it's
EOT
warn "here\n" if __LINE__ != 16;
E
  run -0 perl a.pl
  [ "$output" = "\"it's" ]
}

@test "the option of a document is known to check; absolute names; CRLF; what directives add has its limit" {
  doc a.md <<'E'
---
skein:
  line-directives: absolute
---
'''c file=a.c
<<x>>
int y;
'''
'''c {#x}
int x;
'''
E
  sed -i 's/$/\r/' a.md
  skein tangle a.md
  same a.c <<E
#line 10 "$PWD/a.md"$(printf '\r')
int x;$(printf '\r')
#line 7 "$PWD/a.md"$(printf '\r')
int y;$(printf '\r')
E
  run -0 skein check a.md
  run -0 skein tangle --set line-directives=false --force a.md
  [ "$(wc -l <a.c)" = 2 ]
  run -7 skein tangle --max-target 50 a.md
  has "'a.c' is too large with its line directives and annotations; the limit is 50, which --max-target raises [too-large]"
  run -0 skein tangle --max-target 50 --set line-directives=false a.md
}

@test "random documents: gcc reads the same tokens with directives, and each line knows its own place" {
  # a sample; the whole is `tests/faults/lines BUILD`
  run -0 "$SKEIN_TOP/tests/faults/lines" -n 3 -s "${SKEIN_SEED:-1}" "$SKEIN_BUILD"
  has "3 documents, "
  has " 0 wrong"
}
