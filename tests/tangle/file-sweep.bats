load ../helper

file() { "$SKEIN_BUILD/tests/unit/file" "$@"; }

# The process of this number is gone.
gone() {
  true &
  local pid=$!
  wait "$pid"
  echo "$pid"
}

start() { printf %s "$1" | sha256sum | cut -c1-16; }

# temp NAME PID OLD NEW KIND: the name of a temporary file, made as temp.h says.
temp() {
  local front
  front=.$1.skein-$2-$(start "$3")-$(start "$4")-
  echo "$front$(printf %s "$front" | sha256sum | cut -c1-8).$5"
}

@test "what a killed run left half written goes" {
  local t
  t=$(temp a "$(gone)" old new part)
  printf ne >"$t"
  file sweep a
  [ ! -e "$t" ]
}

@test "old and new content under temporary names go" {
  local one two
  one=$(temp a "$(gone)" old new new)
  two=$(temp b "$(gone)" old new old)
  printf old >"$one"
  printf new >"$two"
  file sweep a
  [ ! -e "$one" ]
  [ ! -e "$two" ]
}

@test "an edit caught in the middle of a commit is kept and named" {
  local t
  t=$(temp a "$(gone)" old new new)
  printf 'my edit' >"$t"
  run -0 file sweep a
  has "'a.skein-saved-1'"
  has '[saved-edit]'
  [ "$(cat a.skein-saved-1)" = 'my edit' ]
  [ ! -e "$t" ]
}

@test "files of a run that is still alive stay" {
  local t
  t=$(temp a $$ old new part)
  printf ne >"$t"
  file sweep a
  [ -e "$t" ]
}

@test "a name that is nearly ours is somebody else's" {
  local t
  t=$(temp a "$(gone)" old new part)
  printf 1 >"${t/.a./.b.}"
  printf 2 >.a.skein-1.part
  printf 3 >"$t.txt"
  file sweep a
  [ "$(cat ".b${t#.a}" .a.skein-1.part "$t.txt")" = 123 ]
}
