load ../helper

# The cache's keeping: gc, clean, stats, list, verify, doctor. What goes in which
# order is tested in tests/unit/gc.c, with forged entries.

# One run of a document for all tests: a cell that compiles, and one that does not.
setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  doc a.md <<'EOF'
'''c {#good}
int answer = 42;
'''
'''c {#bad fails=compile}
int wrong = ;
'''
EOF
  env -u CPATH -u C_INCLUDE_PATH -u LIBRARY_PATH LC_ALL=C.UTF-8 TZ=UTC SKEIN_CACHE_DIR="$PWD/cache" \
    "$SKEIN_BUILD/skein" run -q -o /dev/null a.md
}

# two_cells: its cache.
two_cells() {
  doc=$BATS_FILE_TMPDIR/a.md
  cp -a "$BATS_FILE_TMPDIR/cache" .cache
}

# old FILES...: last used ten days ago.
old() {
  touch -d '10 days ago' "$@"
}

@test "a limit of the cache that cannot be read is told, and what holds without it holds" {
  printf '```c\n1\n```\n' >a.md
  run -0 env SKEIN_CACHE_MAX_SIZE=lots skein run -o - a.md
  has "warning: SKEIN_CACHE_MAX_SIZE='lots' is not a size like 300M, and does not count [cache-limit]"
  run -0 env SKEIN_CACHE_MAX_SIZE=lots skein run -o - a.md
  lacks cache-limit
}

@test "cache stats counts what runs did, and what the cache holds" {
  two_cells
  skein run -q -o /dev/null "$doc"
  run -0 skein cache stats --json
  has '"runs":2,"hits":1,"failures-replayed":1,'
  has '"misses-new":2,'
  has '"compiled":2,'
  has '"published":2,'
  has '"failure":{"files":1,'
  has '"object":{"files":1,'
  has "cache\",\"files\":$(find .cache/? -type f | wc -l),"
  run -0 skein cache stats --reset
  has "$PWD/.cache holds "
  has ' of at most 2.0 GiB'
  has '2  hits (50.0 %), 1 of them failures, which saved '
  has '2  misses: 2 new, 0 with changed inputs, 0 damaged'
  run -0 skein cache stats
  has 'no run was counted yet'
}

