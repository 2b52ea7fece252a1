load ../helper

tangle() { "$SKEIN_BUILD/tests/unit/emit" tangle . - doc.md "$@"; }

# What stands outside of the project, and the files in it that are not ours.
canary() {
  find out project -not -type d -not -path '*/.skein/*' -printf '%p %y %l %m %U %s %T@ %C@ %i\n' | sort
  find out -type d -printf '%p %T@ %C@\n' | sort
  cat out/secret project/doc.md project/file
}

@test "over 400 hostile names: each is refused, or is a name like others; nothing else changes" {
  mkdir -p project/dir project/inner out/deep
  printf secret >out/secret
  pushd project
  printf 'a document\n' >doc.md
  printf mine >file
  ln doc.md twin.md
  ln -s doc.md alias.md
  ln -s ../out/secret link
  ln -s ../out/secret secret.txt
  ln -s ../out away
  ln -s ../../out inner/away
  ln -s nowhere broken
  ln -s /proc proc
  ln -s /proc/self self
  ln -s /proc/self/fd fd
  ln -s loop loop
  mkfifo pipe
  python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
  mknod device c 1 3 2>/dev/null || ln -s /dev/null device
  mknod full c 1 7 2>/dev/null || ln -s /dev/full full
  popd
  canary >before
  cd project
  run -0 "$SKEIN_BUILD/tests/unit/emit" names . - doc.md <"$SKEIN_TOP/tests/hostile/names"
  cd ..
  echo "$output"
  [[ $output =~ ^[0-9]+\ names,\ 0\ wrong$ ]]
  [ "${output%% *}" -gt 400 ]
  diff -u before <(canary)
}

@test "the user may allow files that CI and shells obey, but no version control" {
  run -0 "$SKEIN_BUILD/tests/unit/emit" tangle . t doc.md .github/workflows/a.yml text -
  [ -e .github/workflows/a.yml ]
  run -6 "$SKEIN_BUILD/tests/unit/emit" tangle . t doc.md .git/config text -
}

@test "--trust-targets is the user's word for files that CI and shells obey" {
  doc a.md <<'END'
'''sh {file=.bashrc}
true
'''
END
  run -6 skein tangle a.md
  has '--trust-targets allows it'
  run -0 skein tangle --trust-targets a.md
  [ -e .bashrc ]
  run -0 skein check --trust-targets a.md
  : >a.md
  skein clean a.md
  [ ! -e .bashrc ]
  doc a.md <<'END'
'''sh {file=.git/hooks/pre-commit}
true
'''
END
  run -6 skein tangle --trust-targets a.md
  lacks 'allows it'
}

@test "a skein with rights that its caller has not does nothing" {
  case $SKEIN_BUILD in *asan | *tiny) skip "a sanitizer says no word of its own with such rights" ;; esac
  [ "$(id -u)" = 0 ] || skip "only root can try"
  cp "$SKEIN_BUILD/skein" lent
  chown 1234 lent
  chmod 4755 lent
  chmod 755 .
  run ./lent --version
  [ "$status" != 0 ] || skip "set-id bits count for nothing here"
  [ "$status" = 6 ]
  has '[foreign-rights]'
}

@test "the document is never a target, by whatever name" {
  printf 'text\n' >doc.md
  run -6 tangle doc.md other -
  has '[refused-path]'
  ln doc.md twin
  run -6 tangle twin other -
  has 'it is a document of this run'
  [ "$(cat doc.md)" = text ]
}

@test "a linked folder is refused and named" {
  mkdir real
  ln -s real link
  run -6 tangle link/a text -
  has "'link' is a link"
  run -6 tangle link/sub/a text -
  has "'link' is a link"
  [ "$(ls real)" = '' ]
}

@test "a link, a folder and a named pipe as target are named" {
  ln -s nowhere link
  mkdir folder
  mkfifo pipe
  run -6 tangle link text -
  has 'a symbolic link'
  run -6 tangle folder text -
  has 'a folder'
  run -6 tangle pipe text -
  has 'a named pipe'
}

@test "targets that differ only in case, or in how letters are written, are refused" {
  run -3 tangle Src/a text - src/A text -
  has '[target-twins]'
  # composed and decomposed; the sharp s; letters in other cases; a joiner that nobody sees
  run -3 tangle $'\xc3\xa9.c' text - $'e\xcc\x81''.c' text -
  has '[target-twins]'
  run -3 tangle $'stra\xc3\x9fe' text - STRASSE text -
  has '[target-twins]'
  run -3 tangle $'\xd0\x96/a' text - $'\xd0\xb6/A' text -
  has '[target-twins]'
  run -3 tangle $'a\xe2\x80\x8d''b' text - ab text -
  has '[target-twins]'
  [ ! -e .skein ]
  # equal only where fonts are poor: two files
  run -0 tangle $'\xd0\xb0' text - a text - $'\xef\xbd\x81' text - b text -
  has '4 written'
}

@test "one file by two spellings is refused" {
  run -3 tangle a text - ./a text -
  has 'is the same file'
}

@test "a target in the way of another's folder is refused" {
  run -3 tangle a/b text - A text -
  has '[target-prefix]'
}

@test "names that are too long have status 3 and name the limit" {
  run -3 tangle "$(printf 'x%.0s' {1..256})" text -
  has '255 bytes'
  run -3 tangle "$(printf 'x/%.0s' {1..2500})x" text -
  has '4095 bytes'
  has '[long-path]'
}
