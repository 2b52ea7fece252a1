load ../helper

@test "a block with parameters is a grid of cells, compiled each for itself, with one output" {
  doc a.md <<'E'
---
skein:
  params: {size: [1, 2], k: 7}
---
'''c
#include <stdio.h>
'''
'''c {#fft params={variant={"notw", "twiddle"}, n={3, 4}} cflags="-DN=${n}"}
static int ${variant}_${n}(void) { return N; }
if (N != 4)
	printf("\${n} of ${variant} is %d\n", ${variant}_${n}());
'''
'''c {params="k size"}
<<body>>
'''
'''c #body
static int x${size} = ${k} * ${size};
x${size}
'''
'''c
//| name: list
//| params: {s: ["x \"y", 'z']}
puts(${s} 0);
'''
E
  sed -i 's/puts(\${s} 0)/puts(#${s})/; s/#\${s}/"<${s}>"/; s/x \\"y/x y/' a.md
  run -0 skein run a.md
  run -0 sed -n '/^```output$/,/^```$/p' a.md
  diff -u - <(echo "$output") <<'E'
```output
variant=notw n=3:
${n} of notw is 3
variant=twiddle n=3:
${n} of twiddle is 3
```
```output
size=1:
7
size=2:
14
```
```output
s="x y":
<x y>
s=z:
<z>
```
E
  # again: nothing differs, nothing is compiled, and an edit compiles what it makes new
  run -0 skein check -v a.md
  has '9 of 9 cells ran, 0 compiled'
  sed -i 's/n={3, 4}/n={3, 5}/' a.md
  run -1 skein check -v a.md
  has '9 of 9 cells ran, 2 compiled'
  has 'output of variant=notw n=5 recorded'
  run -0 skein run a.md
  run -0 sed -n '/^```output$/,/^```$/p' a.md
  has $'variant=notw n=3:\n${n} of notw is 3\nvariant=notw n=5:\n${n} of notw is 5\nvariant=twiddle n=3:'
}

@test "each instance is run, compared and told for itself" {
  doc a.md <<'E'
'''c {#div params={n={1, 2, 3}}}
printf("%d\n", 6 / (${n} - 1));
'''
'''output
n=2:
7
n=3:
[..]
'''
E
  run -5 skein run a.md
  has 'a.md:1:1: error: this cell failed: crashed: divided by zero [crash]' || has 'a.md:2:1: error: this cell failed: crashed: divided by zero [crash]'
  has 'note: with n=1'
  has 'a.md: 2 of 3 cells ran, 1 crashed'
  run -0 cat a.md
  has $'n=2:\n6\nn=3:\n[..]\n'
  has $'```output-error\nn=1:\ncrashed: divided by zero\nline 1: printf("%d\\n", 6 / (1 - 1));'
  # some of them: the parts of the others stay
  sed -i 's/6 \//8 \//' a.md
  run -0 skein run --only 'div[n=2]' a.md
  run -0 cat a.md
  has $'n=2:\n8\nn=3:\n[..]\n'
  run -5 skein check --json a.md
  has '"instance":"n=1"'
  run -2 skein run --only 'div[n=5]' a.md
  has "no cell is 'div[n=5]'"
  run -0 skein list a.md
  has '#div  3 instances'
  run -0 skein cache show a.md#div
  # parts in another order are no differences of their own, and are put in order
  doc b.md <<'E'
'''c {params={n={1, 2}}}
${n}
'''
'''output
n=2:
2
n=1:
1
'''
E
  run -1 skein check b.md
  run -0 skein run b.md
  run -0 tail -n 6 b.md
  has $'n=1:\n1\nn=2:\n2'
}

@test "what fails in all instances is said once, in which of them a line each, and fails= holds for each" {
  doc a.md <<'E'
'''c {#same params={n={1, 2, 3}}}
int f${n}(void) { return ${n} + nothing; }
'''
'''c {params={n={1, 2}} fails=exit:${n}}
exit(${n});
'''
'''c {params={long_name={1}}}
int g = ${long_name} + "";
'''
E
  run -4 skein run a.md
  [ "$(grep -c "error: 'nothing' undeclared" <<<"$output")" = 1 ]
  has "a.md:2:33: note: the same with n=2"
  has "a.md:2:33: note: the same with n=3"
  # one value: nothing has to be told apart
  lacks 'with long_name'
  run -0 cat a.md
  has $'n=1:\nended early by exit(1)'
  has $'n=2:\nended early by exit(2)'
}

@test "targets of a block with parameters: a file each, the same from tangle and for cells" {
  doc a.md <<'E'
'''c {file="codelets/${v}_${n}.c" params={v={a, b}, n={1, 2}}}
int ${v}_${n};
<<body>>
'''
'''c #body
int body_${v}_${n}(void) { return ${n}; }
'''
'''c
#include "codelets/a_2.c"
body_a_2()
'''
E
  run -0 skein tangle a.md
  same codelets/b_1.c <<'E'
int b_1;
int body_b_1(void) { return 1; }
E
  [ "$(echo codelets/*)" = 'codelets/a_1.c codelets/a_2.c codelets/b_1.c codelets/b_2.c' ]
  run -0 skein list --targets a.md
  has 'codelets/a_2.c  from #'
  run -0 skein why codelets/b_2.c:2
  has 'a.md:6'
  run -0 skein run a.md
  run -0 skein check a.md
  sed -i 's/_${n}.c/.c/' a.md
  run -3 skein tangle a.md
  has "'codelets/a.c' would be written for 'v=a n=1' and for 'v=a n=2'"
}

@test "what is wrong with parameters is said before anything is compiled" {
  doc a.md <<'E'
'''c {#one params={variant={"a", "b"}}}
int x_${varaint};
'''
'''c {params={n={}}}
'''
'''c {params={n={1}, n={2}}}
'''
'''c {params={n={3, 3}}}
'''
'''c {params=k}
'''
'''c {params={n={1 cflags=-O2}}
'''
'''c {params={n={1}} cflags=-D${m}}
'''
'''c {name="x${n}" params={n={1, 2}}}
'''
'''c {params=4}
'''
'''c
"${nothing} happens here"[0]
'''
E
  run -3 skein run a.md
  has "a.md:2:9: error: there is no parameter 'varaint'; did you mean 'variant'? This block has variant; as text it is written \\\${varaint} [unknown-parameter]"
  has "the parameter 'n' has no values: its list is empty"
  has "the parameter 'n' is given twice"
  has "a parameter has the value '3' twice"
  has "the parameter 'k' has no values, here or in the document"
  has "there is no parameter 'm'"
  has "a block has one name"
  has "'4' can be no parameter"
  # all others are left alone
  run -0 grep -A1 'output$' a.md
  has "'\$'"
  { echo "\`\`\`c {params={a={$(seq -s, 101)}, b={$(seq -s, 100)}}}"; printf '%s\n' 1 '```'; } >b.md
  run -7 skein run b.md
  has 'make more than 10000 instances of the block [too-many-instances]'
}
