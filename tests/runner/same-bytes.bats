load ../helper

# The same input gives the same bytes: whoever runs it, where, when, and with
# how many compilers.

notebook() {
  doc "${1:-a.md}" <<'E'
'''c {#show .run}
#include <stdio.h>
#include <stdlib.h>
#include <locale.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>
struct point { double x; char *name; } p = { 0.5, "i" };
time_t zero = 0;
setlocale(LC_ALL, "");
printf("%s %.2f %c\n", ctime(&zero), 1.5, 'i' - 32);
fprintf(stderr, "umask %03o, %s\n", umask(022), getenv("TMPDIR"));
p
'''

> * '''c {fails=crash}
>   int *at = NULL;
>   *at = printf("%p\n", (void *)&p) > 0;
>   '''

'''c
struct item { int n; struct item *next; } two = { 2, NULL }, one = { 1, &two };
&one
'''

'''c {args="a b"}
#include <stdio.h>
int main(int argc, char **argv) { printf("%s %d\n", argv[0], argc); return 0; }
'''

'''c {fails=compile}
missing
'''

'''console .run
$ ls; umask; date -d @0; echo $HOME $LANG
'''

'''c {file=src/i.c}
<<show>>
'''
E
}

# variant WORD... : the outputs, messages and targets under that command.
variant() {
  local status=0
  "$@" skein run -o - a.md >out 2>err || status=$?
  "$@" skein tangle a.md >>out 2>>err || status=$?
  "$@" skein list --json a.md >>out 2>>err || status=$?
  { echo "$status"; cat out err src/i.c; } >"$BATS_TEST_TMPDIR/now"
}

# as_before WORD...: nothing differs from the first variant.
as_before() {
  variant "$@"
  diff -u "$BATS_TEST_TMPDIR/first" "$BATS_TEST_TMPDIR/now" || { echo "under: $*"; return 1; }
}

@test "time zone, locale, umask, environment, priority and number of compilers change no byte" {
  notebook
  variant env
  mv "$BATS_TEST_TMPDIR/now" "$BATS_TEST_TMPDIR/first"
  grep -q 'umask 022' "$BATS_TEST_TMPDIR/first"
  as_before env TZ=Asia/Kathmandu LC_ALL=tr_TR.UTF-8 LANG=tr_TR.UTF-8 LANGUAGE=tr
  as_before env LC_ALL=C LC_NUMERIC=de_DE.UTF-8 COLUMNS=20 LINES=3 TERM=xterm POSIXLY_CORRECT=1
  as_before env HOME=/nonexistent SHELL=/bin/false USER=somebody LOGNAME=somebody EDITOR=vi GCC_COLORS=error=01 CFLAGS=-O3 CC=false
  as_before env -i PATH="$PATH" SKEIN_CACHE_DIR="$SKEIN_CACHE_DIR"
  as_before nice -n 5
  ! setarch -R true 2>/dev/null || as_before setarch -R
  umask 000
  as_before env
  umask 077
  as_before env
  umask 022
}

@test "a cold cache with one compiler or sixteen, a later time and another folder change no byte" {
  notebook
  variant env
  mv "$BATS_TEST_TMPDIR/now" "$BATS_TEST_TMPDIR/first"
  mkdir -p "other place/deeper"
  cp a.md "other place/deeper"
  cd "other place/deeper"
  touch -d '2001-02-03' a.md
  as_before env SKEIN_CACHE_DIR="$BATS_TEST_TMPDIR/cold"
  for j in 1 16; do
    SKEIN_CACHE_DIR=$BATS_TEST_TMPDIR/cold$j skein run -j "$j" -o "../$j.md" a.md 2>"../$j.err"
  done
  cmp ../1.md ../16.md
  cmp ../1.err ../16.err
}
