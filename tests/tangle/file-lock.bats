load ../helper

file() { "$SKEIN_BUILD/tests/unit/file" "$@"; }

# Start a process that holds the lock on $1 until fd 5 closes; sets $holder.
hold() {
  mkfifo go said
  "$SKEIN_BUILD/tests/unit/file" lock . "$1" 0 <go >said 3>&- &
  holder=$!
  exec 5>go
  read -r line <said
  [ "$line" = locked ]
}

@test "a second run is told which process holds the lock" {
  printf x >doc.md
  hold doc.md
  run -9 file lock . doc.md 0 </dev/null
  has "process $holder"
  has '[locked]'
  exec 5>&-
  wait "$holder"
}

@test "one document by two paths has one lock" {
  printf x >doc.md
  ln -s doc.md other.md
  hold doc.md
  run -9 file lock . "$PWD/other.md" 0 </dev/null
  exec 5>&-
  wait "$holder"
}

@test "a run that waits gets the lock when the other ends" {
  hold doc.md
  mkfifo waiting
  "$SKEIN_BUILD/tests/unit/file" lock . doc.md -1 </dev/null >waiting 3>&- 5>&- &
  exec 6<waiting
  exec 5>&-
  read -r line <&6
  [ "$line" = locked ]
  wait
}

@test "the lock of a killed run is free" {
  hold doc.md
  kill -9 "$holder"
  ended "$holder" 137
  run -0 file lock . doc.md 0 </dev/null
  has locked
  exec 5>&-
}

@test "the folder of the locks ignores itself and keeps no litter" {
  run -0 file lock . doc.md 0 </dev/null
  [ "$(cat .skein/.gitignore)" = '*' ]
  [ "$(ls .skein)" = '' ]
}
