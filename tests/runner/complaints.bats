load ../helper

# complaints CC: what is said of doc.md, without the hint and the counts at the end.
complaints() {
  run skein run --set cc="$1" -o out.md doc.md
  output=$(grep -v '^skein: note:\|^doc.md: [0-9]* of [0-9]* cell' <<<"$output")
}

@test "what the compiler underlines is underlined, in the cells of a terminal" {
  doc doc.md <<'EOF'
- a list

  '''c
  	int 幅 = 1;	int y = 幅 * "漢字" ;	undefd;
  '''
EOF
  complaints gcc
  [ "$output" = $'doc.md:4:29: error: invalid operands to binary * (have \'int\' and \'char *\') [compile]
    4 |         int 幅 = 1;     int y = 幅 * "漢字" ;   undefd;
      |                                    ^
doc.md:4:42: error: \'undefd\' undeclared [compile]
    4 |         int 幅 = 1;     int y = 幅 * "漢字" ;   undefd;
      |                                                 ^~~~~~' ]
  complaints clang
  has '    4 |         int 幅 = 1;     int y = 幅 * "漢字" ;   undefd;
      |                                 ~~ ^ ~~~~~~'
}

@test "both operands of a wrong operator are underlined" {
  doc doc.md <<<$'\'\'\'c\nint x = "a" * 2;\n\'\'\''
  for cc in gcc clang; do
    complaints "$cc"
    has '    2 | int x = "a" * 2;
      |         ~~~ ^'
  done
}

@test "a macro's error says where it stands and where the macro was used" {
  doc doc.md <<'EOF'
'''c
#define TWICE(x) (2 * (x))
int t = TWICE("abc");
'''
EOF
  complaints gcc
  has "doc.md:2:21: error: invalid operands"
  has "doc.md:3:9: note: in expansion of macro 'TWICE'
    3 | int t = TWICE(\"abc\");
      |         ^~~~~"
  complaints clang
  has "doc.md:3:9: error: invalid operands"
  has "doc.md:2:21: note: expanded from macro 'TWICE'"
}

@test "an error in a tangled header stands where the document has it" {
  doc doc.md <<'EOF'
'''c {file=inc/tl.h}
static int twice(int *p)
{
	return undeclared_x + *p;
}
'''

'''c
#include "inc/tl.h"
int x = twice(0);
'''
EOF
  for cc in gcc clang; do
    complaints "$cc"
    has "doc.md:4:9: error: "
    has "    4 |         return undeclared_x + *p;
      |                ^"
    has "doc.md:9:1: note: included from here"
  done
}

@test "an error in a header of the project shows the header's line" {
  printf 'int f(void) { return\n\tnowhere; }\n' >own.h
  doc doc.md <<<$'\'\'\'c\n#include "own.h"\n\'\'\''
  complaints clang
  has "own.h:2:2: error: use of undeclared identifier 'nowhere' [compile]
    2 |         nowhere; }
      |         ^"
}

@test "what the compiler would write instead is said if its words do not" {
  doc doc.md <<'EOF'
'''c
struct p { int first; } q;
printf("%s\n", q.frist);
'''

'''c
printf("%s\n", 3);
'''
EOF
  complaints gcc
  has "did you mean 'first'?"
  lacks "help:"
  complaints clang
  has "doc.md:7:9: help: write '%d' instead of '%s'"
}

@test "programs get positions, ranges and fixes as JSON" {
  doc doc.md <<'EOF'
> '''c
> struct p { int first; } q;
> int r = q.firrst;
> int s = "a" * 2;
> '''
EOF
  for cc in gcc clang; do
    run skein run --json --set cc="$cc" -o out.md doc.md
    has '"messages":[{"level":"error","text":"'
    has '"file":"doc.md","line":3,"column":13'
    has '"fixes":[{"line":3,"column":13,"end_line":3,"end_column":19,"text":"first"}]'
    has '"file":"doc.md","line":4,"column":15'
    has '{"line":4,"column":11,"end_line":4,"end_column":14}'
  done
}

@test "warnings are told on a hit too, and the earlier cells' are not repeated" {
  doc doc.md <<'EOF'
'''c
inline int one(void) { int unused; return 1; }
'''

'''c
#define TWO (one() + one())
int two = TWO;
'''
EOF
  for n in 1 2; do
    run -0 skein run -v -o out.md doc.md
    [ "$(grep -c "doc.md:2:28: warning: unused variable 'unused' \[-Wunused-variable\]" <<<"$output")" = 1 ]
    [ "$(grep -c ': warning: ' <<<"$output")" = 1 ]
  done
  has '0 compiled'
}

@test "what stands behind a cell is not named, and a brace left open is" {
  doc doc.md <<'EOF'
'''c
do puts("once"); while (0)
'''

'''c
int f(int a) {
  if (a) {
    return 1;
  return 2; /* } */
}
'''
EOF
  complaints gcc
  has "doc.md:2:27: error: expected ';' at the end of the cell"
  lacks "extern"
  has "doc.md:10:1: error: expected declaration or statement at end of input"
  has "doc.md:6:14: note: this '{' is not closed"
}

@test "typographic quotes are told as what they are" {
  doc doc.md <<<$'\'\'\'c\nputs(“hello”);\n\'\'\''
  for cc in gcc clang; do
    complaints "$cc"
    has "doc.md:2:6: error: '“' is no character of C"
    has "doc.md:2:6: help: write '\"'"
  done
}

@test "a message that follows from the one at its place is left out" {
  doc doc.md <<<$'\'\'\'c\nprintf("hello);\n\'\'\''
  complaints gcc
  [ "$(grep -c 'error:\|warning:' <<<"$output")" = 1 ]
  has 'missing terminating " character'
}

@test "an initialiser's error stands at the initialiser, not in what is put around it" {
  doc doc.md <<<$'\'\'\'c\nvoid f(void) {}\nint x = 1, y = f();\n\'\'\''
  for cc in gcc clang; do
    complaints "$cc"
    has 'doc.md:3:'
    lacks 'ends too early'
  done
}

@test "a caret far to the right is shown with what stands around it" {
  printf "'''c\nint a = 1,%200sb = nowhere;\n'''\n" '' | doc doc.md
  complaints gcc
  has "b = nowhere;"
  has "2 | ..."
  has "^~~~~~~"
}
