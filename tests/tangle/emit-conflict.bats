load ../helper

emit() { "$SKEIN_BUILD/tests/unit/emit" "$@"; }
tangle() { emit tangle . - doc.md "$@"; }

@test "an edited target is a conflict, shown and kept" {
  tangle a $'one\ntwo\nthree\n' -
  printf 'one\nTWO\nthree\n' >a
  run -9 tangle a $'one\ntwo\nthree\nfour\n' -
  has '[edited-target]'
  has 'a:2:1: note: -TWO'
  has 'a:2:1: note: +two'
  [ "$(sed -n 2p a)" = TWO ]
}

@test "with a conflict nothing else is written, and every conflict is named" {
  tangle a A - b B - c C -
  printf x >a
  printf y >b
  run -9 tangle a A - b B - c NEW -
  has '2 conflicts'
  [ "$(cat c)" = C ]
}

@test "somebody's file with other content is a conflict" {
  printf mine >a
  run -9 tangle a A -
  has 'is there already'
  [ "$(cat a)" = mine ]
}

@test "force replaces an edited target and keeps it beside" {
  tangle a A -
  printf mine >a
  chmod 640 a
  run -0 emit tangle . f doc.md a A -
  has "kept as 'a.skein-saved-1'"
  [ "$(cat a)" = A ]
  [ "$(cat a.skein-saved-1)" = mine ]
  [ "$(stat -c %a a.skein-saved-1)" = 640 ]
}

@test "an edit that was taken into the document is no conflict" {
  tangle a A -
  printf NEW >a
  run -0 tangle a NEW -
  has '1 adopted'
}

@test "check writes nothing and names what is stale" {
  tangle a A - b B - c C 755
  rm b
  chmod 644 c
  run -1 emit tangle . c doc.md a NEW - b B - c C 755
  has "'a' differs from the document [stale-target]"
  has "'b' is missing [stale-target]"
  has "'c' has another mode [stale-target]"
  [ "$(cat a)" = A ]
  [ ! -e b ]
}

@test "check is content when all is up to date, even where nothing was recorded" {
  printf A >a
  run -0 emit tangle . c doc.md a A -
  [ ! -e .skein ]
}

@test "a dry run only counts" {
  run -0 emit tangle . d doc.md a A - b B -
  has '2 written'
  [ ! -e a ]
  [ ! -e .skein ]
}

@test "an edit during a run is a conflict, and is not lost" {
  command -v strace >/dev/null || skip "no strace"
  tangle a 1 -
  # Stop the run when the new content of `a` is complete (the manifest's is the
  # first), edit, and let it go on to its commit.
  strace -E ASAN_OPTIONS=detect_leaks=0 -qq -o /dev/null -e inject=renameat:signal=STOP:when=2 \
    "$SKEIN_BUILD/tests/unit/emit" tangle . - doc.md a 2 - 3>&- >out 2>&1 &
  pid=$!
  until compgen -G '.a.skein-*.new' >/dev/null || ! kill -0 $pid; do :; done
  printf 'my edit' >a
  xargs -r kill -CONT <"/proc/$pid/task/$pid/children"
  status=0
  wait $pid || status=$?
  [[ $(cat out) != *PTRACE* ]] || skip "strace cannot trace here"
  [ "$status" = 9 ]
  grep -F '[changed-meanwhile]' out
  [ "$(cat a)" = 'my edit' ]
}

@test "a killed run leaves no false conflict" {
  command -v strace >/dev/null || skip "no strace"
  tangle a 1 - b 1 -
  # Killed at b's exchange: a is new, b is old, the manifest knows both.
  done_or_killed strace -E ASAN_OPTIONS=detect_leaks=0 -qq -o /dev/null \
    -e inject=renameat2:signal=KILL:when=3 "$SKEIN_BUILD/tests/unit/emit" tangle . - doc.md a 2 - b 2 -
  [ "$(cat b)" = 1 ] || skip "strace cannot trace here"
  [ "$(cat a)" = 2 ]
  run -0 tangle a 3 - b 3 -
  [ "$(cat a b)" = 33 ]
  run ! compgen -G '.*.skein-*'
}

@test "a manifest of a newer skein is refused and left alone" {
  tangle a A -
  sed -i '1s/.*/skein manifest 2/' .skein/manifest
  cp .skein/manifest before
  run -3 tangle a NEW -
  has '[newer-manifest]'
  diff -u before .skein/manifest
  [ "$(cat a)" = A ]
}

@test "a damaged manifest is named with its line" {
  tangle a A -
  echo '<<<<<<< ours' >>.skein/manifest
  run -3 tangle a A -
  has '.skein/manifest:3:1: error:'
  has '[damaged-manifest]'
}

@test "two runs at once do not mix" {
  for i in 1 2 3 4 5 6 7 8; do
    "$SKEIN_BUILD/tests/unit/emit" tangle . - doc.md a $i - b $i - c $i - >"out$i" 2>&1 3>&- &
  done
  wait
  got=$(cat a b c)
  [ "$got" = "${got:0:1}${got:0:1}${got:0:1}" ]
  for i in 1 2 3 4 5 6 7 8; do
    grep -qE 'written|\[locked\]' "out$i"
  done
}

@test "two documents that are tangled one by one cannot write one target in turn" {
  : >one.md
  : >two.md
  emit tangle . - one.md a A -
  run -3 emit tangle . - two.md a B -
  has "target 'a' was made from 'one.md'"
  has '[target-twins]'
  [ "$(cat a)" = A ]
  # equal content, a document that is gone and --force are no quarrel
  run -0 emit tangle . - two.md a A -
  emit tangle . - one.md a A -
  run -0 emit tangle . f two.md a B -
  rm two.md
  run -0 emit tangle . - one.md a C -
  [ "$(cat a)" = C ]
}
