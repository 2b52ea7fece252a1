load ../helper

# Odd arguments and odd surroundings: a clear message, or all as ever.

small() {
  doc a.md <<'E'
'''c {file=src/a.c}
int a;
'''
E
}

@test "odd arguments are told apart from documents" {
  small
  run -2 skein
  has 'usage: skein COMMAND'
  run -2 skein --
  has "there is no command '--'"
  run -2 skein tangle --
  has 'skein tangle needs DOC'
  run -8 skein tangle ''
  run -8 skein tangle -- --check a.md
  has -- --check
  run -2 skein tangle --chekc a.md
  has "did you mean '--check'?"
  run -0 skein tangle -C elsewhere -C . a.md a.md ./a.md -- a.md
  same src/a.c <<<'int a;'
  [ ! -e elsewhere ]
}

@test "a document whose name starts with a dash, or is no text, is a document" {
  small
  name=$'d\xff\xfe\n.md'
  cp a.md -- --check.md
  cp a.md "$name"
  run -0 skein tangle -- --check.md
  rm -r src
  run -0 skein tangle "$name"
  same src/a.c <<<'int a;'
  run -0 skein list "$name"
  has 'd\xff\xfe\x0a.md'
}

@test "a hundred thousand arguments are read" {
  small
  run -0 timeout 60 skein tangle $(printf ' a.md%.0s' {1..100000})
  same src/a.c <<<'int a;'
}

@test "a full disk behind standard output is an error, a closed one does no harm" {
  small
  [ -e /dev/full ] || skip "there is no /dev/full"
  status=0
  skein list a.md >/dev/full 2>said || status=$?
  [ $status = 8 ]
  grep 'standard output' said
  skein list a.md >&- 2>said
  skein tangle a.md <&- >&- 2>&-
  same src/a.c <<<'int a;'
  status=0
  skein tangle none.md <&- >&- 2>&- || status=$?
  [ $status = 8 ] || [ $status = 2 ]
}

@test "neither a home nor an environment is needed" {
  small
  env -i "$SKEIN_BUILD/skein" tangle a.md
  same src/a.c <<<'int a;'
  env -i HOME=/nonexistent TMPDIR=/nonexistent "$SKEIN_BUILD/skein" tangle --check a.md
}

@test "from a folder that is gone documents are found by their full path, others are not" {
  small
  mkdir gone
  cd gone
  rmdir ../gone
  run -0 skein tangle "$BATS_TEST_TMPDIR/a.md"
  run skein tangle a.md
  [ "$status" = 8 ] || [ "$status" = 2 ]
  cd ..
  same src/a.c <<<'int a;'
}

@test "few descriptors are enough, or it is said that they are not" {
  small
  for n in 16 10 8 7 6 5 4 3; do
    rm -rf src .skein
    status=0
    (ulimit -n $n && exec "$SKEIN_BUILD/skein" tangle a.md) >said 2>&1 || status=$?
    case $status in
    0) same src/a.c <<<'int a;' ;;
    8) grep -q 'Too many open files' said; [ ! -e src/a.c ] || same src/a.c <<<'int a;' ;;
    127) ;;			# it could not even be loaded
    *) echo "$n descriptors: status $status"; cat said; return 1 ;;
    esac
  done
}

@test "the locale changes no byte" {
  doc a.md <<'E'
'''C {#TITLE file=src/I.c, timeout=1500ms}
int I = 1.5;
'''
'''c {#title}
int i;
'''
E
  LC_ALL=C skein tangle a.md
  LC_ALL=C skein list --json a.md >right
  cp src/I.c right.c
  for locale in C.UTF-8 tr_TR.UTF-8 de_DE.UTF-8 POSIX nonsense ''; do
    rm -r src
    LC_ALL=$locale LANG=$locale LC_NUMERIC=$locale skein tangle --force a.md
    cmp src/I.c right.c
    LC_ALL=$locale LANG=$locale LC_NUMERIC=$locale skein list --json a.md | cmp - right
  done
}

@test "new files follow the umask, old ones keep their mode" {
  small
  (umask 000; skein tangle a.md)
  [ "$(stat -c %a src/a.c)" = 666 ]
  (umask 077; sed -i 's/a;/b;/' a.md; skein tangle a.md)
  [ "$(stat -c %a src/a.c)" = 666 ]
  chmod 640 src/a.c
  (umask 000; sed -i 's/b;/c;/' a.md; skein tangle a.md)
  [ "$(stat -c %a src/a.c)" = 640 ]
  same src/a.c <<<'int c;'
  rm -r src .skein
  mkdir src
  status=0
  (umask 777; skein tangle a.md) 2>said || status=$?
  [ $status = 0 ] || grep -q 'cannot' said
  [ $status != 0 ] || [ "$(stat -c %a src/a.c)" = 0 ]
}
