load ../helper

# Cells whose text is what other cells print.

@test "what a generator prints is compiled and run behind it, in its session" {
  doc a.md <<'E'
'''c {#make generates=c}
for (int n = 2; n < 4; n++)
	printf("int times%d(int x)\n{\n\treturn %d * x;\n}\n", n, n);
'''

'''c
times2(5) + times3(1)
'''
E
  run -0 skein run --explain a.md
  has "explain: cell 'make' (a.md:1): ran, compiled"
  has "explain: cell 'make!' (a.md:1): ran, compiled"
  [ "$(grep -c explain: <<<"$output")" = 3 ]
  same a.md <<'E'
```c {#make generates=c}
for (int n = 2; n < 4; n++)
	printf("int times%d(int x)\n{\n\treturn %d * x;\n}\n", n, n);
```

```output
int times2(int x)
{
	return 2 * x;
}
int times3(int x)
{
	return 3 * x;
}
```

```c
times2(5) + times3(1)
```

```output
13
```
E
  # the second time all is planned at once, and nothing is compiled
  run -0 skein check --no-compile --explain a.md
  [ "$(grep -c 'reused: nothing changed' <<<"$output")" = 3 ]
}

@test "--explain tells of a cell once, however often the plan is made anew" {
  doc a.md <<'E'
'''c {#one generates=c session=none}
puts("int f(void) { return 7; }");
'''

'''c {#two generates=c session=none}
puts("int g(void) { return 8; }");
'''

'''c
1
'''
E
  run -0 skein run --explain --only 'one!' --only 'two!' a.md
  has "explain: cell 'two' (a.md:5): ran, compiled: never compiled"
  lacks elsewhere
  [ "$(grep -c 'left out' <<<"$output")" = 2 ]
  [ "$(grep -c explain: <<<"$output")" = 5 ]
}

@test "messages about what was generated name its lines, at the generator's fence" {
  doc a.md <<'E'
# One

'''c {#bad generates=c}
printf("int bad(void)\n{\n\treturn 1 +;\n}\n");
'''

'''c {generates=c}
printf("int *none;\nvoid spoil(int k)\n{\n\t*none = k;\n}\nspoil(7);\n");
'''
E
  run -4 skein run a.md
  has "a.md:3:1: error: generated line 3: expected expression before ';' token [compile]
    3 |         return 1 +;
      |                   ^"
  has "a.md:7:1: error: generated line 4: this cell failed: crashed: write to *none, where none is NULL [crash]
    4 |         *none = k;
      |               ^"
  has "a.md:7:1: note: generated line 6: in the cell's statements"
  first=$output
  run -4 skein run a.md			# in one round
  has "generated line 3" && has "generated line 4"
  [ "$(grep -c error: <<<"$output")" = "$(grep -c error: <<<"$first")" ]
  skein run --json a.md >events || [ $? = 4 ]
  run -0 grep '"name":"bad!"' events
  has '"generated":true' && has '"generated_line":3,"generated_column":12'
  has '"file":"a.md","line":3,"column":1'
}

@test "a generator without a text blocks what it would generate, and what needs that" {
  for code in 'int k = *(volatile int *)0;' 'fputs("int f(void);\n", stderr);' '42' \
    'putchar(0); puts("int f(void);");' 'for (int i = 0; i < 5 << 20; i += 64) printf("/*%060d*/\n", i);'; do
    printf '```c {generates=c}\n%s\n```\n\n```c\nf()\n```\n\n```c\n1 + 1\n```\n' "$code" >a.md
    run -5 skein run a.md
    has "a.md:1:1: error: the generated cell was not run: there is no text of it [blocked]"
    has "a.md:5:1: error: this cell was not run: it needs what another one defines [blocked]"
    has "1 of 4 cells ran"
    run -0 tail -n 7 a.md
    has $'\n```output\n2\n```'
  done
  printf '```c {generates=c}\n42\n```\n' >a.md
  run -5 skein run a.md
  has "a.md:1:1: error: what this cell printed cannot be the text of a cell: there is nothing; a value that is only shown does not count, what is printed to stdout does [generated-text]"
}

