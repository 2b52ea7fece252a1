load ../helper

# Parts of the cache as one file.  One document is run once, and its cache is carried from there.

setup_file() {
  local top=$BATS_FILE_TMPDIR
  local SKEIN_CACHE_DIR=$top/cache PATH=$SKEIN_BUILD:$PATH
  export SKEIN_CACHE_DIR PATH LC_ALL=C.UTF-8 TZ=UTC
  unset SKEIN_TRACE SKEIN_MEM_FAIL CPATH C_INCLUDE_PATH LIBRARY_PATH	# as each test has it
  mkdir -p "$top/project/src"
  cd "$top/project" || return 1
  touch skein.lua
  echo 'int twice(int x) { return 2 * x; }' >src/list.c
  sed "s/'''/\`\`\`/g" >notes.md <<'END'
<!-- skein: sources=src/list.c -->

'''c
#include <stdio.h>
int twice(int);
int parse(const char *s) { int odd; return twice(s[0]); }
'''

'''c {cache=run}
printf("%d\n", parse("a"));
'''

'''c {#bad}
return undefined_thing;
'''
END
  skein run -q -o /dev/null notes.md 2>"$top/said" || [ $? = 4 ]
  skein cache export -q notes.md -o "$top/notes.skein"
  skein cache export -q --all -o "$top/all.skein"
}

# Where it was run, with a cache of the test's own.
there() {
  cd "$BATS_FILE_TMPDIR/project" || return 1
  cp -a "$BATS_FILE_TMPDIR/cache" "$BATS_TEST_TMPDIR/copy"
}

# frame: a zstd frame of standard input, as one raw block.
frame() {
  local n size
  cat >"$BATS_TEST_TMPDIR/raw"
  n=$(stat -c %s "$BATS_TEST_TMPDIR/raw")
  size=$((n * 8 + 1))
  printf '\x28\xb5\x2f\xfd\x00\x38'
  printf "$(printf '\\x%02x\\x%02x\\x%02x' $((size & 255)) $((size >> 8 & 255)) $((size >> 16)))"
  cat "$BATS_TEST_TMPDIR/raw"
}

# forge MEMBER...: files as tar packs them, without anything that tells who did and when.
forge() {
  tar --format=ustar --owner=0 --group=0 --numeric-owner --mtime=@0 --mode=0400 -b 1 -cf - "$@"
}

@test "a document is served from what was exported of another cache, without a compiler" {
  there
  export SKEIN_CACHE_DIR=$BATS_TEST_TMPDIR/new
  run -0 skein cache import --dry-run --json "$BATS_FILE_TMPDIR/notes.skein"
  has '{"dry-run":true,"new":{"files":'
  lacks '"new":{"files":0'
  has '"there":{"files":0,'
  [ ! -e "$SKEIN_CACHE_DIR/o" ]
  run -0 skein cache import "$BATS_FILE_TMPDIR/notes.skein"
  [[ $output == *' files, '*' KiB new' ]]
  run -4 skein run -q --no-compile -o "$BATS_TEST_TMPDIR/out.md" notes.md
  [ "$output" = "$(cat "$BATS_FILE_TMPDIR/said")" ]
  grep -qx 194 "$BATS_TEST_TMPDIR/out.md"
  run -0 skein cache show notes.md#bad --what log
  has undefined_thing
  run -0 skein cache verify
  has 'all is well'
  # All of a cache has what no document's ledger leads to, as well.
  run -0 skein cache import --json "$BATS_FILE_TMPDIR/all.skein"
  has '"recording":{"files":1,'
}

@test "the same cache gives the same bytes, and what is there already is not taken again" {
  there
  export SKEIN_CACHE_DIR=$BATS_TEST_TMPDIR/copy
  skein cache export --all -o - | cmp - "$BATS_FILE_TMPDIR/all.skein"
  [ "$(stat -c %a "$BATS_FILE_TMPDIR/all.skein")" = 600 ]
  run -0 skein cache import --json - <"$BATS_FILE_TMPDIR/all.skein"
  has '"new":{"files":0,'
  has '"refused":{"files":0,'
  # From a cache that was imported, in whatever order, too.
  export SKEIN_CACHE_DIR=$BATS_TEST_TMPDIR/new
  skein cache import -q "$BATS_FILE_TMPDIR/notes.skein"
  skein cache import -q "$BATS_FILE_TMPDIR/all.skein"
  skein cache export --all -o all.again
  cmp all.again "$BATS_FILE_TMPDIR/all.skein"
  rm all.again
}

