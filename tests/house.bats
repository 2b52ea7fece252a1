load helper

# What holds the house together: layers, doors, headers, messages, links.

setup() {
  cd "$SKEIN_TOP" || return 1
  PATH=$SKEIN_BUILD:$PATH
  export SKEIN_CACHE_DIR=$BATS_TEST_TMPDIR/.cache XDG_CONFIG_HOME=$BATS_TEST_TMPDIR/.config
}

# "path rank" of each file that docs/layers names, in reading order.
ranks() {
  awk '!/^#/ && NF {
    for (i = 2; i <= NF; i++) {
      n++
      parts = split($i, part, "+")
      for (k = 1; k <= parts; k++) print $1 "/" part[k], n
    } }' docs/layers
}

@test "a file includes only what stands above it in docs/layers" {
  ranks >"$BATS_TEST_TMPDIR/ranks"
  grep -HoE '^#include "(tangle|runner)/[^"]*"' tangle/*/*.[ch] runner/*/*.[ch] |
    sed -E 's/\.[ch]:#include "/ /; s/\.h"$//' |
    awk -v ranks="$BATS_TEST_TMPDIR/ranks" '
      BEGIN { while ((getline line < ranks) > 0) { split(line, f, " "); rank[f[1]] = f[2] } }
      $1 == $2 { next }
      $1 ~ /^runner\/(host|lua|cli\/cmd_)/ { next }
      !($1 in rank) { print $1 " is not in docs/layers"; next }
      !($2 in rank) { print $2 " is not in docs/layers"; next }
      rank[$1] < rank[$2] { print $1 " includes " $2 ", which stands below it" }' |
    sort -u | tee "$BATS_TEST_TMPDIR/wrong"
  [ ! -s "$BATS_TEST_TMPDIR/wrong" ]
}

@test "the tangler knows nothing of the runner" {
  run -1 grep -rn '#include "runner/' tangle
}

@test "the host and what it loads for Lua include nothing of ours but the protocol and what cells include" {
  run grep -hE '^#include "' runner/host/*.[ch]
  lacks '"tangle/'
  run -1 grep -vE '^#include "runner/(host/[a-z]+|session/protocol|include/skein/show)\.h"' <<<"$output"
  run awk '/^#include "/ && !/runner\/(lua\/[a-z]+|host\/part|session\/protocol)\.h"/ { print FILENAME ": " $0; bad = 1 }
    END { exit bad }' $(ls runner/lua/*.[ch] 2>/dev/null) /dev/null
  [ "$status" = 0 ]
}

@test "the tangler's archive never starts a process" {
  run nm -u "$SKEIN_BUILD/libtangle.a"
  for call in fork vfork execve execv execvp execvpe execl execlp execle fexecve execveat posix_spawn \
      posix_spawnp system popen clone wordexp daemon dlopen dlmopen socket connect ptrace getaddrinfo iconv_open; do
    ! grep -qE " U $call(@|$)" <<<"$output" || { echo "libtangle.a calls $call"; return 1; }
  done
}

@test "each library comes in by one door" {
  for header in cmark.h lua yaml.h nettle/ jansson.h elfutils/ dwarf.h gelf.h libelf.h pcre2 zstd utf8proc ffi.h; do
    run grep -lE "^#include <$header" -r tangle runner --include=*.[ch]
    case $header in
    lua) [ -z "$(grep -vE '^(tangle/project/closed.h|runner/lua/bridge.h)$' <<<"$output")" ] || { echo "$header: $output"; return 1; } ;;
    elfutils/ | dwarf.h) [ "$output" = runner/session/die.h ] || [ -z "$output" ] || { echo "$header: $output"; return 1; } ;;
    *) [ "$(wc -w <<<"$output")" -le 1 ] || { echo "$header: $output"; return 1; } ;;
    esac
  done
}

# A header that its own source includes first was compiled alone by the build.
@test "every header compiles alone" {
  for h in tangle/*/*.h runner/*/*.h; do
    case $h in runner/host/*) continue ;; esac
    [ "$(grep -m1 '^#include' "${h%.h}.c" 2>/dev/null)" = "#include \"$h\"" ] && continue
    echo "#include \"$h\"" | ${CC:-gcc} -std=c11 -D_POSIX_C_SOURCE=200809L -I. -Wall -Werror -fsyntax-only -x c - ||
      { echo "$h does not compile alone"; return 1; }
  done
}

# The ids of all messages in the code.
ids() {
  cat tangle/*/*.c runner/*/*.c | perl -0777 -ne '
    while (/diag_(?:error|warning)\((?:[^;"]|\n)*?"([a-z][a-z0-9-]*)"/g) { print "$1\n" }' | sort -u
}

@test "the message ids of the code are those of the manual and of examples/broken, and each has a test" {
  cd "$BATS_TEST_TMPDIR" || return 1
  (cd "$SKEIN_TOP" && ids) >code
  sed -n 's/^\.It Li //p' "$SKEIN_TOP/docs/skein-messages.7" | sort -u >manual
  grep -rhoE '\[[a-z][a-z0-9-]*\]|"[a-z][a-z0-9-]*"' "$SKEIN_TOP/tests" | tr -d '[]"' | sort -u >tests
  comm -23 code manual | sed 's/$/ is not in docs\/skein-messages.7/' >missing
  comm -23 code tests | sed 's/$/ stands in no test/' >>missing
  (cd "$SKEIN_TOP/examples/broken" && ls -- *.md) | sed 's/\.md$//; /^README$/d' | sort >examples
  comm -23 manual examples | sed 's/$/ has no page in examples\/broken/' >>missing
  comm -13 manual examples | sed 's/$/ of examples\/broken is not in docs\/skein-messages.7/' >>missing
  while read -r id; do          # some are not said through diag, or stand in a table
    grep -qF -e "\"$id\"" -e "[$id]" "$SKEIN_TOP"/{tangle,runner}/*/*.c || echo "nothing says $id"
  done <manual >>missing
  while read -r id; do          # the page of a message shows it
    grep -q "\[$id\]" "$SKEIN_TOP/examples/broken/$id.md" || echo "the page of $id does not show it"
  done <examples >>missing
  cat missing
  [ -s code ] && [ ! -s missing ]
}

