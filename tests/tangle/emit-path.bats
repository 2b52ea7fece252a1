load ../helper

tangle() { "$SKEIN_BUILD/tests/unit/emit" tangle . - doc.md "$@"; }

# Each path alone is refused with status 6, and nothing appears.
refused() {
  for path; do
    run -6 tangle "$path" text -
    has '[refused-path]'
  done
  [ ! -e .skein ]
}

@test "absolute paths and paths that lead out are refused" {
  refused /tmp/skein-never ../a a/../../a ./.. . ''
}

@test "a path that only visits its parent is that file" {
  run -0 tangle a/../b text -
  [ "$(cat b)" = text ]
}

@test "percent signs are a name like any other" {
  run -0 tangle '%2e%2e/a' text -
  [ "$(cat '%2e%2e/a')" = text ]
}

@test "names that cannot be shown are refused" {
  refused $'a\nb' $'a\tb' $'a\rb' $'a\eb' $'a\r' $'a\x7f' $'a\xff' $'a\xe2\x80\xaeb' 'a '
}

@test "version control and our own state are refused in any case" {
  refused .git/hooks/x sub/.git/config .GIT/config '.git./config' .hg/hgrc .svn/x \
    .skein/manifest skein.lua
}

@test "files that CI and shells obey are refused" {
  refused .github/workflows/a.yml .GitHub/Workflows/a.yml .gitlab-ci.yml .bashrc sub/.profile .envrc
}

@test "the user may allow files that CI and shells obey, but no version control" {
  run -0 "$SKEIN_BUILD/tests/unit/emit" tangle . t doc.md .github/workflows/a.yml text -
  [ -e .github/workflows/a.yml ]
  run -6 "$SKEIN_BUILD/tests/unit/emit" tangle . t doc.md .git/config text -
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

@test "targets that differ only in case are refused" {
  run -3 tangle Src/a text - src/A text -
  has '[target-twins]'
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
