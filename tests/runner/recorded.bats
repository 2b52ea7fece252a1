load ../helper

# Recorded runs: with cache=run a cell is told from what it gave before.

setup() {
  source "$BATS_TEST_DIRNAME/../helper.bash"
  setup
  cat >note.h <<'E'
#include <stdio.h>
#include <stdlib.h>
/* Each cell says that it runs. */
static inline void note(int n)
{
	FILE *f = fopen("ran", "a");
	fprintf(f, "%d\n", n);
	fclose(f);
}
E
}

# ran N...: these have run since it was asked last, in that order.
ran() {
  diff -u <(printf '%s\n' "$@") ran
  rm ran
}

none() {
  [ ! -e ran ] || { printf 'ran: %s\n' "$(cat ran)"; return 1; }
}

@test "a document whose cells are all recorded starts no process, and says the same" {
  export ASAN_OPTIONS=detect_leaks=0	# cannot trace while traced
  doc a.md <<'E'
---
skein: {cache: run, prelude: note.h}
---

'''c
note(1);
int n = 4;
puts("one");
fputs("to stderr", stderr);
'''

'''c
note(2); n++;
n
'''

'''c {fails=crash}
int *list = 0;
note(3); list[n] = n;
'''

'''c
int main(void) { note(4); printf("%d\n", n); return 0; }
'''

'''c {session=none fails=exit:3}
note(5); printf("$TMPDIR is %s\n", getenv("TMPDIR")); exit(3);
'''

'''c {fails=compile}
int never(void) { return 1
'''
E
  skein run a.md
  ran 1 2 3 4 5
  cp a.md full.md
  skein run --json --set cache=object a.md | jq -c 'select(.event == "cell") | del(.compiled, .nanoseconds, .chunks[]?.at)' >first
  ran 1 2 3 4 5
  strace -f -qq -e trace=execve,fork,vfork,clone,clone3 -o calls skein run --json a.md >events
  none
  [ "$(wc -l <calls)" = 1 ]                             # skein itself
  diff -u full.md a.md
  jq -s -e 'map(select(.event == "cell") | .recorded // false) == [true, true, true, true, true, true, false]' events
  diff -u first <(jq -c 'select(.event == "cell") | del(.compiled, .nanoseconds, .recorded, .chunks[]?.at)' events)
  # outputs that went missing come back
  sed -i '/^```output/,/^```$/d' a.md
  skein run a.md
  none
  diff -u <(grep . full.md) <(grep . a.md)
  # and the text around the cells does not count
  sed -i 's/^```c$/Some prose.\n\n&/' a.md
  skein check a.md
  none
}

@test "an edit runs what stands before it in its session again, and what follows from it" {
  doc a.md <<'E'
---
skein: {cache: run, prelude: note.h}
---

'''c
note(1);
int n = 4;
'''

'''c
int main(void) { note(2); return 0; }
'''

'''c
note(3);
n
'''

'''c {session=other}
note(4);
puts("other");
'''
E
  skein run a.md
  ran 1 2 3 4
  # a comment leaves the object as it is
  sed -i 's/^int n = 4;$/int n = 4; \/* four *\//' a.md
  skein run a.md
  none
  # the last one: the first has its state, the program has changed none
  sed -i 's/^note(3);$/note(3); n += 1;/' a.md
  skein run a.md
  ran 1 3
  # what was there before is known as well
  sed -i 's/^note(3); n += 1;$/note(3);/' a.md
  skein run a.md
  none
  # the first one: all of its session
  sed -i 's/^int n = 4;/int n = 5;/' a.md
  run skein run --explain a.md
  ran 1 2 3
  has 'cell 1 (a.md:5): ran (not recorded), compiled'
  has 'cell 4 (a.md:23): recorded, reused'
  # one that takes no part: its predecessors run, and those only
  printf '\n```c {cache=object}\nnote(5);\n```\n' >>a.md
  run skein run --explain a.md
  ran 1 3 5
  has 'ran (a later cell of its session runs)'
}

