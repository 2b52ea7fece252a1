load ../helper

# skein init: a project to begin with.

@test "what init writes runs, passes check and tangle --check, and explains itself" {
  run -0 skein init notes
  has 'skein run notes/notebook.md'
  cd notes
  cp notebook.md before.txt
  run -0 skein check .
  [ -z "$output" ]
  skein tangle --check .
  skein run -q notebook.md
  cmp notebook.md before.txt
  [ "$(skein config notebook.md cflags | awk '{ print $4 }')" = project ]
  sed -i 's/int n)/int size)/' mean.h               # it is ours, so an edit is one
  run -9 skein tangle notebook.md
}

@test "init replaces nothing: what is in the way is named, and then nothing is written" {
  mkdir notes
  ln -s nowhere notes/skein.lua
  run -9 skein init --ci github notes
  has "'notes/skein.lua' is there already, and skein init replaces nothing [file-exists]"
  [ "$(find notes -mindepth 1)" = notes/skein.lua ]
  mkdir tangled
  touch tangled/mean.h
  run -9 skein init tangled
  [ "$(ls -A tangled)" = mean.h ]
  run -2 skein init --ci jenkins
  skein init -q -- -x
  [ -s ./-x/mean.h ]
  mkdir ours
  cd ours
  skein init -q --ci gitlab
  grep -q '^    - skein check ' .gitlab-ci.yml
}
