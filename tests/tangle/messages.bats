# shellcheck disable=SC2016  # the backticks in printf are fences
load ../helper

# Bad input: for each message of `tangle`, `list` and `clean` a document that
# provokes it, the place that is named, the exit status, and no file touched.

# Nothing was written: no target and no state.
nothing_written() {
  [ "$(find . -type f ! -name '*.md' ! -path './.cache/*' ! -name '.git*' | wc -l)" = 0 ] || { find . -type f; return 1; }
}

@test "an unknown command or flag gets a did-you-mean" {
  : >a.md
  run -2 skein tangel a.md
  has "skein: error: there is no command 'tangel'; did you mean 'tangle'? [usage]"
  run -2 skein tangle --forse a.md
  has "skein tangle has no flag '--forse'; did you mean '--force'? [usage]"
}

@test "options that do not parse make no target" {
  doc a.md <<'E'
'''c {file=a.c #
int a;
'''
E
  run -3 skein tangle a.md
  has "a.md:1:16: error: a name must follow the '#' [broken-options]"
  nothing_written
}

@test "an option line without a key is broken" {
  doc a.md <<'E'
'''c {file=a.c}
//| no key here
int a;
'''
E
  run -3 skein tangle a.md
  has "a.md:2:5: error: an option line has the form 'key: value' [broken-options]"
  nothing_written
}

@test "an option that is nearly file= is a warning, even where nothing else is ours" {
  doc a.md <<'E'
'''text flie=a.txt
x
'''
E
  run -0 skein tangle a.md
  has "a.md:1:9: warning: there is no option 'flie'; did you mean 'file'? [unknown-option]"
  nothing_written
}

@test "a value that a comma cut short is told, and lists of options are not" {
  doc a.md <<'E'
'''c {cflags=-fsanitize=address,undefined}
'''
'''{c one,eval=true,run}
'''
'''c {file=b.c,no_run}
'''
'''c {cflags="-fsanitize=address,undefined"}
'''
E
  run -0 skein list --json a.md
  has "a.md:1:33: warning: there is no option 'undefined'; if it belongs to the value before it, put that into quotes [unknown-option]"
  [ "$(grep -c warning <<<"$output")" = 1 ]
  has '"cflags":"-fsanitize=address,undefined"'
}

@test "a comment that belongs to nothing gets a warning" {
  doc a.md <<'E'
'''c
'''

<!-- skein: file=a.c -->

Text.
E
  run -0 skein tangle a.md
  has "a.md:4:1: warning: this comment belongs to nothing: put it right above a fence, or before the first block [stray-comment]"
  nothing_written
}

