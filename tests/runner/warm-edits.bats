load ../helper

# How many compilers an edit starts: what it must, and none more.

# edit EXPRESSION COUNT: sed that changes a.md; the next run compiles COUNT cells.
edit() {
  cp a.md before.md
  sed -i "$1" a.md
  ! cmp -s a.md before.md || { echo "no edit: $1"; return 1; }
  run -0 skein run -v -o out.md a.md
  has "cells ran, $2 compiled"
}

linked() {
  doc a.md <<'E'
Prose.

'''c
#include <stdio.h>
#define TWICE(x) (2 * (x))
// a point of the plane
struct point { int x, y; /* both whole */ };
static inline __attribute__((always_inline)) int half(int n) { return n / 2; }
int f(int n)
{
	int m = n + 1; // more
	/* the result */
	return m;
}

/* between */
int g(int n) { return n; }
'''

'''c
printf("%d\n", TWICE(f(1)) + half(4));
'''

'''c
struct point p = { g(1), 2 };
'''
E
  run -0 skein run -v -o out.md a.md
  has "3 of 3 cells ran, 3 compiled"
}

@test "an edit of a function's body compiles its cell, of prose and comments nothing" {
  linked
  edit 's/n + 1/n + 2/' 1
  edit 's/return m;/if (m) return m;\n\treturn 0;/' 1
  edit 's/Prose/A few words/' 0
  edit 's/ more/ one more than that/' 0
  edit 's/the result/this is it/' 0
  edit 's/between/in between/' 0
  edit 's/a point of the plane/two numbers/' 0
  edit 's/both whole/integers/' 1	# moves the brace of its line
  edit 's/return n; }/return n; } \/\/ g as given/' 0
  edit 's/struct point { int x, y;/struct point\n{\n\tint x;\n\tint y;/' 2
  edit 's/int x;/int x;	\/\/ to the right/' 0
  edit 's/int x;/\n\n\tint x;/' 1
  edit '/in between/d' 1
  edit 's/^int g/\/\/ told\n\/\/ at length\nint g/' 1
}

@test "an edit of what others are given compiles those that reach it" {
  linked
  edit 's/int x, y;/long x, y;/' 2
  edit 's/(2 \* (x))/(3 * (x))/' 2
  edit 's/n \/ 2/n \/ 4/' 2
  edit 's/int g(int n)/int g(long n)/' 2
  edit 's/stdio.h/string.h>\n#include <stdio.h/' 3
}

@test "a new cell above, and cells that change places, compile nothing below" {
  linked
  edit '18a ```c\nint unrelated = 1;\n```\n' 1
  edit '18a ```c\nstatic int unrelated2(void) { return 1; }\n#define UNRELATED 4\n```\n' 1
  doc b.md <<'E'
'''c
int first = 1;
'''
'''c
int second(void) { return 2; }
'''
'''c
first++;
'''
'''c
second();
'''
E
  run -0 skein run -v -o out.md b.md
  has "4 of 4 cells ran, 4 compiled"
  sed '1i ```c\nint zeroth;\n```\n' b.md >a.md
  run -0 skein run -v -o out.md a.md
  has "5 of 5 cells ran, 1 compiled"
  awk -v RS='```c\n' 'NR > 1 { sub(/```\n$/, ""); cell[NR - 1] = $0 }
    END { for (k = 1; k <= 4; k++) printf "```c\n%s```\n", cell[k == 1 ? 2 : k == 2 ? 1 : k == 3 ? 4 : 3] }' b.md >c.md
  diff b.md c.md && return 1
  run -0 skein run -v -o out.md c.md
  has "4 of 4 cells ran, 0 compiled"
}

@test "a call of an inline function of an earlier cell stands at its line there" {
  doc a.md <<'E'
'''c
#include <stdio.h>
int before;
static inline __attribute__((always_inline)) int read_it(int *p)
{
	return *p;
}
'''
'''c {fails=crash}
printf("%d\n", read_it(NULL));
'''
E
  run -0 skein run a.md
  run -0 skein check a.md
  run -0 cat a.md
  has "in read_it, an earlier cell, line 5: return *p;"
  sed -i -e 's/^int before;/int before, more;\nint still_more;/' -e '/^```output-error/,/^```$/d' a.md
  run -0 skein run -v a.md
  has "1 compiled"
  run -0 cat a.md
  has "in read_it, an earlier cell, line 6: return *p;"
}

@test "comments that a compiler minds are given to it" {
  doc a.md <<'E'
'''c {cflags=-Wextra}
int f(int n)
{
	switch (n) {
	case 1:
		n++;
		/* fall through */
	case 2:
		n++;
	}
	return n;
}
'''
E
  run -0 skein run -o out.md a.md
  [ "$output" = "" ]
  sed -i 's/fall through/go on/' a.md
  run -0 skein run -o out.md a.md
  has "a.md:6:4: warning: this statement may fall through"
}
