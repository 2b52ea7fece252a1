load ../helper

# What an entry of the cache keeps for people.  One document is run once, and most tests
# only look at what that left.

setup_file() {
  local top=$BATS_FILE_TMPDIR
  local SKEIN_CACHE_DIR=$top/cache PATH=$SKEIN_BUILD:$PATH
  export SKEIN_CACHE_DIR PATH LC_ALL=C.UTF-8 TZ=UTC
  unset SKEIN_TRACE SKEIN_MEM_FAIL CPATH C_INCLUDE_PATH LIBRARY_PATH	# as each test has it
  mkdir -p "$top/it's here/src"
  cd "$top/it's here" || return 1
  touch skein.lua
  echo 'int twice(int);' >src/list.h
  echo '#include "list.h"
int twice(int x) { return 2 * x; }' >src/list.c
  sed "s/'''/\`\`\`/g" >notes.md <<'EOF'
<!-- skein: sources=src/list.c -->

'''c {#use}
#include <stdio.h>
#include "list.h"
#define PAIR(T) T T##_pair(T a) { return a + a; }

/* Reads one, "}" and all. */
int parse(const char *s)
{
	int odd;
	return twice(s[0]) + '}';
}

PAIR(int)
'''

'''c {cflags="-DSAID='\"a$c\"'"}
printf("%d %s\n", parse("a"), SAID);
'''

'''c {#bad}
return undefined_thing + parse(1);
'''

'''c++ {#cxx}
// The doc.
int volume(int a) { return a * a; }
'''
EOF
  skein run -q -o - notes.md >out.md 2>/dev/null || [ $? = 4 ]
  grep -qF '319 a$c' out.md
}

# Where it was run.
there() {
  cd "$BATS_FILE_TMPDIR/it's here" || return 1
  export SKEIN_CACHE_DIR=$BATS_FILE_TMPDIR/cache
}

# A copy of its cache, to do harm to.
with_copy() {
  there
  cp -R "$BATS_FILE_TMPDIR/cache" "$BATS_TEST_TMPDIR/copy"
  SKEIN_CACHE_DIR=$BATS_TEST_TMPDIR/copy
}

# key LABEL: of that entry.
key() {
  skein cache show --json "$1" | sed -E 's/.*"key":"([0-9a-f]+)".*/\1/'
}

@test "an entry shows for whom, by what and from what it was made" {
  there
  run -0 skein cache show notes.md#use
  has 'notes.md#use: cell, compiled in '
  has "document  $PWD/notes.md"
  has 'compiler  /'
  has ' -std=gnu17 -O0 -g -Wall'
  has "use:8:6: warning: unused variable 'odd' [-Wunused-variable]"
  run -0 skein cache show notes.md#bad
  has 'notes.md#bad: cell, failed in '
  has "bad:1:8: error: 'undefined_thing' undeclared"
  run -0 skein cache show 'notes.md#src/list.c'
  has 'src/list.c: source, compiled'
  run -0 skein cache show notes.md#sources
  has 'linked sources, compiled'
  has ', 1 part'
  run -0 skein cache show --json notes.md#2
  has '"label":"notes.md#2"'
  has '"thing":"cell"'
}

@test "what an object offers is told as declarations of C, in the order of its source" {
  doc a.md <<'E'
'''c {#one}
#include <math.h>
struct vec { double x, y; };
double norm(struct vec v) { return hypot(v.x, v.y); }
static int hidden(const char *s, unsigned char buf[16]) { return *s + *buf; }
double far = norm((struct vec){ 3, 4 });
void (*hook)(int, struct vec *);
typedef unsigned long word;
word many(int n, ...) { return n; }
int *(*pick(void))[4] { return 0; }
'''

'''c++ {#two}
#include <string>
struct box { int w; int area() const { return w; } static int of(int); };
int box::of(int x) { return x; }
template <class T> T twice(T x) { return x + x; }
extern "C" int times(const char *text, const box &b) { return twice(b.area()) + std::string(text).size(); }
'''
E
  run -0 skein run -q a.md
  skein cache show a.md#one --what abi >one
  same one <<'E'
double norm(struct vec v);
int hidden(const char *s, unsigned char *buf);
double far;
void (*hook)(int, struct vec *);
word many(int n, ...);
int *(*pick(void))[4];
E
  run -0 skein cache show a.md#two --what abi
  [ "$output" = 'int times(const char *text, const box &b);' ]
  run -0 skein cache checkout a.md#one out
  diff one out/abi.h
  run -0 skein cache grep -l 'word many' a.md --what abi
  has a.md#one
}