@test "an unclosed fence makes no target, and the others are written" {
  doc a.md <<'E'
'''c {file=b.c}
int b;
'''

- '''c {file=a.c}
  int a;

Text.
E
  run -3 skein tangle a.md
  has "a.md:5:3: error: this fence is not closed: end it with a line of \`\`\` [unclosed-fence]"
  [ ! -e a.c ]
  same b.c <<<"int b;"
}

@test "an output that left its cell is named" {
  doc a.md <<'E'
'''c
'''

Text.

'''output
x
'''

'''sh
echo y
'''

'''output
y
'''

'''sh {run=false}
echo z
'''

'''output
z
'''
E
  run -0 skein list a.md
  has "a.md:6:1: warning: this output belongs to no cell: move it right below its cell, or delete it [orphaned-output]"
  has "a.md:1:1: note: the last cell above is this one"
  has "a.md:14:1: warning: this output is not checked, since the block above it is only shown: that block takes run, or run=false [orphaned-output]"
  lacks 'a.md:22:'
  sed -n 10,16p a.md >b.md	# and where there is no cell
  run -0 skein list b.md
  has 'b.md:5:1: warning: this output is not checked'
}

@test "a reference with something beside it is text, and says so" {
  doc a.md <<'E'
'''c {#arguments}
1, 2
'''

'''c {file=a.c}
int x = f(<<arguments>>);
<<arguments>>
'''
E
  run -0 skein tangle a.md
  has "a.md:6:11: warning: a reference must stand alone on its line, or the block must say inline; this one is only text [inline-reference]"
  grep -qF 'f(<<arguments>>);' a.c
}

@test "one name for two files is an error with both places" {
  doc a.md <<'E'
'''c {#a file=one.c}
int x;
'''

'''c {#a file=two.c}
int y;
'''
E
  run -3 skein tangle a.md
  has "a.md:5:10: error: block 'a' is to be written to two files, 'one.c' and 'two.c' [two-files]"
  has "a.md:1:10: note: the other file is named here"
  [ ! -e two.c ]
}

@test "two names for one file, spelled alike or not, write nothing" {
  doc a.md <<'E'
'''c {#a file=x.c}
'''
'''c {#b file=x.c}
'''
E
  run -3 skein tangle a.md
  has "a.md:3:10: error: two blocks, 'a' and 'b', are to be written to 'x.c' [two-names]"
  doc b.md <<'E'
'''c {#a file=x.c}
'''
'''c {#b file=./x.c}
'''
'''c {file=X.c}
'''
E
  run -3 skein tangle b.md
  has "b.md:3:10: error: target './x.c' is the same file as 'x.c' [target-twins]"
  has "b.md:5:7: error: target 'X.c' differs only in case or in the form of its letters from"
  nothing_written
}

@test "a target cannot be another one's folder" {
  doc a.md <<'E'
'''c {file=x}
'''
'''c {file=x/y.c}
'''
E
  run -3 skein tangle a.md
  has "a.md:3:7: error: target 'x/y.c' needs a folder where there is a target 'x' [target-prefix]"
  nothing_written
}

@test "a path that leaves the project is refused with its place, and nothing is written" {
  mkdir project
  doc project/a.md <<'E'
'''c {file=../x.c}
int x;
'''

'''c {file=/tmp/skein-test-never.c}
int x;
'''

'''c {file=y.c}
int y;
'''
E
  run -6 skein tangle project/a.md
  has "project/a.md:1:7: error: '../x.c' is refused as a target"
  has "project/a.md:5:7: error: '/tmp/skein-test-never.c' is refused as a target"
  has "[refused-path]"
  nothing_written
  [ ! -e /tmp/skein-test-never.c ]
}

@test "a folder or a pipe in a target's place is named" {
  doc a.md <<'E'
'''c {file=x}
int x;
'''
E
  mkdir x
  run -6 skein tangle a.md
  has "x: error: this is a folder, not a file [refused-path]"
  rmdir x
  mkfifo x
  run -6 skein tangle a.md
  has "x: error: this is a named pipe, not a file [refused-path]"
  [ -p x ]
}

@test "a pipe is no document" {
  mkfifo pipe.md
  run -2 skein tangle pipe.md
  has "pipe.md: error: this is a named pipe, not a file [not-a-file]"
}

@test "an edited target is a conflict that is shown, and --force keeps a copy" {
  doc a.md <<'E'
'''c {file=x.c}
int x;
'''
E
  run -0 skein tangle a.md
  echo "int mine;" >x.c
  run -9 skein tangle a.md
  has "x.c"
  has "[edited-target]"
  same x.c <<<"int mine;"
  run -0 skein tangle --force a.md
  has "a.md:1:7: warning: the edited 'x.c' is kept as 'x.c.skein-saved-"
  has "[kept-copy]"
  same x.c <<<"int x;"
  cat x.c.skein-saved-* | grep -qx "int mine;"
}

@test "killed at any step of writing, tangle leaves each target old or new" {
  command -v strace >/dev/null && strace -qq -o /dev/null true 2>/dev/null || skip "strace cannot trace here"
  export ASAN_OPTIONS=detect_leaks=0
  printf '```c {file=x.c}\nint old;\n```\n' >a.md
  run -0 skein tangle a.md
  printf '```c {file=x.c}\nint new;\n```\n' >a.md
  for n in 1 2 3 4; do
    done_or_killed strace -qq -o /dev/null -e "inject=renameat2:signal=KILL:when=$n" skein tangle a.md 2>/dev/null
    grep -qxE 'int (old|new);' x.c
    [ "$(wc -l <x.c)" = 1 ]
  done
  run -0 skein tangle a.md
  same x.c <<<"int new;"
}
