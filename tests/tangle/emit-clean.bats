load ../helper

emit() { "$SKEIN_BUILD/tests/unit/emit" "$@"; }
tangle() { emit tangle . - doc.md "$@"; }

@test "a target that is no longer named is listed, and stays" {
  : >doc.md
  tangle a A - b B -
  run -0 tangle a A -
  has "'b' was made from 'doc.md'"
  has '1 orphans'
  [ -e b ]
}

@test "clean removes it" {
  : >doc.md
  tangle a A - b B -
  run -0 emit clean . - doc.md a A -
  has '1 removed'
  [ -e a ]
  [ ! -e b ]
  run -0 tangle a A -
  lacks orphans
}

@test "clean leaves what was edited" {
  : >doc.md
  tangle a A - b B -
  printf mine >b
  run -0 emit clean . - doc.md a A -
  has '[edited-orphan]'
  [ "$(cat b)" = mine ]
}

@test "clean leaves files that only look like ours" {
  : >doc.md
  tangle b B -
  printf B >c
  printf x >.b.skein-1-2.new
  emit clean . - doc.md
  [ ! -e b ]
  [ -e c ]
  [ -e .b.skein-1-2.new ]
}

@test "a dry clean only counts" {
  : >doc.md
  tangle a A -
  run -0 emit clean . d doc.md
  has '1 removed'
  [ -e a ]
  run -0 emit clean . - doc.md
  [ ! -e a ]
}

@test "targets of another document are no orphans while it exists" {
  : >doc.md
  : >other.md
  emit tangle . - other.md b B -
  run -0 tangle a A -
  lacks orphans
  rm other.md
  run -0 tangle a A -
  has "'b' was made from 'other.md'"
}

@test "a target with an error in its document is no orphan" {
  : >doc.md
  tangle a A - b B -
  run -0 tangle a A - b '(broken)' -
  lacks orphans
  [ "$(cat b)" = B ]
}

@test "a manifest that names a forbidden path cannot make clean touch it" {
  : >doc.md
  tangle a A -
  mkdir .git
  printf A >.git/config
  sed -i 's|doc.md a$|doc.md .git/config|' .skein/manifest
  run -6 emit clean . - doc.md
  [ "$(cat .git/config)" = A ]
}
