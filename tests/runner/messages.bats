# shellcheck disable=SC2016  # the backticks in printf are fences
load ../helper

# Bad input: for each message of `run` and `check` a document that provokes it,
# the place that is named, the exit status, and a document left as it was.

# run_untouched STATUS [FLAG...] DOC: run in place; no byte of DOC may change.
run_untouched() {
  local status=$1
  shift
  cp "${*: -1}" before
  run "-$status" skein run "$@"
  cmp "${*: -1}" before
}

# A gcc that is the real one, but for what stands in the here-document.
fake_gcc() {
  mkdir -p fake
  { printf '#!/bin/sh\n'; cat; printf 'exec %s "$@"\n' "$(command -v gcc)"; } >fake/gcc
  chmod +x fake/gcc
  PATH=$PWD/fake:$PATH
}

# A child without the right to write everything, as every user but root is.
mortal() {
  local drop=-dac_override,-dac_read_search
  if [ "$(id -u)" = 0 ]; then
    setpriv --bounding-set=$drop --inh-caps=$drop "$@"
  else
    "$@"
  fi
}

can_be_mortal() {
  [ "$(id -u)" != 0 ] || mortal true 2>/dev/null || skip "root cannot give up its rights here"
}

hello() {
  doc a.md <<'E'
'''c
printf("hello\n");
'''
E
}

# ---- the command line ---------------------------------------------------------

@test "an unknown command, flag or option gets a did-you-mean" {
  hello
  run -2 skein rum a.md
  has "skein: error: there is no command 'rum'; did you mean 'run'? [usage]"
  run_untouched 2 --jsn a.md
  has "skein run has no flag '--jsn'; did you mean '--json'?"
  run_untouched 2 --timeout=2s a.md
  has "skein run has no flag '--timeout=2s', but 'timeout' can be set: --set timeout=VALUE"
  run -2 skein run -Zq a.md
  has "skein run has no flag '-Z'"
  run_untouched 2 --set timeot=1s a.md
  has "--set:1:1: error: there is no option 'timeot'; did you mean 'timeout'? [usage]"
}

@test "a flag without its value, and a value of the wrong form, are usage errors" {
  hello
  run -2 skein run -o
  has "'-o' needs a value"
  run -2 skein run
  has "skein run needs DOC..."
  run_untouched 2 -j 0 a.md
  has "-j takes a number from 1 to 256 [usage]"
  run_untouched 2 --color=perhaps a.md
  has "--color is auto, always or never [usage]"
  cp a.md b.md
  run -2 skein run -o - a.md b.md
  has "-o takes one document, not 2 [usage]"
}

@test "a bad value of --set is blamed on the command line" {
  hello
  run -3 skein run -o - --set timeout=soon a.md
  has "--set:1:1: error: the value 'soon' of 'timeout' must be a time such as 500ms, 10s or 2m, or none [bad-value]"
}

@test "-o that names the document itself is refused" {
  hello
  ln -s a.md link.md
  run_untouched 6 -o a.md a.md
  has "a.md: error: -o names the document itself: leave -o away to put the outputs in place [same-file]"
  run -6 skein run -o link.md a.md
  has "[same-file]"
  cmp a.md before
}

# ---- files -----------------------------------------------------------------------

@test "a missing document is named, and the others are run" {
  hello
  run -8 skein run missing.md a.md
  has "missing.md: error: cannot read: No such file or directory [io]"
  grep -qx hello a.md
}

@test "an empty document runs, and stays empty" {
  : >a.md
  run_untouched 0 a.md
  [ -z "$output" ]
  run -0 skein check a.md
}

@test "a pipe is no document" {
  mkfifo pipe.md
  run -2 skein run pipe.md
  has "pipe.md: error: this is a named pipe, not a file [not-a-file]"
}