# lacking PAGE COMMAND...: its flags that the page does not name.
lacking() {
  local page=$1 f
  shift
  [ -e "$page" ] || { echo "no $page"; return; }
  for f in $("$SKEIN_BUILD/skein" "$@" --help | sed -nE 's/^  (-., )?--([a-z-]+).*/\2/p' |
      grep -vxE 'help|quiet|verbose|color'); do
    grep -qE -- "(Fl|,) -$f( |\$)" "$page" || echo "$page: no --$f"
  done
}

@test "every command and verb has a manual page with all its flags" {
  for f in help quiet verbose color; do grep -q -- "Fl -$f" docs/skein.1; done
  n=0
  for c in $("$SKEIN_BUILD/skein" --help | sed -n 's/^  \([a-z]*\) .*/\1/p'); do
    grep -q "^\.It Cm $c ," docs/skein.1 || echo "command $c is not in skein.1"
    [ "$c" = cache ] || lacking "docs/skein-$c.1" "$c"
  done >"$BATS_TEST_TMPDIR/wrong"
  for v in $("$SKEIN_BUILD/skein" cache --help | sed -n 's/^  cache \([a-z]*\) .*/\1/p'); do
    grep -q "^\.It Xr skein-cache-$v 1" docs/skein-cache.1 || echo "verb $v is not in skein-cache.1"
    lacking "docs/skein-cache-$v.1" cache "$v"
    n=$((n + 1))
  done >>"$BATS_TEST_TMPDIR/wrong"
  cat "$BATS_TEST_TMPDIR/wrong"
  [ "$n" -gt 0 ] && [ ! -s "$BATS_TEST_TMPDIR/wrong" ]
}

@test "the examples of manual pages name commands, verbs and flags that there are" {
  sed -n 's/^\.Dl \$ skein //p' docs/*.1 | sed 's/\\-/-/g; s/ &&.*//; s/ [|>].*//' >"$BATS_TEST_TMPDIR/lines"
  [ "$(wc -l <"$BATS_TEST_TMPDIR/lines")" -gt 20 ]
  while read -ra w; do
    c=("${w[0]}")
    [ "${w[0]}" != cache ] || c+=("${w[1]}")
    help=$("$SKEIN_BUILD/skein" "${c[@]}" --help) || { echo "skein ${w[*]}"; return 1; }
    for f in "${w[@]:1}"; do
      case $f in -?*) grep -qE -- "(^  |, )$f(,| |\$)" <<<"$help" || { echo "skein ${w[*]}: $f"; return 1; } ;; esac
    done
  done <"$BATS_TEST_TMPDIR/lines"
}