@test "cache list shows entries with their cells, and takes out of a document what clean takes" {
  two_cells
  run -0 skein cache list --sort name
  [[ ${lines[0]} =~ ^[0-9a-f]{12}\ \ failure\ .*\ a\.md#bad$ ]]
  [[ ${lines[1]} =~ ^[0-9a-f]{12}\ \ result\ .*KiB.*\ ms\ \ a\.md#good$ ]]
  run -0 skein cache list --doc "$doc" --cell 1 --json
  has "\"document\":\"$doc\",\"label\":\"good\"}]"
  lacks '"bad"'
  [[ $output =~ \"key\":\"([0-9a-f]{64})\" ]]
  key=${BASH_REMATCH[1]}
  run -0 skein cache list --keys --what lib
  [ "$output" = "$key" ]
  run -0 skein cache list --limit 1 --sort size --what lib,fail
  [ "${#lines[@]}" = 1 ]
  has 'a.md#good'
  run -2 skein cache list --sort hits
  has "--sort takes age, size, time or name, not 'hits'"
  run -2 skein cache list --doc none.md
  has "the cache knows of no run of 'none.md' [unknown-document]"
  run -2 skein cache list --doc "$doc" --cell ugly
  has "the last run of '$doc' had no cell 'ugly'"

  run -0 skein cache clean --doc "$doc" --cell bad --dry-run
  has 'would remove '
  has '1     4.0 KiB  failure'
  run -0 skein cache clean --doc "$doc" --cell bad
  run -0 skein cache list
  lacks 'a.md#bad'
  has 'a.md#good'
  # without its ledger it is known by what was kept of the making
  run -0 skein cache clean --what doc
  run -0 skein cache list
  has 'a.md#good'
}

@test "cache clean asks what, and removes nothing that is not ours" {
  two_cells
  run -2 skein cache clean
  has 'nothing is chosen: --all removes everything'
  run -2 skein cache clean --what lib,flib
  has "not 'flib' [usage]"
  run -2 skein cache clean --cell good
  has '--cell needs --doc'
  echo mine >.cache/README
  folder=$(dirname "$(find .cache/o -type f)")
  ln -s ../../README "$folder/link"
  n=$(find .cache/? -type f | wc -l)
  run -0 skein cache clean --all --dry-run
  has "would remove $n files"
  [ "$(find .cache/? -type f | wc -l)" = "$n" ]
  run -0 skein cache clean --older 7d
  has 'nothing to remove'
  run -0 skein cache clean --what fail --json
  has '{"dry-run":false,'
  has '"failure":{"files":1,'
  lacks '"object":'
  run -0 skein cache clean --all
  has '0 files, 0 B are left'
  [ -z "$(find .cache/? -type f)" ]
  [ -e .cache/README ]
  [ -L "$folder/link" ]
  run -0 skein run --explain -o /dev/null "$doc"
  has 'never compiled'
}

@test "cache gc removes what is old or too much, but nothing of a document to keep" {
  two_cells
  run -0 skein cache gc
  has 'nothing to remove: '
  old .cache/?/*/*
  run -0 skein cache gc --max-age 7d --keep "$doc"
  run -0 skein cache list --keys --doc "$doc"
  [ "${#lines[@]}" = 2 ]
  run -2 skein cache gc --max-age 7d --keep b.md
  has '[unknown-document]'
  run -2 skein cache gc --max-age soon
  has "--max-age takes a time like 7d, not 'soon'"
  run -0 env SKEIN_CACHE_MAX_AGE=7d skein cache gc --dry-run --json
  has '{"dry-run":true,'
  has '"left":{"files":0,'
  run -0 skein cache gc --max-size 16K
  [ "$(find .cache/? -type f | wc -l)" -le 4 ]
  run -0 skein cache verify
  run -0 skein run -o /dev/null "$doc"
}

@test "cache gc waits for the collector that is at work, and counts are not reset under a run" {
  skein cache path >/dev/null
  # GATE_COLLECT and GATE_STATS, alone (F_WRLCK), by F_OFD_SETLK
  perl -e 'open(my $f, "+<", ".cache/locks") or die;
    for my $gate (1, 2) { fcntl($f, 37, pack("ssx4qqlx4", 1, 0, (1 << 62) + $gate, 1, 0)) or die $!; }
    open(my $l, ">", "locked"); select(undef, undef, undef, 0.01) until -e "over";' &
  until [ -e locked ]; do :; done
  run -9 skein cache stats --reset
  has '[cache-busy]'
  skein cache gc >out &
  gc=$!
  kill -0 "$gc"
  [ ! -s out ]
  : >over
  wait "$gc"
  grep -q 'nothing to remove' out
}

@test "cache verify finds what is damaged or dangling, and --fix takes it away" {
  two_cells
  run -0 skein cache verify --deep
  has ' read: all is well'
  object=$(find .cache/o -type f)
  chmod u+w "$object"
  printf x | dd of="$object" bs=1 seek=3000 conv=notrunc status=none
  about=$(find .cache/z -type f | head -n 1)
  chmod u+w "$about" && truncate -s -1 "$about"
  run -1 skein cache verify
  has "damaged object: ${object#.cache/}: its bytes are not those of its name"
  has "damaged about: ${about#.cache/}: it does not fit its checksum"
  has '2 problems; --fix takes them away'
  run -0 skein cache verify --fix --json
  has '"problems":2,"fixed":true,'
  run -0 skein cache verify
  skein run -q -o /dev/null "$doc"
  find .cache/o .cache/i -type f -delete
  touch "$(dirname "$object")/notes.txt"
  run -1 skein cache verify
  has 'its object is gone'
  has 'it names a result or inputs that are gone'
  has 'notes.txt: it is not ours, and nothing touches it'
  run -0 skein cache verify --fix
  run -0 skein cache verify
  run -0 skein run -o /dev/null "$doc"
}

@test "cache verify leaves an object of another machine, which may share the folder" {
  two_cells
  object=$(find .cache/o -type f)
  cp "$object" other
  chmod 600 other
  printf '\377\177' | dd of=other bs=1 seek=18 conv=notrunc status=none   # e_machine
  name=$(sha256sum other | cut -d ' ' -f 1)
  mkdir -p ".cache/o/${name:0:2}"
  install -m 400 other ".cache/o/${name:0:2}/${name:2}"
  run -0 skein cache verify --fix
  has '1 file of another version of skein, or of another machine'
  cmp other ".cache/o/${name:0:2}/${name:2}"
}

@test "cache verify and gc leave alone what another version of skein has written" {
  two_cells
  result=$(find .cache/a -type f)
  sed 's/^skein result 2/skein result 1/' "$result" >new
  chmod u+w "$result" && cat new >"$result"
  run -0 skein cache verify
  has '1 file of another version of skein'
  old .cache/o/*/*
  run -0 skein cache gc
  [ -e "$result" ]
  [ -n "$(find .cache/o -type f)" ]
}

@test "cache doctor tries what the cache needs, and says what to do" {
  run -0 skein cache doctor
  has "ok       folder: $PWD/.cache"
  has 'ok       locks: hold between processes, and end with them'
  has 'ok       hard links: work'
  has 'ok       compiler: '
  has "ok       environment: SKEIN_CACHE_DIR=$PWD/.cache"
  [ -z "$(find .cache/t -mindepth 1)" ]
  touch -d '3 days ago' .cache/t/host.1.1
  run -1 skein cache doctor --json
  has '{"warnings":1,'
  has '"ok":false,"what":"1, 1 of them older than a day"'
  chmod 777 .cache
  run -8 skein cache doctor
  has '[unsafe-cache]'
  chmod 700 .cache
  run -8 env SKEIN_CACHE_DIR=/proc/nothing skein cache doctor
  has '[no-cache]'
}
