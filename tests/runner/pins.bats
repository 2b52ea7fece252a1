load ../helper

chain() {
  doc a.md <<'E'
'''c #one
puts("11,");
'''

'''c
int a[] = {
	<<one!>>
};
'''

'''c #two
printf("%d\n", a[0] + 1);
'''

'''c {file=two.h}
#define TWO <<two!>>
'''

'''c
#include "two.h"
TWO
'''
E
  sed -i 's/file=two.h/file=two.h inline=true/' a.md
}

@test "one run has what is pasted, however cells hang together, and check then agrees" {
  chain
  cp a.md b.md
  run -0 skein run a.md
  lacks 'error'
  [ "$(tail -n 2 a.md | head -n 1)" = 12 ]
  run -0 skein check a.md
  cp a.md before.md
  run -0 skein run a.md
  same a.md <before.md
  run -0 --separate-stderr skein run -o - b.md
  same a.md <<<"$output"
  run -0 skein tangle a.md
  same two.h <<<'#define TWO 12'
}

@test "check says which pasted text is out of date, and run renews all that hangs on it" {
  chain
  run -0 skein run a.md
  sed -i 's/puts("11,")/puts("21,")/' a.md
  run -1 skein check a.md
  has "a.md:11:4: error: 'one' does not print what is pasted here any more" '[stale-pin]' \
    'a.md:1:1: note: this cell prints something else now' '-11,' '+21,'
  run -0 skein run a.md
  [ "$(tail -n 2 a.md | head -n 1)" = 22 ]
  run -0 skein check a.md
}

@test "a cell that prints something else each time cannot be pasted, and the run says so" {
  doc a.md <<'E'
'''c #clock
#include <stdio.h>
#include <time.h>
struct timespec t;
clock_gettime(CLOCK_MONOTONIC, &t);
printf("%ld\n", t.tv_nsec);
'''

'''c
long now =
	<<clock!>>
;
'''
E
  run -5 skein run a.md
  has "error: 'clock' prints something else each time" '[stale-pin]'
}

@test "what is wrong besides is told, though pasted cells run before in silence" {
  doc a.md <<'END'
'''c #x
puts("1,");
'''

'''c
<<x!>>
2;
<<nosuch>>
'''

'''c file=a.h
<<none>>
'''
END
  run -3 skein run a.md
  has "a.md:12:3: error: no block is named 'nosuch'" "a.md:16:3: error: no block is named 'none'"
  run -3 skein run a.md
  has "a.md:12:3: error: no block is named 'nosuch'" "a.md:16:3: error: no block is named 'none'"
}

@test "the first run of several documents has what each pastes" {
  for k in 1 2 3; do
    printf '%s\n' '```c #x' "puts(\"$k\");" '```' '```c' "#include \"t$k.h\"" '```' "\`\`\`c file=t$k.h" '<<x!>>' '```' >"$k.md"
    sed -i "s/^<<x!>>/int t$k =\n<<x!>>\n;/" "$k.md"
  done
  run -0 skein run .
  [ "$output" = '3 documents: 6 cells ran' ]
}