@test "the manual page lists the options that there are (else: make manual)" {
  PATH=$SKEIN_BUILD:$PATH tests/options docs/skein.1 | diff docs/skein.1 -
}

@test "docs/messages.md has all messages and what to do (else: make manual)" {
  PATH=$SKEIN_BUILD:$PATH tests/messages | diff docs/messages.md -
}

@test "docs/options.md has a row for each option, with its places and default" {
  PATH=$SKEIN_BUILD:$PATH skein config --schema | jq -r '
    (.places | if . == ["user"] then "user" elif index("block") and index("document") then "both"
       elif index("block") then "block" elif index("document") then "document" else "project" end) as $place
    | "\(.name) \($place)\(if .adds_up then ", adds up" else "" end) \(.default // "")"' >"$BATS_TEST_TMPDIR/table"
  sed -n 's/^| `\([a-z-]*\)` | \([a-z]*\)\(, adds up\)\{0,1\} |.*| \(`[^|]*\)\{0,1\}|$/\1 \2\3 \4/p' docs/options.md |
    sed 's/; of lmt.*//; s/`//g; s/ *$//' | sort | diff <(sed 's/ *$//' "$BATS_TEST_TMPDIR/table" | sort) -
}

@test "docs/files.md has every variable of the environment that the code asks for" {
  for v in $(grep -rhoE '(getenv|variable)\("[A-Z_]+"\)' tangle runner/*/*.c | sed 's/.*("//; s/".*//' | sort -u); do
    case $v in
    GITHUB_* | GIT_CONFIG_COUNT | SKEIN_MEM_FAIL) continue ;;	# of CI, of git, of the tests
    SKEIN_CACHE_* | PKG_CONFIG_*) v=_${v#*_*_} ;;		# in a row together
    esac
    grep -q "$v" docs/files.md || { echo "docs/files.md: no $v"; return 1; }
  done
}

@test "the manual pages are clean mdoc" {
  command -v mandoc >/dev/null || skip "mandoc is not installed"
  mandoc -T lint -W warning docs/*.[137] "$SKEIN_BUILD/skein-messages.7"
}

@test "no link of the manual, README and the examples leads nowhere, and the index has every page" {
  tests/links.py README.md CHANGELOG.md docs/*.md $(git ls-files 'examples/*.md')
  for page in docs/*.md docs/*.[137]; do
    case $page in docs/README.md | docs/skein-*.1) continue ;; esac
    grep -qF "](${page#docs/})" docs/README.md || { echo "docs/README.md does not name $page"; return 1; }
  done
}

# The rows of the source documents (A: Entangled and noodles, B: cffi, D: a notebook, C: dijitso).
rows() {
  printf 'A%d\n' {1..19}
  printf 'B%d\n' {1..5} {7..16} 18
  printf 'D%dh\n' {1..13} 15 {17..19} {22..24} 27
  printf 'C%d\n' {1..41} {43..45} {47..65}
}

@test "each capability of the source documents has its row in the manual, or a reason" {
  sed -n 's/^|.*| *\([A-D0-9h, ]*\) |$/\1/p' docs/coming-from.md >"$BATS_TEST_TMPDIR/last"
  sed -n '/^## Not built, because/,/^## /s/^| *\([A-D][A-Da-z0-9, ]*\) |.*/\1/p' docs/decisions.md |
    sed 's/, part//' >>"$BATS_TEST_TMPDIR/last"
  tr -s ', ' '\n' <"$BATS_TEST_TMPDIR/last" | sort -u >"$BATS_TEST_TMPDIR/there"
  rows | sort >"$BATS_TEST_TMPDIR/wanted"
  [ "$(wc -l <"$BATS_TEST_TMPDIR/wanted")" = 119 ]
  comm -23 "$BATS_TEST_TMPDIR/wanted" "$BATS_TEST_TMPDIR/there" | tee "$BATS_TEST_TMPDIR/missing"
  [ ! -s "$BATS_TEST_TMPDIR/missing" ]
}

@test "README and docs are true" {
  run -0 "$SKEIN_BUILD/skein" check README.md docs
}

@test "the picture of the README is what skein makes of its document (else: make picture)" {
  tests/picture "$SKEIN_BUILD" | diff -u docs/before-after.svg -
}