@test "input, arguments, environment, limits, folder and declared data count" {
  doc a.md <<'E'
---
skein: {prelude: note.h}
---

'''c {cache=run args=one env=X=1 stdin=in data="numbers more"}
int main(int argc, char **argv)
{
	char line[16] = "", data[16] = "";
	FILE *f = fopen("numbers", "r");
	note(1);
	fgets(line, sizeof line, stdin);
	fgets(data, sizeof data, f);
	printf("%s %s %s %s\n", argv[1], getenv("X"), line, data);
	return 0;
}
'''
E
  printf in >in
  printf 7 >numbers
  : >more
  again() { skein run a.md; ran 1; skein run a.md; none; }
  again
  printf 8 >numbers; again
  grep -x 'one 1 in 8' a.md
  printf 9 >more; again
  printf IN >in; again
  sed -i 's/args=one/args=two/; s/X=1/X=2/' a.md; again
  grep -x 'two 2 IN 8' a.md
  sed -i 's/ args=/ memory=1G args=/' a.md; again
  sed -i 's/ args=/ timeout=20s args=/' a.md
  skein run a.md
  none
  mkdir sub
  cp numbers sub
  sed -i 's/ args=/ cwd=sub args=/' a.md
  skein run a.md
  mv sub/ran ran
  ran 1
  # data that is not there is told; what leads out of the root is refused
  rm more
  run skein run a.md
  has "warning: the file 'more' is not there"
  has '[missing-data]'
  sed -i 's/data="numbers more"/data=..\/x/' a.md
  run -6 skein check a.md
  has "'../x' cannot be data"
}

@test "what cannot be told again is run again, and --explain says why" {
  doc a.md <<'E'
---
skein: {cache: run, prelude: note.h}
---

'''c {cache=off}
note(1);
'''

'''c
note(2);
'''

'''c {session=none fails=timeout timeout=100ms}
note(3); for (;;) ;
'''

'''c {session=watched sanitize=undefined}
note(4);
'''

'''c {session=none name=leaves}
note(5);
char p[300];
snprintf(p, sizeof p, "%s/x", getenv("TMPDIR"));
fclose(fopen(p, "w"));
'''

'''c {session=none}
note(6);
'''
E
  skein run a.md
  ran 1 2 3 4 5 6
  run skein run --explain a.md
  ran 1 2 3 4 5 6
  has 'ran (a cell before it has cache=off)'
  has 'cell 3: its run is not recorded: it hit a limit'
  has 'ran (a sanitizer watches its session)'
  has "cell 'leaves': its run is not recorded: files are left in \$TMPDIR"
  has 'cell 6: its run is not recorded: files are left in $TMPDIR'
}

@test "a cell that gives something else when it has to run is told of, and what follows runs" {
  doc a.md <<'E'
---
skein: {cache: run, prelude: note.h}
---

'''c
note(1);
int n = 0;
FILE *f = fopen("number", "r");
fscanf(f, "%d", &n);
printf("n is %d\n", n);
'''

'''c
int main(void) { note(2); printf("%d\n", n + 1); return 0; }
'''

'''c
note(3);
n * 2
'''
E
  echo 5 >number
  skein run a.md
  ran 1 2 3
  echo 6 >number                # nobody has declared it
  skein run a.md
  none
  sed -i 's/^n \* 2$/n * 3/' a.md
  run skein run a.md
  ran 1 2 3
  has 'a.md:5:1: warning: this cell gave something else when its run was recorded'
  has '[not-repeatable]'
  grep -x 'n is 6' a.md
  grep -x 7 a.md
  grep -x 18 a.md
  skein run a.md
  none
}

@test "data that changes while the document runs takes cells back that were told already" {
  doc a.md <<'E'
---
skein: {cache: run, prelude: note.h}
---

'''c
note(1);
int n = 1;
'''

'''c {session=writer cache=object}
note(2);
FILE *f = fopen("data", "a"); fputs("x", f); fclose(f);
'''

'''c {data=data}
note(3);
n
'''
E
  : >data
  skein run a.md
  ran 1 2 3
  run skein run --explain a.md
  ran 2 1 3
  has 'ran (what it depends on changed during the run)'
}

@test "a damaged record is a miss" {
  doc a.md <<'E'
---
skein: {cache: run, prelude: note.h}
---

'''c
note(1);
puts("hello");
'''
E
  skein run a.md
  ran 1
  record=$(grep -rl hello .cache/x)
  for how in 's/hello/hallo/' '$d' 's/.*//'; do
    chmod u+w "$record"
    sed -i "$how" "$record"
    skein check a.md
    ran 1
    skein check a.md
    none
  done
}

@test "a header prelude where nothing is recorded has run, and no more is said" {
  echo 'int h;' >h.h
  printf '```c\nh = 1;\n```\n' >a.md
  run -0 skein run -o /dev/null --explain --set prelude=h.h a.md
  has "cell 'h.h' (h.h:1): ran, compiled"
}