@test "a cell of another language generates, each language with its lines and messages" {
  doc a.md <<'E'
'''sh {#g generates=c}
echo made >>"$LOG"
for n in 2 3; do echo "int t$n(int x) { return $n * x; }"; done
'''

'''sh
not ours
'''

'''sh {generates=lua params={k={4,5}}}
echo ${k} >>"$LOG"; echo "print(c.t2(${k}))"
'''

'''c
t2(3) + t3(1)
'''

'''sh {generates=c}
i=0; while [ $i -lt 40000 ]; do printf '/* %060d */\n' $i; i=$((i + 1)); done; printf 'puts("long");'
'''

'''bash {generates=c}
echo "int bad;"; echo "int f(void) { return bad + none; }"
'''

'''sh {generates=c}
echo "int half;"; exit 3
'''
E
  export LOG=$PWD/log
  run -4 skein run --set env=LOG --set output-limit=200 a.md
  has "error: generated line 2: 'none' undeclared"
  has "error: this cell failed: exit status 3"
  has "the generated cell was not run: there is no text of it [blocked]"
  [ "$(sort log | tr '\n' ' ')" = "4 5 made " ]
  run -0 grep -A 6 '^k=4:' a.md
  has $'k=4:\nprint(c.t2(4))\nk=5:\nprint(c.t2(5))\nk=4 generated cell:\n8\nk=5 generated cell:'
  run -0 grep -c '^9$\|^long$' a.md
  [ "$output" = 2 ]
  run -0 skein list a.md
  has "cell 1            sh  #g  generates c" && has "listing           sh"
}

@test "a generator that prints something else makes a new plan, and what has run stays" {
  doc a.md <<'E'
'''c
puts("first");
fputs("ran\n", fopen(getenv("LOG"), "a"));
'''

'''c {generates=c}
printf("int size(void)\n{\n\treturn %d;\n}\n", (int)strlen(getenv("SIZE")));
'''

'''c {generates=lua}
printf("print(%d)\n", size());
'''

'''c
size() + 1
'''
E
  export LOG=$PWD/log SIZE=123
  run -0 skein run --set 'env=LOG SIZE' a.md
  [ "$(cat log)" = ran ]		# three rounds, and once
  run -0 tail -n 4 a.md
  has $'```output\n4\n```'
  run -0 grep -c '^3$' a.md
  SIZE=12345 run -1 skein check --set 'env=LOG SIZE' a.md
  has $'-\treturn 3;\n+\treturn 5;'
  has $'-3\n+5'
  has $'-4\n+6'
  [ "$(wc -l <log)" = 2 ]
}

@test "a generator that prints something else each time runs once in a run" {
  printf '```c {generates=c}\nstatic int n;\nFILE *f = fopen("n", "a+");\nfputc(1, f);\nprintf("int k = %%ld;\\n", ftell(f));\nfclose(f);\n```\n\n```c {generates=c}\nputs("int m;");\n```\n' >a.md
  run -0 skein run a.md			# what has run is not run again
  run -1 skein check a.md
  has "+int k = 2;"
}

@test "recorded runs of generators, --only, --from, --twice and why know generated cells" {
  doc a.md <<'E'
'''c {#g generates=c cache=run}
fputs("generating\n", fopen(getenv("LOG"), "a"));
puts("int f(void) { return 1; }");
'''

'''c {#use cache=run}
f()
'''

'''c {#other session=none}
2
'''
E
  export LOG=$PWD/log
  run -0 skein run --set env=LOG a.md
  run -0 skein check --set env=LOG --no-compile --explain a.md
  has "cell 'g' (a.md:1): recorded" && has "cell 'g!' (a.md:1): recorded"
  [ "$(wc -l <log)" = 1 ]
  run -0 skein run --set env=LOG --only 'g!' --explain a.md
  has "cell 'g!' (a.md:1): recorded" && has "cell 'use' (a.md:10): left out"
  run -0 skein check --set env=LOG --only use --set cache=object a.md
  has "3 of 4 cells ran, 1 left out"
  run -0 skein check --set env=LOG --twice a.md
  run -0 skein why a.md 'g!'
  has "function f" && has "compiled     yes: nothing changed"
  run -0 skein list a.md
  has "#g  generates c"
}