@test "a read-only document is refused before any cell runs" {
  can_be_mortal
  doc a.md <<'E'
'''c
system("touch ran");
'''
E
  chmod 444 a.md
  cp a.md before
  run -8 mortal skein run a.md
  has "a.md: error: cannot write: Permission denied [io]"
  cmp a.md before
  [ ! -e ran ]
  run -0 mortal skein run -o b.md a.md
  [ -e ran ]
}

@test "a document in a read-only folder is refused before any cell runs" {
  can_be_mortal
  mkdir d
  hello
  mv a.md d
  chmod 555 d
  cp d/a.md before
  run -8 mortal skein run d/a.md
  chmod 755 d
  has "d/a.md: error: cannot write into its folder: Permission denied [io]"
  cmp d/a.md before
}

@test "on a full disk the document stays as it was, and runs when there is room again" {
  unshare -rm true 2>/dev/null || skip "no private mounts here"
  mkdir full
  cat >try <<'E'
mount -t tmpfs -o size=64k none full || exit 77
cd full
printf '```c\nprintf("hello\\n");\n```\n' >a.md
mkdir .skein
cp a.md before
dd if=/dev/zero of=filler bs=1k 2>/dev/null
skein run a.md
echo "status $?"
cmp a.md before && echo untouched
rm filler
skein run a.md && grep -x hello a.md
ls -A
E
  run unshare -rm sh ./try
  [ "$status" != 77 ] || skip "no private mounts here"
  has "No space left on device [io]"
  has "status 8"
  has "untouched"
  has $'\nhello\n'
  lacks "skein-"
}

@test "a limit on file sizes is reported, and the document stays as it was" {
  doc a.md <<'E'
'''c {output-limit=4M}
for (int i = 0; i < 50000; i++) printf("%063d\n", i);
'''
E
  run -0 skein run -o big.md a.md
  cp a.md before
  run -8 bash -c 'ulimit -f 1024; skein run a.md'
  has "File too large [io]"
  cmp a.md before
  run ls -A
  lacks "skein-"
}

@test "killed at any step of writing, a run leaves the old document or the new one" {
  command -v strace >/dev/null && strace -qq -o /dev/null true 2>/dev/null || skip "strace cannot trace here"
  export ASAN_OPTIONS=detect_leaks=0
  hello
  cp a.md old
  run -0 skein run -o new a.md
  for call in rename renameat2; do
    for n in 1 2 3; do
      cp old a.md
      done_or_killed strace -qq -o /dev/null -e "inject=$call:signal=KILL:when=$n" skein run a.md 2>/dev/null
      cmp -s a.md old || cmp a.md new
      run -0 skein run a.md
      cmp a.md new
    done
  done
  # what a killed run left goes with the next one
  run ls -A
  lacks "skein-"
}

@test "a second run of a document is refused while the first is at work" {
  doc a.md <<'E'
'''c {timeout=60s}
#include <unistd.h>
system("touch started");
pause();
'''
E
  cp a.md before
  skein run a.md 2>/dev/null 3>&- &
  first=$!
  until [ -e started ]; do kill -0 $first; done
  run -9 skein run a.md
  has "another skein is at work here: process $first"
  has "[locked]"
  cmp a.md before
  kill -TERM $first
  ended $first 143
}

# ---- the document --------------------------------------------------------------------

@test "a NUL in a cell is refused at its place" {
  printf '```c\nint x;\nint\0 y;\n```\n\n```c\n1\n```\n' >a.md
  cp a.md before
  run -3 skein run -o b.md a.md
  has "a.md:3:4: error: a cell cannot hold a NUL byte: write \\0 in a string [nul-in-cell]"
  cmp a.md before
  grep -qx 1 b.md
}

@test "bytes that are not UTF-8 stay as they are in prose, and warn in a cell" {
  printf 'caf\xe9\n\n```c\nprintf("caf\xe9\\n");\n```\n' >a.md
  run -0 skein run a.md
  has "a.md:4:12: warning: this is not valid UTF-8; the compiler gets the bytes as they are [bad-utf8]"
  printf 'caf\xe9\n\n```c\nprintf("caf\xe9\\n");\n```\n\n```output\ncaf\\xe9\n```\n' | cmp - a.md
}

