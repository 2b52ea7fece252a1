load ../helper

@test "subst replaces in the lines of a cell, or in what it generates" {
  doc a.md <<'E'
'''c {subst="s/twice/2 */ s/\bname(\d)/f$1/"}
int name1(int n) { return twice n; }
'''
'''c
f1(21)
'''
'''sh {run generates=c++ subst="s/^void/extern \"C\" void/"}
echo 'void up(int *n) { ++*n; }'
'''
'''c
void up(int *n);
int n = 4;
up(&n);
n
'''
E
  run -0 skein run a.md
  run -0 grep -A1 'output$' a.md
  has $'output\n42'
  has $'output\n5'
  # a message shows the line as it is written
  doc b.md <<'E'
'''c {subst="s/twice/2 */"}

int f = twice nothing;
'''
'''c {subst="s/(/x/"}
'''
'''c {subst="twice"}
'''
E
  run -3 skein run b.md
  has 'b.md:3:'
  has "   3 | int f = twice nothing;"
  has "the pattern '(' cannot be read"
  has "the value 'twice' of 'subst' must be s/PATTERN/TEXT/, or several of these"
}
