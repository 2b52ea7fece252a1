load ../helper

file() { "$SKEIN_BUILD/tests/unit/file" "$@"; }

# Nothing but these names stands in the folder.
only() {
  diff -u <(printf '%s\n' "$@" | sort) <(find . -mindepth 1 -not -path './.cache*' -printf '%P\n' | sort)
}

@test "a file is replaced whole and nothing is left beside it" {
  printf old >a
  run -0 file replace a new
  has written
  [ "$(cat a)" = new ]
  only a
}

@test "a file with that content already is not touched" {
  printf same >a
  touch -d '2001-02-03' a
  run -0 file replace a same
  has unchanged
  [ "$(stat -c %y a | cut -d' ' -f1)" = 2001-02-03 ]
}

@test "the mode of an old file is kept" {
  printf old >a
  chmod 664 a
  run -0 file replace a new
  [ "$(stat -c %a a)" = 664 ]
}

@test "set-id bits do not survive new content" {
  printf old >a
  chmod 6755 a
  run -0 file replace a new
  [ "$(stat -c %a a)" = 755 ]
}

@test "a new file gets what the umask leaves" {
  umask 027
  run -0 file replace a new
  [ "$(stat -c %a a)" = 640 ]
}

@test "the owner and group of an old file are kept" {
  [ "$(id -u)" = 0 ] || skip "only root can try"
  printf old >a
  chown 1234:2345 a
  run -0 file replace a new
  [ "$(stat -c %u:%g a)" = 1234:2345 ]
}

@test "user attributes of an old file are kept" {
  printf old >a
  python3 -c 'import os; os.setxattr("a", "user.note", b"mine")' || skip "no attributes here"
  run -0 file replace a new
  [ "$(python3 -c 'import os; print(os.getxattr("a", "user.note").decode())')" = mine ]
}

@test "a link is written through and stays a link" {
  mkdir sub
  printf old >sub/real
  ln -s sub/real a
  run -0 file replace a new
  [ -L a ]
  [ "$(cat sub/real)" = new ]
  only a sub sub/real
}

@test "a link to nowhere is an error and stays" {
  ln -s nowhere a
  run -8 file replace a new
  [ -L a ]
  only a
}

@test "a file with a second hard link is refused" {
  printf old >a
  ln a b
  run -8 file replace a new
  has '[hard-link]'
  [ "$(cat a)" = old ]
}

@test "a named pipe is named, not waited for" {
  mkfifo a
  run -6 file replace a new
  has 'a named pipe'
  run -2 file read a
  has 'a named pipe'
}

@test "a folder and a device are named when read" {
  mkdir a
  run -2 file read a
  has 'a folder'
  run -2 file read /dev/null
  has 'a device'
}

@test "a read-only file is refused before any work" {
  [ "$(id -u)" = 0 ] && skip "root may write everything"
  printf old >a
  chmod 444 a
  run -8 file replaceable a
  has 'Permission denied'
}

@test "a file over the limit is refused with status 7" {
  printf 123456 >a
  run -7 file read a 5
  has '[too-large]'
  run -0 file read a 6
  [ "$output" = 123456 ]
}

@test "a file whose size the system does not tell is read to its end" {
  run -0 file read /proc/version
  has Linux
}

@test "a missing file is named with the reason" {
  run -8 file read nothing
  has 'nothing: error: cannot read: No such file or directory [io]'
}

@test "folders below a root are made" {
  run -0 file below . sub/deep/a new
  [ "$(cat sub/deep/a)" = new ]
}

@test "a linked folder below a root is refused and named" {
  mkdir out in
  ln -s ../out in/link
  run -6 file below in link/sub/a new
  has "'link' is a link"
  only out in in/link
}

@test "a path that climbs out of a root is refused" {
  mkdir in
  run -6 file below in ../a new
  run -6 file below in /tmp/skein-never new
  only in
}

@test "without openat2 the walk refuses just the same" {
  command -v strace >/dev/null || skip "no strace"
  mkdir out in
  ln -s ../out in/link
  no() { strace -E ASAN_OPTIONS=detect_leaks=0 -qq -o /dev/null -e inject=openat2:error=ENOSYS "$SKEIN_BUILD/tests/unit/file" "$@"; }
  no below in x/y/a new || skip "strace cannot trace here"
  [ "$(cat in/x/y/a)" = new ]
  run -6 no below in link/a new
  has "'link' is a link"
  run -6 no below in x/../../a new
  only out in in/link in/x in/x/y in/x/y/a
}

@test "without an exchange of names a file is replaced all the same" {
  command -v strace >/dev/null || skip "no strace"
  printf old >a
  no() { strace -E ASAN_OPTIONS=detect_leaks=0 -qq -o /dev/null -e inject=renameat2:error=EINVAL "$SKEIN_BUILD/tests/unit/file" "$@"; }
  no replace a new || skip "strace cannot trace here"
  [ "$(cat a)" = new ]
  run -0 no keep . a newer
  [ "$(cat a)" = newer ]
  [ "$(cat a.skein-saved-1)" = new ]
  run -0 no replace b first
  [ "$(cat b)" = first ]
  only a a.skein-saved-1 b
}

@test "a kept file gets the first free name" {
  printf 1 >a
  file keep . a 2
  file keep . a 3
  [ "$(cat a.skein-saved-1)$(cat a.skein-saved-2)$(cat a)" = 123 ]
}

@test "a file is removed only if it holds what we say" {
  printf ours >a
  run -9 file remove . a theirs
  [ "$(cat a)" = ours ]
  run -0 file remove . a ours
  [ ! -e a ]
  run -0 file remove . a ours
  has unchanged
}

@test "a file size limit is reported and the old content stays" {
  printf old >a
  # shellcheck disable=SC2016
  run -8 bash -c 'ulimit -f 1; exec "$0" replace a "$(head -c 100000 /dev/zero | tr "\0" x)"' "$SKEIN_BUILD/tests/unit/file"
  has 'File too large'
  [ "$(cat a)" = old ]
  only a
}