@test "a key is the start of the name of a result, a request or an object" {
  there
  k=$(key notes.md#use)
  run -0 skein cache show "${k:0:8}"
  has "key       ${k:0:12}, request "
  request=$(sed -nE 's/.*request ([0-9a-f]+).*/\1/p' <<<"$output")
  object=$(sed -nE 's/.*object ([0-9a-f]+)$/\1/p' <<<"$output")
  for other in "$request" "$object" "${object^^}" "$k"; do
    run -0 skein cache show "$other"
    has "key       ${k:0:12}"
  done
  for wrong in abc notes.md notes.md#nobody "${k:0:11}g" 00000000000; do
    run -2 skein cache show "$wrong"
    has '[no-entry]'
  done
  run -2 skein cache show nothing.md#use
  has '[unknown-document]'
}

@test "several entries that a key may mean are listed" {
  with_copy
  k=$(key notes.md#use)
  other=${k:0:6}$(printf 'f%.0s' {1..58})
  mkdir -p "$SKEIN_CACHE_DIR/f/${k:0:2}"
  cp "$SKEIN_CACHE_DIR/a/${k:0:2}/${k:2}" record
  sed -e "1s/result/failure/; 1s/[0-9a-f]\{64\}/$other/; /^object/d; /^sum/d" record >whole
  printf 'sum %s\n' "$(sha256sum <whole | cut -d' ' -f1)" >>whole
  mv whole "$SKEIN_CACHE_DIR/f/${k:0:2}/${other:2}"
  rm record
  run -2 skein cache show "${k:0:6}"
  has "2 entries begin with '${k:0:6}': say more digits [many-entries]"
  has "${k:0:12} is the object of 'notes.md#use'"
  has "${other:0:12} is the failure of"
}

@test "each side of an entry can be seen" {
  there
  run -0 skein cache show notes.md#use --what src
  has '/* Reads one, "}" and all. */'
  lacks skein_unit
  run -0 skein cache show notes.md#use --what unit,inc,lib
  has '== unit'
  has skein_unit
  has "  $PWD/src/list.h"
  has 'wants twice'
  has 'defines skein_parse'
  run -0 skein cache show notes.md#2 --what cmd
  has "'-DSAID=\"a\$c\"'"
  has "'-ffile-prefix-map=${PWD//\'/\'\\\'\'}/='"
  run -0 skein cache show notes.md#bad --what env
  has 'LC_ALL=C.UTF-8'
  run -0 skein cache show notes.md#bad --what log
  has 'undefined_thing + parse(1);'
  run -0 skein cache show notes.md#bad --what all --json
  has '"cmd":[{"what":"compile","argv":["/'
  has '"level":"error","in":"bad","line":1,"column":8'
  run -0 skein cache show notes.md#bad --what lib
  has 'it did not compile [no-part]'
  run -0 skein cache show notes.md#use --what abi
  has 'int parse(const char *s);'
  run -0 skein cache show notes.md#sources --what abi
  has 'int twice(int '
  run -0 skein cache show notes.md#src/list.c --what abi
  has 'not linked yet (DOC#sources is)'
  run -2 skein cache show notes.md#bad --what scr
  has "--what knows no 'scr' (did you mean 'src'?); it takes src, unit, inc, cmd, env, log, messages, lib, abi, or all"
}

@test "a checkout makes the same bytes again, or the same messages" {
  there
  for cell in use 2 cxx src/list.c sources; do
    run -0 skein cache checkout "notes.md#$cell" "$BATS_TEST_TMPDIR/it's one"
    run -0 sh "$BATS_TEST_TMPDIR/it's one/build.sh"
    has 'the same object, byte for byte'
    rm -r "$BATS_TEST_TMPDIR/it's one"
  done
  run -0 skein cache checkout notes.md#bad "$BATS_TEST_TMPDIR/bad" --json
  has '"changed":0,"files":["about.txt","cell.txt","unit.c",'
  cd "$BATS_TEST_TMPDIR/bad"
  run -0 sh build.sh
  has 'it fails with the same messages'
  run -0 sha256sum --quiet -c headers.txt
  run -1 skein cache grep nowhere_to_be_found
  grep -q "'undefined_thing' undeclared" messages.txt
  grep -q 'undefined_thing' log.txt
  # it tells when something else comes out
  sed -i 's/undefined_thing/7/' unit.c
  run -1 sh build.sh
  has 'the command succeeded, and did not then'
  cd "$BATS_FILE_TMPDIR/it's here"
  skein cache checkout notes.md#use "$BATS_TEST_TMPDIR/use"
  sed -i 's/int odd/long odd/' "$BATS_TEST_TMPDIR/use/unit.c"
  run -1 sh "$BATS_TEST_TMPDIR/use/build.sh"
  has 'built.so is another object'
}

@test "a checkout names its folder by the key, takes what is asked for, and overwrites nothing" {
  there
  k=$(key notes.md#use)
  cd "$BATS_TEST_TMPDIR"
  run -0 skein cache checkout "${k:0:10}" --what lib,log
  has "skein-checkout-${k:0:8}: 3 files of 'notes.md#use'"
  cmp "skein-checkout-${k:0:8}/object.so" "$(skein cache path "$k")"
  [ ! -e "skein-checkout-${k:0:8}/unit.c" ]
  run -6 skein cache checkout "$k"
  has '[not-empty]'
  mkdir empty
  run -0 skein cache checkout "$k" empty --what src
  run -2 skein cache checkout "$k" a b
  has '[usage]'
}

@test "what has changed since is told by checkout and deps" {
  mkdir src
  echo 'int one;' >src/a.h
  printf '%s\n' '```c {cflags=-Isrc}' '#include "a.h"' 'int two = 2;' '```' >a.md
  skein run -q -o - a.md >/dev/null
  echo 'int one; int more;' >src/a.h
  run -0 skein cache checkout a.md#1 out
  has "not as it was then: '$PWD/src/a.h'; what is built may differ [changed-input]"
  run -0 skein cache deps a.md#1
  has 'changed    '
  has "$PWD/src/a.h"
  has '1 changed, 0 gone'
  rm src/a.h
  echo 'int one;' >a.h
  run -0 skein cache deps a.md#1
  has "gone       "
  has "appeared                 $PWD/a.h"
  has '0 changed, 1 gone'
  run -0 skein cache deps a.md#1 --json
  has "\"path\":\"$PWD/src/a.h\",\"state\":\"gone\""
  run -0 skein cache grep '^int t' a.md --what src,inc
  has '1 headers have changed since, or are gone: they are not searched [changed-input]'
}

@test "deps names libraries, and what is used of other cells" {
  there
  run -0 skein cache deps notes.md#2
  has 'library    libc.so.6'
  has 'uses       parse'
  has 'unchanged  '
  run -0 skein cache deps notes.md#2 --json
  has '"uses":["'
}

@test "grep finds lines of sources, logs, headers and symbols, by their cells" {
  there
  k=$(key notes.md#use) k=${k:0:12}
  run -0 skein cache grep -n 'tw.ce\('
  has "$k notes.md#use:9:	return twice(s[0]) + '}';"
  has ' notes.md#src/list.c:2:int twice(int x) { return 2 * x; }'
  run -0 skein cache grep -l TWICE -i notes.md#use
  [ "$output" = "$k notes.md#use" ]
  run -0 skein cache grep -c 'a' notes.md#use
  [ "$output" = "$k notes.md#use:3" ]
  run -0 skein cache grep --fixed 's[0]' notes.md -n -C 1
  [ "$output" = "$k notes.md#use-8-	int odd;
$k notes.md#use:9:	return twice(s[0]) + '}';
$k notes.md#use-10-}" ]
  run -0 skein cache grep twice notes.md --what lib,inc,log,src -n
  has "$k notes.md#use lib:"
  has 'wants twice'
  has "$PWD/src/list.h inc:1:int twice(int);"
  run -0 skein cache grep undeclared notes.md --what log --json
  has '"label":"notes.md#bad","what":"log","line":'
  run -0 skein cache grep --color=always undefined notes.md
  has $'return \e[1;31mundefined\e[0m_thing'
  run -1 skein cache grep nowhere_at_all
  [ "$output" = '' ]
  run -2 skein cache grep 'a(b'
  has "'a(b' is no pattern: missing closing parenthesis at its byte 4; --fixed takes it as plain text [bad-pattern]"
  run -2 skein cache grep a -C many
  has '[usage]'
  run -2 skein cache grep a other.md
  has '[unknown-document]'
  run -1 skein cache grep '^(a+)+$' notes.md --what unit
}

@test "a pattern that takes too long on a line is told and ends" {
  printf '%s\n' '```c {#long}' "char *s = \"$(printf 'a%.0s' {1..60})!\";" '```' >long.md
  skein run -q -o - long.md >/dev/null
  run -1 skein cache grep '(a+)+$' long.md
  has "the pattern takes too long on a line of 'long.md#long', which is passed over [pattern-limit]"
}

@test "fn shows a function with its comment, each version once" {
  there
  run -0 skein cache fn parse
  has '/* Reads one, "}" and all. */
int parse(const char *s)
{
	int odd;
	return twice(s[0]) + '"'}'"';
}'
  run -0 skein cache fn --no-body parse notes.md#use
  has 'notes.md#use:5
/* Reads one, "}" and all. */
int parse(const char *s)'
  lacks return
  run -0 skein cache fn volume
  has '// The doc.
int volume(int a) { return a * a; }'
  run -0 skein cache fn twice --json
  has '"label":"notes.md#src/list.c","line":2,"text":"int twice(int x) { return 2 * x; }","also":[]'
  # what a macro makes is known to the object
  run -0 skein cache fn int_pair
  has 'notes.md#use:12
PAIR(int)'
  run -1 skein cache fn nobody
  has '[no-function]'
}

@test "path names the file of an entry" {
  there
  f=$(skein cache path notes.md#use)
  [ "$(sha256sum <"$f" | cut -c1-64)" = "${f: -65:2}${f: -62}" ]
  k=$(key notes.md#bad)
  run -0 skein cache path notes.md#bad --what src,messages
  [ "$output" = "$SKEIN_CACHE_DIR/z/${k:0:2}/${k:2}
$SKEIN_CACHE_DIR/f/${k:0:2}/${k:2}" ]
  run -2 skein cache path notes.md#bad
  has "no file has the lib of '${k:0:12}': it did not compile [no-entry]"
}

@test "what is kept for people may be damaged or lost, and runs do not notice" {
  with_copy
  f=$(skein cache path notes.md#use --what src)
  chmod u+w "$f"
  printf 'X' | dd of="$f" bs=1 seek=200 conv=notrunc status=none
  run -0 skein cache grep volume
  has 'is damaged, and not searched [damaged-entry]'
  run -2 skein cache show "$(basename "$(dirname "$f")")$(basename "$f")" --what src
  has 'was damaged, and is removed [damaged-entry]'
  has 'but no longer how it was made'
  [ ! -e "$f" ]
  run -0 skein cache show notes.md#use
  has ': entry, compiled in '
  rm -r "$SKEIN_CACHE_DIR/z"
  run -4 env SKEIN_TRACE=cache skein run -o - notes.md
  has "cache: reused 'use'"
  lacks 'cache: compiled'
}

@test "why of a cell that does not compile says how to look at it" {
  there
  run -0 skein why notes.md bad
  has 'to see it    skein cache checkout '
  word=$(sed -n 's/^to see it *skein cache checkout //p' <<<"$output")
  run -0 skein cache show "$word"
  has 'notes.md#bad: cell, failed'
}