@test "a name that is not UTF-8 is refused, and its cell does not run" {
  printf '```c {#caf\xe9}\nprintf("x\\n");\n```\n' >a.md
  run_untouched 3 a.md
  has "a.md:1:7: error: a name must be valid UTF-8 without NUL [bad-name]"
}

@test "the cell of an unclosed fence does not run, in a list neither" {
  printf -- '- ```c\n  printf("x\\n");\n\nText.\n\n```c\nprintf("y\\n");\n' >a.md
  run_untouched 3 a.md
  has "a.md:1:3: error: this fence is not closed"
  has "a.md:6:1: error: this fence is not closed"
  has "[unclosed-fence]"
}

@test "options that do not parse stop their cell, and no other" {
  doc a.md <<'E'
'''c {#x file="a.c}
int a;
'''

'''c
printf("runs\n");
'''
E
  cp a.md before
  run -3 skein run -o b.md a.md
  has "a.md:1:15: error: this quote is not closed: add one after the value [broken-options]"
  cmp a.md before
  grep -qx runs b.md
  doc c.md <<'E'
'''c {#x
int a;
'''
E
  run_untouched 3 c.md
  has "c.md:1:6: error: this brace is not closed"
}

@test "an unknown option is a warning with a did-you-mean, and the cell runs" {
  doc a.md <<'E'
'''c {timeot=3s}
printf("runs\n");
'''
E
  run -0 skein run a.md
  has "a.md:1:7: warning: there is no option 'timeot'; did you mean 'timeout'? [unknown-option]"
  grep -qx runs a.md
}

@test "an output that left its cell is named and kept, and the cell gets a new one" {
  doc a.md <<'E'
'''c
printf("new\n");
'''

A paragraph.

'''output
old
'''
E
  run -0 skein run a.md
  has "a.md:7:1: warning: this output belongs to no cell: move it right below its cell, or delete it [orphaned-output]"
  same a.md <<'E'
```c
printf("new\n");
```

```output
new
```

A paragraph.

```output
old
```
E
}

@test "a missing reference and a cycle stop the cells that reach them, and no other" {
  doc a.md <<'E'
'''c
<<nobody>>
'''

'''c
<<one>>
'''

'''c {#one}
<<two>>
'''

'''c {#two}
<<one>>
'''

'''c
printf("runs\n");
'''
E
  cp a.md before
  run -3 skein run -o b.md a.md
  has "a.md:2:3: error: no block is named 'nobody'; write \\<<nobody>> if it is meant as text [missing-block]"
  has "error: block 'one' contains itself: one -> two -> one [cycle]"
  cmp a.md before
  grep -qx runs b.md
}

@test "a file that an option names and that is not there stops what needs it" {
  doc a.md <<'E'
<!-- skein: sources=gone.c -->

Text.

'''c
printf("x\n");
'''
E
  run_untouched 3 a.md
  has "a.md:1:13: error: there is no file 'gone.c' below the project's root, '"
  has "[no-source]"
  doc b.md <<'E'
'''c {stdin=gone.txt}
getchar()
'''
E
  run_untouched 8 b.md
  has "gone.txt: error: cannot read: No such file or directory [io]"
  has "b.md:1:7: note: it is the standard input of this cell"
}

@test "run: compile in a document compiles its cells, but for those that say run" {
  doc a.md <<'E'
<!-- skein: run=compile -->

Text.

'''c
#include <stdlib.h>
void f(void) { abort(); }
'''

'''c {run session=none}
printf("runs\n");
'''

'''c
int x = "a" * 2;
'''
E
  run -4 skein run -o b.md a.md
  has "a.md:15:13: error: "
  [ "$(grep -c '^```output' b.md)" = 1 ]
}

# ---- the compiler -----------------------------------------------------------------------

