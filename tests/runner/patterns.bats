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
