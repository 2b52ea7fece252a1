load ../helper

# Who computes at the same time: --jobs, and the jobserver of make.

# with_make FLAGS COMMAND: make's rule is that command; `recipe` may begin with +.
with_make() {
  printf 'all:\n\t@%s\n' "$2" >Makefile
  # shellcheck disable=SC2086  # several flags
  run make $1
}

@test "under make -j without + one warning says so, and the run goes on with -j1" {
  doc a.md <<'E'
'''c
1 + 1
'''
E
  with_make -j2 'skein run a.md'
  [ "$status" = 0 ]
  has "skein: warning: the jobserver of make ('"
  has "cannot be used, so that this runs with -j1: put a + before the command in the makefile"
  has '[jobserver]'
  grep -qx 2 a.md
  with_make -j2 'skein check -j2 a.md'
  [ "$status" = 0 ]
  lacks jobserver
  with_make -j2 '+skein check a.md'
  [ "$status" = 0 ]
  lacks jobserver
}