@test "file= on a generator is what is recorded of what it prints, and tangling runs nothing" {
  doc a.md <<'E'
'''lua {#make generates=c file=src/times.c}
for n = 2, 3 do print(("int times%d(int x) { return %d * x; }"):format(n, n)) end
print('printf("%d\\n", times2(4));')
'''

'''text {file=make.lua}
<<make>>
'''
E
  run -3 skein tangle a.md
  has "a.md:1:27: error: nothing that 'make' printed is recorded: run the document first [no-output]"
  [ ! -e src ]
  run -0 skein run a.md
  run -0 skein tangle a.md
  same src/times.c <<'E'
int times2(int x) { return 2 * x; }
int times3(int x) { return 3 * x; }
printf("%d\n", times2(4));
E
  run -0 head -n 1 make.lua
  has "for n = 2, 3 do print"
  run -0 skein check a.md
  sed -i 's/2, 3 do/2, 400 do/' a.md
  run -1 skein check a.md
  has "+int times4(int x) { return 4 * x; }"
  run -0 skein run a.md
  run -3 skein tangle a.md
  has "it was too long to be recorded whole; output-limit raises what is"
  sed -i 's/generates=c/& output-limit=1M/' a.md
  run -0 skein run a.md
  run -0 skein tangle a.md
  [ "$(grep -c ^int src/times.c)" = 399 ]
}

@test "a grid of generators has no files, and says so" {
  doc a.md <<'E'
'''sh {#g generates=lua file="${n}.lua" params={n={1,2}}}
echo "local a = ${n}"
'''
E
  run -0 skein run a.md
  run -3 skein tangle a.md
  has "what one instance of 'g' printed cannot be a file of its own"
  [ ! -e 1.lua ]
}

@test "what a generator cannot be, and what its options are about" {
  doc a.md <<'E'
'''console {generates=c}
$ echo int x;
'''

'''c {generates=rust}
puts("int y;");
'''
E
  run -3 skein run a.md
  has "a.md:1:13: error: a console block generates no cell"
  has "a.md:5:7: error: the value 'rust' of 'generates' must be"
  doc a.md <<'E'
'''c {generates=c fails=compile}
puts("int f(void) { return nothing; }");
'''

'''c {generates=c++ std="c17 c++20" args="3 4"}
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv)
{
	printf("extern \"C\" int sum(void)\n{\n\tauto id = [] <class T> (T t) { return t; };\n");
	printf("\treturn id(%d + %d);\n}\n", atoi(argv[1]), atoi(argv[2]));
}
'''

'''c
sum()
'''
E
  run -0 skein run a.md
  run -0 grep -A 2 output-error a.md
  has $'generated cell:\nline 1: '
  run -0 tail -n 3 a.md
  has 7
}

@test "cells before a generator run once in each run, sent ahead or not" {
  doc a.md <<'END'
'''c
FILE *f = fopen("log", "a");
fputs("x\n", f);
fclose(f);
'''

'''c {generates=c}
puts("int q = 3;");
'''

'''c
q
'''
END
  for n in 1 2 3; do
    run -0 skein run a.md
    [ "$(wc -l <log)" = "$n" ]
  done
  sed -i '0,/q = 3/s//q = 4/' a.md
  run -0 skein run a.md
  [ "$(wc -l <log)" = 4 ]
  [ "$(tail -n 2 a.md | head -n 1)" = 4 ]
}
