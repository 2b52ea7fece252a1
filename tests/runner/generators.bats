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
