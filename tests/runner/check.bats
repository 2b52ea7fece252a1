load ../helper

@test "check is silent and exits 0 when all is as recorded" {
  doc a.md <<'E'
'''c
printf("x\n");
'''
E
  run -0 skein run a.md
  cp a.md before
  run -0 skein check a.md
  [ -z "$output" ]
  cmp a.md before
}

@test "check shows a unified diff against the document's lines, exits 1 and writes nothing" {
  doc a.md <<'E'
Text.

'''c
printf("one\ntwo\n");
'''

'''output
one
2
'''
E
  cp a.md before
  run -1 --separate-stderr skein check a.md
  cmp a.md before
  [ "$output" = "--- a.md	output recorded
+++ a.md	output now
@@ -8,2 +8,2 @@
 one
-2
+two" ]
  [[ $stderr == *"a.md:3:1: error: the output of this cell differs from what is recorded"*"[output-differs]"* ]]
}

@test "an output that is missing in the document differs" {
  doc a.md <<'E'
'''c
printf("x\n");
'''
E
  run -1 skein check a.md
  has "+x"
}

@test "blanks at line ends and the final newline do not count" {
  printf '```c\nprintf("x  \\ny");\n```\n\n```output\nx\ny\n```\n' >a.md
  run -0 skein check a.md
}

@test "a target that exists must be what the document says; one that does not is not wanted" {
  doc a.md <<'E'
'''c {file=a.c}
int x;
'''
'''c {file=b.c}
int y;
'''
E
  run -0 skein check a.md
  [ ! -e a.c ]
  echo 'int x;' >a.c
  run -0 skein check a.md
  echo 'int z;' >a.c
  run -1 skein check a.md
  has "[stale-target]"
  echo 'int z;' | same a.c
}

@test "an unexpected crash stays exit 5 even if it is recorded" {
  doc a.md <<'E'
'''c
abort();
'''
E
  run -5 skein run a.md
  run -5 skein check a.md
}

@test "several documents are checked in order, and the worst status counts" {
  doc a.md <<'E'
'''c
1 + 1
'''
E
  doc b.md <<'E'
'''c
int x = y;
'''
E
  run -4 skein check a.md b.md
  has "a.md:1:1: error"
  has "b.md:2:9: error"
}

@test "a target that leaves the project is told once, at its place, and another that is missing is none of check's business" {
  doc a.md <<'E'
'''c file=../x.c
int x;
'''

'''c file=new.c
int y;
'''
E
  run -6 skein check a.md
  has "a.md:1:6: error: '../x.c' is refused as a target"
  [ "$(grep -c 'refused as a target' <<<"$output")" -eq 1 ]
  lacks "new.c"
}

@test "a full device has its reason told, however many documents print to it" {
  doc a.md <<'E'
'''c
1
'''
E
  cp a.md b.md
  local status=0
  skein check a.md b.md >/dev/full 2>said || status=$?
  [ "$status" = 8 ]
  grep -qxF 'standard output: error: cannot write: No space left on device [io]' said
}