@test "what is damaged is left out of an export, and what leads nowhere of an import" {
  there
  export SKEIN_CACHE_DIR=$BATS_TEST_TMPDIR/copy
  object=$(find "$SKEIN_CACHE_DIR/o" -type f | sort | head -n 1)
  chmod 600 "$object"
  echo x >>"$object"
  run -1 skein cache export --all -o out
  has "${object#"$SKEIN_CACHE_DIR/"} is left out: its bytes are not those of its name [bad-entry]"
  export SKEIN_CACHE_DIR=$BATS_TEST_TMPDIR/new
  run -1 skein cache import --json out
  has 'is left out: its object is not here [bad-entry]'
  has 'is left out: no result that it names is here [bad-entry]'
  has '"refused":{"files":2,'
  run -0 skein cache verify
  rm out
  # What the last run used, and is gone.
  export SKEIN_CACHE_DIR=$BATS_TEST_TMPDIR/copy
  rm -r "$SKEIN_CACHE_DIR/m"
  run -1 skein cache export notes.md -o out
  has 'it no longer leads to what the last run used [bad-entry]'
  rm out
}

@test "an archive that is cut, forged, newer or too large is refused" {
  mkdir in o o/ab
  head -c 3000 "$BATS_FILE_TMPDIR/all.skein" >cut
  run -6 skein cache import cut
  has "'cut' is refused: it is no archive of skein's, or it is cut [bad-archive]"
  printf 'skein cache archive 2\n' >skein-cache
  forge skein-cache | frame >newer
  run -6 skein cache import newer
  has "'newer' is of another version of skein; export it again, or import it with that [newer-archive]"
  printf 'skein cache archive 1\nfiles 1\nroom 4096\n' >skein-cache
  name=o/ab/cdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789
  echo 'no such object' >$name
  forge skein-cache $name | frame >forged
  run -1 skein cache import forged
  has "$name is left out: its bytes are not those of its name [bad-entry]"
  has '0 files, 0 B new; 1 file, 4.0 KiB refused'
  for kind in link hard; do
    rm $name
    [ $kind = link ] && ln -s /etc/passwd $name || ln cut $name
    [ $kind = link ] && forge skein-cache $name | frame >forged || forge cut skein-cache $name | frame >forged
    run -6 skein cache import - <forged
    has "'standard input' is refused: "
  done
  printf 'skein cache archive 1\nfiles 1\nroom 99999999999\n' >skein-cache
  forge skein-cache | frame >large
  run -7 skein cache import large
  has "'large' holds 93.1 GiB, and the cache may hold 2.0 GiB; SKEIN_CACHE_MAX_SIZE allows more [archive-limit]"
  [ -z "$(find "$SKEIN_CACHE_DIR/o" -type f 2>&-)" ]
  run -8 skein cache import missing
  run -2 skein cache import a b
}

@test "an export is written whole or not at all" {
  there
  export SKEIN_CACHE_DIR=$BATS_TEST_TMPDIR/copy
  cd "$BATS_TEST_TMPDIR"
  run -2 skein cache export none.md -o out
  has "the cache knows of no run of 'none.md'; run it first [unknown-document]"
  run -2 skein cache export . -o out
  has "'.' is a folder: name its documents, or take --all [unknown-document]"
  run -2 skein cache export -o out
  run -2 skein cache export --all notes.md -o out
  run -2 skein cache export --all
  run -2 skein cache export --all --json -o -
  [ ! -e out ]
  echo old >out
  run -8 bash -c 'ulimit -f 4; exec skein cache export --all -o out'
  has out
  [ "$(cat out)" = old ]
  [ -z "$(find . -maxdepth 1 -name '.out*')" ]
  run -0 skein cache export --all --json -o out
  has '"left-out":0}'
  cmp out "$BATS_FILE_TMPDIR/all.skein"
  mkfifo pipe
  run -6 skein cache export --all -o pipe
  run -8 skein cache export --all -o /dev/full/x
  run -8 bash -c 'skein cache export --all -o - >/dev/full'
}
