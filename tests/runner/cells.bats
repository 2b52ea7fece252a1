load ../helper

strict='-pedantic -Wall -Wextra -Wconversion -Wshadow -Wmissing-prototypes -Wmissing-declarations -Wredundant-decls'

session() {
  doc a.md <<'E'
'''c
#include <stdio.h>
static int add(int a, int b)
{
	return a + b;
}
int total = 3;
static const char *const names[] = { "a", "b" };
int once = 0;
once = add(1, 2);
'''
'''c
int *kept = (int[]){ add(1, 1), 2 };
struct { int z; } anon = { 4 };
printf("%d %s %d %d %d\n", total, names[1], once, kept[0], anon.z);
'''
E
}

@test "strict flags say nothing of what is not the cell's" {
  session
  run -0 skein run --set cc=clang --set "cflags=$strict -Werror -Weverything" -o - a.md
  lacks "warning:"
  has $'```output\n3 b 3 2 4\n```'
  run -0 skein run --set cc=gcc --set "cflags=$strict" -o - a.md
  lacks "warning:"
}

@test "a compiler that does not know redefine_extname is given asm labels" {
  session
  run -0 skein run -v --set cflags=-U__PRAGMA_REDEFINE_EXTNAME -o - a.md
  has $'```output\n3 b 3 2 4\n```'
  lacks "redefine_extname"
  run -0 skein run -v --set cflags=-U__PRAGMA_REDEFINE_EXTNAME -o - a.md
  has "2 of 2 cells ran, 0 compiled"
}

@test "what goes with a type that is defined anew is told at the new one's name" {
  doc a.md <<'E'
'''c
enum color { RED, GREEN };
enum color paint = GREEN;
'''
'''c
int x;
enum color { GREEN = 7, BLUE };
'''
E
  run -0 skein run a.md
  has "a.md:7:6: warning: the new 'color' hides 'RED', which came with the old one [hidden]"
  has "a.md:7:6: warning: the new 'color' hides 'paint', which was made of the old one [hidden]"
  lacks "'GREEN'"
}

@test "a literal that cannot be kept is told" {
  doc a.md <<'E'
'''c
int f(void) { return 1; }
int *p = ({ (int[]){ f() }; });
'''
E
  run -0 skein run a.md
  has "a.md:3:6: warning: 'p' may point to a compound literal that is gone after its line [literal]"
}

@test "twins that change no state are each run" {
  doc count.md <<'E'
```c {fails=exit}
#include <fcntl.h>
#include <unistd.h>
write(open("seen", O_CREAT | O_APPEND | O_WRONLY, 0600), "x", 1);
_exit(3);
```

```c {fails=exit}
#include <fcntl.h>
#include <unistd.h>
write(open("seen", O_CREAT | O_APPEND | O_WRONLY, 0600), "x", 1);
_exit(3);
```
E
  skein run -q -o - count.md
  [ "$(cat seen)" = xx ]
}
