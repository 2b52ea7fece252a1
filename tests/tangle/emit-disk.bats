load ../helper

# Disks that are full, small, read-only; outputs that take nothing.

old_and_new() {
  doc a.md <<'END'
'''c {file=a}
old
'''
END
  skein tangle a.md
  doc a.md <<'END'
'''c {file=a}
new
'''

'''c {file=src/b}
fresh
'''
END
}

# in_mount COMMANDS: in a space of mounts of their own, as root.
in_mount() {
  [ "$(id -u)" = 0 ] || skip "only root can mount"
  unshare -m true 2>/dev/null || skip "cannot mount here"
  run -0 unshare -m bash -euc "$1"
}

@test "a full disk, one without inodes: status 8, the old content stays, the next run goes on" {
  # shellcheck disable=SC2016
  in_mount '
    mkdir small
    mount -t tmpfs -o size=64k,nr_inodes=20 none small
    cd small
    fence() { printf "\`\`\`c {file=%s}\n%s\n\`\`\`\n\n" "$1" "$2"; }
    { fence a old; fence b old; } >a.md
    skein tangle a.md
    big=$(head -c 40000 /dev/zero | tr "\0" x)
    { fence a new; fence b "$big"; } >../b.md
    s=0; skein tangle -C . ../b.md --force 2>said || s=$?
    cat said; rm said
    [ $s = 8 ]
    grep -q "No space left" <<<"$(skein tangle -C . ../b.md --force 2>&1)"
    [ "$(cat a b)" = "old"$'"'\n'"'"old" ]
    # no inode for a third file
    for ((i = 0; i < 20; i++)); do : >"fill$i" || break; done 2>/dev/null
    { fence a new; fence b new; } >../b.md
    s=0; skein tangle -C . ../b.md --force 2>/dev/null || s=$?
    [ $s = 8 ]
    [ "$(cat a b)" = "old"$'"'\n'"'"old" ]
    rm fill*
    skein tangle -C . ../b.md --force
    [ "$(cat a b)" = "new"$'"'\n'"'"new" ]
    ! compgen -G ".*.skein-*"'
}

@test "a read-only disk and a file that is a mount: status 8, the old content stays" {
  old_and_new
  # shellcheck disable=SC2016
  in_mount '
    mkdir there && mount --bind . there && mount -o remount,ro,bind there
    s=0; (cd there && skein tangle a.md) 2>said || s=$?
    [ $s = 8 ]
    grep -q "Read-only file system" said
    umount there
    [ "$(cat a)" = old ] && [ ! -e src/b ]
    : >other && mount --bind a a
    s=0; skein tangle a.md 2>said || s=$?
    [ $s = 8 ]
    grep -q "Device or resource busy" said
    [ "$(cat a)" = old ] && [ ! -e src/b ]
    ! compgen -G ".*.skein-*" || exit 1
    umount a
    skein tangle a.md
    [ "$(cat a)" = new ]'
}

@test "a limit on the size of files: status 8, nothing is half written" {
  old_and_new
  printf '%s\n' '```c {file=big}' "$(head -c 100000 /dev/zero | tr '\0' x)" '```' >>a.md
  run -8 bash -c 'ulimit -f 16; exec skein tangle a.md'
  has 'File too large'
  [ "$(cat a)" = old ]
  [ ! -e src/b ]
  [ ! -e big ]
  run ! compgen -G '.*.skein-*'
}

@test "what is printed and cannot be written is status 8" {
  old_and_new
  for command in 'list a.md' 'list --json a.md' 'tangle --list a.md' '--version' 'help' 'run -o - a.md'; do
    # shellcheck disable=SC2086
    run -8 bash -c "exec skein $command >/dev/full"
    has 'No space left'
  done
  # a reader that has gone; its end says so, no signal ends us
  run bash -c 'skein list a.md | true; exit "${PIPESTATUS[0]}"'
  [ "$status" = 8 ] || [ "$status" = 0 ]
  mkfifo pipe
  exec 5<>pipe
  skein list a.md >pipe 5>&- 3>&- &
  ended $! 0
  exec 5>&-
}
