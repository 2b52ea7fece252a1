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

# Old file, how it is changed, and what has to be true then.
@test "mode, owner, attributes and links of a file stay: 20 cases" {
  cases=0
  # kept WHAT STATUS [CHECK]: replace f, expect the status, and the check.
  kept() {
    run file replace f new
    [ "$status" = "$2" ] || { echo "$1: status $status: $output"; return 1; }
    [ "$2" != 0 ] || [ "$(cat f)" = new ] || { echo "$1: $(cat f)"; return 1; }
    eval "${3:-:}" || { echo "$1: not ${3:-}"; ls -la; return 1; }
    cases=$((cases + 1))
    rm -rf f real dir
  }
  mode() { [ "$(stat -c %a "$1")" = "$2" ]; }
  for m in 600 664 751; do
    printf old >f
    chmod $m f
    kept "mode $m" 0 "mode f $m"
  done
  for m in 4755 2755 1644; do		# set-id and sticky bits are for the old content
    printf old >f
    chmod $m f
    kept "mode $m" 0 "mode f ${m#?}"
  done
  for u in 000:666 027:640 777:0; do
    umask ${u%:*}
    kept "new, umask $u" 0 "mode f ${u#*:}" || { umask 022; return 1; }
    umask 000
    printf old >f
    chmod 640 f
    kept "old, umask $u" 0 "mode f 640"
  done
  umask 022
  if [ "$(id -u)" = 0 ]; then
    printf old >f
    chown 1234:2345 f
    kept "owner" 0 '[ "$(stat -c %u:%g f)" = 1234:2345 ]'
    printf old >f
    chgrp 2345 f
    chmod 660 f
    kept "group" 0 '[ "$(stat -c %u:%g:%a f)" = 0:2345:660 ]'
  fi
  # a note, a list that lets user 1234 read, powers: only the last are for the old content
  python3 -IS - <<'END' >attributes
import os
for path, name, value in (("note", "user.note", b"mine"),
        ("list", "system.posix_acl_access", bytes.fromhex("0200000001000600ffffffff02000400d204000004000000ffffffff10000400ffffffff20000000ffffffff")),
        ("powers", "security.capability", bytes.fromhex("0100000200040000000000000000000000000000"))):
    open(path, "w").write("old")
    os.chmod(path, 0o640)
    try:
        os.setxattr(path, name, value)
    except OSError:
        continue
    print(path, name, value.hex() if path != "powers" else "")
END
  while read -r path _; do
    run -0 file replace "$path" new
    cases=$((cases + 1))
  done <attributes
  python3 -IS - <<'END'
import os
for line in open("attributes"):
    path, name, value = line.rstrip("\n").split(" ")
    now = os.getxattr(path, name).hex() if name in os.listxattr(path) else ""
    assert now == value and open(path).read() == "new", (line, now)
END
  rm -f note list powers attributes

  printf old >real
  ln -s real f
  kept "link" 0 '[ -L f ] && [ "$(cat real)" = new ]'
  mkdir dir
  printf old >dir/real
  chmod 600 dir/real
  ln -s "$PWD/dir/real" f
  kept "absolute link" 0 '[ -L f ] && mode dir/real 600'
  printf old >real
  ln -s real g
  ln -s g f
  kept "link to a link" 0 '[ -L f ] && [ -L g ] && [ "$(cat real)" = new ]'
  rm g
  ln -s nowhere f
  kept "link to nowhere" 8 '[ -L f ] && [ ! -e nowhere ]'
  ln -s f f
  kept "link to itself" 8 '[ -L f ]'
  mkdir f
  kept "folder" 6 '[ -d f ]'
  : >f
  kept "empty file" 0
  echo "$cases cases"
  [ $cases -ge 20 ]
  run ! compgen -G '.*.skein-*'
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
