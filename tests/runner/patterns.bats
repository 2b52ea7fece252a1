load ../helper

# What matches what, beside the plainest matcher, stands in tests/unit/compare.c.

@test "a line of dots stands for any lines and [..] for any text, and stays byte for byte" {
  doc a.md <<'E'
'''c
for (int i = 0; i < 9; i++) printf("step %d at %p\n", i, (void *)&i);
'''

'''output
step 0 at 0x[..]
  ...  
step [..] at 0x[..]
'''

'''console {.run}
$ seq 9; false
1
...
[1]
$ echo one; echo two
o[..]
...
'''
E
  cp a.md before
  run -0 skein check a.md
  [ -z "$output" ]
  run -0 skein run a.md
  cmp a.md before
}

@test "where lines differ, patterns that match stay as they were written, also in the diff" {
  doc a.md <<'E'
'''c
for (int i = 0; i < 9; i++) printf("step %d\n", i);
'''

'''output
step 0
...
[..] 7
step nine
'''

'''console {.run}
$ seq 9; false
1
...
8
[2]
'''
E
  run -1 --separate-stderr skein check a.md
  [ "$output" = "--- a.md	output recorded
+++ a.md	output now
@@ -6,4 +6,4 @@
 step 0
 ...
 [..] 7
-step nine
+step 8
--- a.md	console recorded
+++ a.md	console now
@@ -14,4 +14,5 @@
 1
 ...
 8
-[2]
+9
+[1]" ]
  sed 's/step nine/step 8/; s/^8$/8\n9/; s/^\[2\]/[1]/' a.md >want
  run -0 skein run a.md
  same a.md <want
  run -0 skein check a.md
}

@test "dots that a program prints are no pattern, and with patterns=false stand as printed" {
  doc a.md <<'E'
'''c
puts("...\n[..]");
'''

'''c {patterns=false}
puts("...\n[..]");
'''
E
  run -0 skein run a.md
  [ "$(grep -cFx '\...' a.md)" = 1 ]
  [ "$(grep -cFx '\[..]' a.md)" = 1 ]
  [ "$(grep -cFx '...' a.md)" = 1 ]
  run -0 skein check a.md
  sed -i 's/puts(.*/puts("other");/' a.md
  run -1 skein check a.md
  [ "$(grep -c '^+other' <<<"$output")" = 2 ]
}

@test "a pattern stands for no output at all, and not for a status" {
  doc a.md <<'E'
'''c
if (0) puts("x");
'''

'''output
...
'''

'''console {.run}
$ false
...
'''
E
  run -1 --separate-stderr skein check a.md
  [ "$(grep '^[-+]' <<<"$output" | tail -n +3)" = "+[1]" ]
}

@test "what normalize names does not count, but who is who does; what is recorded stays" {
  doc a.md <<'E'
<!-- skein: normalizers="build=s|build (\d+)|build N| answer=s/4[0-9]/$0?/" -->

'''c {normalize="ptr pid"}
int x, *p = &x, *q = &x;
printf("pid 77: %p and %p\n", (void *)p, (void *)q);
'''

'''output
pid 1: 0x11111 and 0x11111
'''

'''c {normalize="float:3,unordered,build"}
puts("b 0.99999 of build 7\na -0.0");
'''

'''output
a 0
b 1.000 of build 1
'''

'''console {.run normalize=duration}
$ echo took 3 ms; echo now
took [..] 17.5 s
then
'''
E
  run -1 --separate-stderr skein check a.md
  [ "$(grep '^[-+ ][^-+]' <<<"$output")" = ' $ echo took 3 ms; echo now
-took [..] 17.5 s
-then
+took 3 ms
+now' ]
  sed -i 's/took \[..\] 17/took 17/; s/^then/now/' a.md
  cp a.md before
  run -0 --separate-stderr skein check a.md
  [ -z "$output" ]
  run -0 skein run a.md
  cmp a.md before
  run -0 skein check --twice a.md

  # the two pointers were one
  sed -i 's/q = &x/q = \&x + 1000/' a.md
  run -1 skein check --only 1 a.md
  has '-pid 1: 0x11111 and 0x11111'
  sed -i 's/float:3,//; s/q = &x + 1000/q = \&x/' a.md
  run -1 --separate-stderr skein check a.md
  [ "$(grep -c '^-[^-]' <<<"$output")" = 2 ]
}

@test "the working folder is written by its name" {
  doc a.md <<'E'
'''c {normalize=cwd}
#include <unistd.h>
printf("%s/x\n", getcwd(NULL, 0));
'''
E
  run -0 skein run a.md
  has_line='$PWD/x'
  grep -Fx "$has_line" a.md
  mkdir other
  mv a.md other
  run -0 skein check other/a.md
}

@test "a normaliser that is unknown, broken or slow is told at its place" {
  doc a.md <<'E'
---
skein:
  normalizers:
    addr: s/0x[0-9a-f]+/ADDR/
    slow: s/(x+x+)+$/y/
---

'''c {normalize="adr"}
puts("never run");
'''

'''c {normalize=slow}
for (int i = 0; i < 64; i++) putchar('x');
putchar('!');
'''

'''output
y
'''
E
  cp a.md before
  run -7 skein check a.md
  has "a.md:8:7: error: there is no normalizer 'adr'; did you mean 'addr'? [unknown-normalizer]"
  has "a.md:5:5: error: the normalizer 'slow' takes too long on the line 'xxxx"
  has "[slow-normalizer]"
  has "a.md:12:1: note: the line is of the output of this cell"
  cmp a.md before

  sed -i 's|slow: .*|slow: s/(/y/|; s/adr/addr/' a.md
  run -3 skein check a.md
  has "a.md:5:5: error: the pattern '(' cannot be read: missing closing parenthesis at its byte 2 [bad-pattern]"
  sed -i 's|s/(/y/|s/(x)/$2/|' a.md
  run -3 skein check a.md
  has "a.md:5:5: error: the text '\$2' cannot take the place of what is found: the pattern has no group '2' [bad-replacement]"
  run -3 skein check --set normalizers='slow=s/a b/c/ ptr=s/d/e/' a.md
  has "the normalizer 'ptr' is built in: give yours another name [bad-value]"
}
