load ../helper

# emit tangle|clean ROOT FLAGS DOC [PATH TEXT MODE]...
emit() { "$SKEIN_BUILD/tests/unit/emit" "$@"; }
tangle() { emit tangle . - doc.md "$@"; }

old() { touch -d '2001-02-03' "$1"; }
is_old() { [ "$(stat -c %y "$1" | cut -d' ' -f1)" = 2001-02-03 ]; }

@test "targets and their folders are made" {
  run -0 tangle src/a.c A - b B -
  has '2 written'
  [ "$(cat src/a.c b)" = AB ]
}

@test "a second run writes nothing" {
  tangle a A - b B 755
  old a
  old b
  run -0 tangle a A - b B 755
  [ "$output" = '2 unchanged' ]
  is_old a
  is_old b
}

@test "a target that is up to date in a fresh clone is adopted, not written" {
  printf A >a
  old a
  run -0 tangle a A -
  has '1 adopted'
  is_old a
  run -0 tangle a NEW -
  [ "$(cat a)" = NEW ]
}

@test "only the target that differs is written" {
  tangle a A - b B -
  old a
  run -0 tangle a A - b NEW -
  has '1 written'
  is_old a
  [ "$(cat b)" = NEW ]
}

@test "mode is set, and honoured when it changes alone" {
  tangle a A 755
  [ "$(stat -c %a a)" = 755 ]
  old a
  run -0 tangle a A 640
  [ "$(stat -c %a a)" = 640 ]
  is_old a
}

@test "without a mode the old file's mode stays" {
  tangle a A -
  chmod 751 a
  tangle a NEW -
  [ "$(stat -c %a a)" = 751 ]
}

@test "set-id bits are refused" {
  run -6 tangle a A 4755
  has '[refused-mode]'
  [ ! -e a ]
}

@test "a target deleted by hand is made again, with a note" {
  tangle a A -
  rm a
  run -0 tangle a A -
  has "note: 'a' was gone"
  [ "$(cat a)" = A ]
}

@test "an empty block makes an empty file but never replaces somebody's" {
  printf mine >b
  run -0 tangle a '' - b '' -
  [ -e a ]
  [ ! -s a ]
  [ "$(cat b)" = mine ]
  has '[empty-target]'
}

@test "the state folder ignores itself" {
  tangle a A -
  [ "$(cat .skein/.gitignore)" = '*' ]
}

@test "with no target there is no state folder" {
  tangle
  [ ! -e .skein ]
}

@test "nothing is left beside the targets" {
  tangle a 1 -
  tangle a 2 -
  diff -u <(find . -path ./.cache -prune -o -type f -printf '%P\n' | sort) - <<'END'
.skein/.gitignore
.skein/manifest
a
END
}

@test "when the third target cannot be written, the first two keep their content" {
  command -v strace >/dev/null || skip "no strace"
  tangle a 1 - b 1 - c 1 -
  # The manifest's exchange comes first, then a, b and c.
  run -8 strace -E ASAN_OPTIONS=detect_leaks=0 -qq -o /dev/null -e inject=renameat2:error=EIO:when=4 \
    "$SKEIN_BUILD/tests/unit/emit" tangle . - doc.md a 2 - b 2 - c 2 -
  [[ $output != *PTRACE* ]] || skip "strace cannot trace here"
  [ "$(cat a b c)" = 111 ]
  run -0 tangle a 3 - b 3 - c 3 -
  [ "$(cat a b c)" = 333 ]
}

@test "when a target's folder cannot be made, no target is written" {
  printf x >file
  run -6 tangle a A - file/b B -
  has "'file' is a link or a file"
  [ ! -e a ]
}

@test "a decision is traced with its reason" {
  tangle a A -
  SKEIN_TRACE=emit run -0 tangle a A - b B -
  has "emit: 'a' left, same content"
  has "emit: 'b' created"
}