@test "a flag, compiler, library or package that a document may not name is refused" {
  doc a.md <<'E'
'''c {cflags="-fplugin=evil.so"}
1
'''
'''c {cc=/bin/sh}
2
'''
'''c {libs=/etc/passwd}
3
'''
'''c {pkg=--variable=x}
4
'''
E
  run_untouched 6 a.md
  has "a.md:1:15: error: the flag '-fplugin=evil.so' cannot stand in a document: it loads code into the compiler [forbidden-flag]"
  has "a.md:4:7: error: a document cannot choose the compiler '/bin/sh'"
  has "[forbidden-compiler]"
  has "a.md:7:7: error: '/etc/passwd' is no name of a library: write libs=m for -lm [forbidden-flag]"
  has "a.md:10:7: error: '--variable=x' is no name of a package [forbidden-package]"
}

@test "a quote left open in cflags is an error at the option" {
  doc a.md <<'E'
'''c {cflags='-DA="b'}
1
'''
E
  run_untouched 3 a.md
  has "a.md:1:19: error: this quote is not closed: \"b [unclosed-quote]"
  has "[unclosed-quote]"
}

@test "without a compiler on the search path nothing runs" {
  hello
  cp a.md before
  PATH=$SKEIN_BUILD run -8 skein run a.md
  has "a.md:1:1: error: the compiler 'gcc' is not on the search path: install it, or choose another with cc [no-compiler]"
  has 'help: apt install gcc libc6-dev'
  cmp a.md before
}

@test "a package that is not installed is named, with what to do" {
  command -v pkg-config >/dev/null || skip "pkg-config is not installed"
  doc a.md <<'E'
'''c {pkg=no-such-package}
1
'''
E
  run_untouched 8 a.md
  has "a.md:1:7: error: the package 'no-such-package' is not installed: 'apt-file search no-such-package.pc'"
  has "[no-package]"
}

@test "a compiler that dies is a limit, and is not kept in the cache" {
  fake_gcc <<'E'
case "$*" in *-o*object*) kill -KILL $$ ;; esac
E
  hello
  run_untouched 5 a.md
  has "a.md:1:1: error: the compiler was ended by signal 9 [compiler-limit]"
  printf '%s\n' '#!/bin/sh' "case \"\$*\" in *-o*object*) grep cpu /proc/self/limits >limits; cp limits '$PWD'; kill -XCPU \$\$ ;; esac" \
    "exec $(PATH=${PATH#*:} command -v gcc) \"\$@\"" >fake/gcc
  run_untouched 5 a.md
  has "a.md:1:1: error: the compiler took more than 60 s of processor time [compiler-limit]"
  grep -q '^Max cpu time  *60 ' limits
  printf '#!/bin/sh\nexec %s "$@"\n' "$(PATH=${PATH#*:} command -v gcc)" >fake/gcc
  run -0 skein run a.md
}

@test "a compiler that says it succeeded and left nothing is broken" {
  fake_gcc <<'E'
case "$*" in *-o*object*) exit 0 ;; esac
E
  hello
  run_untouched 8 a.md
  has "a.md:1:1: error: the compiler left no object"
  has "[compiler]"
}

@test "a cell that does not compile is told at its place, and the others run" {
  doc a.md <<'E'
'''c
int x = ;
'''

'''output
from before
'''

'''c
printf("runs\n");
'''
E
  run -4 skein run a.md
  has "a.md:2:9: error: expected expression before ';' token [compile]"
  grep -qx "from before" a.md
  grep -qx runs a.md
}

@test "--no-compile runs what is cached, and names what is not" {
  hello
  run_untouched 4 --no-compile a.md
  has "a.md:1:1: error: this cell is not in the cache, and --no-compile forbids to compile it [not-cached]"
  run -0 skein run -o b.md a.md
  run -0 skein run --no-compile a.md
  cmp a.md b.md
}

@test "a type that is defined anew and hides what was made of the old one is told" {
  doc a.md <<'E'
'''c
struct p { int x; };
struct p make(void) { return (struct p){ 1 }; }
'''

'''c
struct p { int x, y; };
'''
E
  run -0 skein run a.md
  has "a.md:7:8: warning: the new 'p' hides"
  has "[hidden]"
}

@test "a compile error that was expected and did not come is a failure" {
  doc a.md <<'E'
'''c {fails=compile}
int x;
'''
E
  run_untouched 5 a.md
  has "a.md:1:7: error: this cell was expected to fail, and did not: take 'fails' away if that is right [unexpected-success]"
}

# ---- running -------------------------------------------------------------------------------

@test "a cell that calls exit in its session ends early, and the next one runs" {
  doc a.md <<'E'
'''c
printf("before\n");
exit(0);
'''

'''c
printf("after\n");
'''
E
  run -5 skein run a.md
  has "a.md:3:1: error: this cell failed: ended early by exit(0)"
  has "[exit]"
  grep -qx before a.md
  grep -qx after a.md
}

@test "a loop without end, abort and a full stack each stop only their own cell" {
  doc a.md <<'E'
'''c {timeout=300ms}
for (;;) ;
'''

'''c
abort();
'''

'''c
int down(int n) { volatile char room[4096]; room[0] = (char)n; return down(n + 1) + room[0]; }
down(0);
'''

'''c
printf("runs\n");
'''
E
  run -5 skein run a.md
  has "still running (limit: timeout) [timeout]"
  has "a.md:6:1: error: this cell failed: crashed: abort() was called [crash]"
  has "stack overflow: down calls itself without end [crash]"
  grep -qx runs a.md
}

@test "a hundred megabytes of output are stopped, and the document stays small" {
  doc a.md <<'E'
'''c {buffer=full}
for (int i = 0; i < 100 * 1024; i++)
    printf("%01023d\n", i);
'''
E
  run -5 skein run a.md
  has "[output-limit]"
  [ "$(wc -c <a.md)" -lt 40000 ]
}

@test "a cell that needs more memory than it may have is stopped" {
  ! grep -q __asan_init "$SKEIN_BUILD/skein-host" || skip "AddressSanitizer takes what address space it likes"
  doc a.md <<'E'
'''c {memory=64M}
for (;;)
    memset(malloc(1 << 20), 1, 1 << 20);
'''

'''c
printf("runs\n");
'''
E
  run -5 skein run a.md
  has "64 MiB"
  has "[memory-limit]"
  grep -qx runs a.md
}

@test "a function that is called before the cell that defines it is named" {
  doc a.md <<'E'
'''c
void nobody(void);
nobody();
'''

'''c
void nobody(void) { }
'''
E
  run -5 skein run a.md
  has "a.md:3:1: error: this cell failed: stopped at a call: undefined symbol 'nobody' [load]"
}

@test "output that holds fences, headings and options stays output" {
  doc a.md <<'E'
'''c
puts("```output\nfake\n```\n\n# Heading\n\n````c {file=x.c}\nabort();\n````\n~~~\n<!-- skein: cell\nabort();\n-->");
'''

The end.
E
  run -0 skein run a.md
  cp a.md once
  run -0 skein run a.md
  cmp a.md once
  run -0 skein check a.md
  run -0 skein list a.md
  has "a.md: 2 blocks, 1 cell"
}

# ---- skein's own parts ------------------------------------------------------------------------

@test "a skein without its host program says so" {
  cp "$SKEIN_BUILD/skein" lonely
  ! strings lonely 2>/dev/null | grep -q /usr/local/lib/skein || [ ! -e /usr/local/lib/skein ] || skip "skein is installed"
  hello
  cp a.md before
  run -8 ./lonely run a.md
  has "the program skein-host is neither beside skein nor in"
  has "[no-host]"
  cmp a.md before
}

@test "a cache that cannot be is only a warning" {
  hello
  : >file
  SKEIN_CACHE_DIR=$PWD/file/cache run -0 skein run a.md
  has "[no-cache]"
  grep -qx hello a.md
}
