load ../helper

@test "a program uses what cells defined, and changes nothing of it" {
  doc a.md <<'E'
'''c
int count = 3;
int twice(int n) { return 2 * n; }
'''

'''c
#include <stdio.h>
int main(void) { count = twice(count); printf("in the program %d\n", count); return 0; }
'''

'''c
count
'''
E
  run -0 skein run a.md
  run cat a.md
  has $'```output\nin the program 6\n```'
  tail -n 4 a.md | diff - <(printf '\n```output\n3\n```\n')
}

@test "a program gets its arguments and its input, and its status is the result" {
  doc a.md <<'E'
'''text {#numbers}
20 22
'''

'''c {args="-v file" stdin-from=numbers}
#include <stdio.h>
int main(int argc, char **argv)
{
	int a, b;

	if (scanf("%d %d", &a, &b) != 2)
		return 1;
	printf("%d %s %s %d\n", argc, argv[1], argv[2], a + b);
	return 3;
}
'''
E
  run -5 skein run a.md
  run cat a.md
  has $'```output\n3 -v file 42\n```'
  has "exit status 3"
}

@test "a program of session=none sees nothing of the session" {
  doc a.md <<'E'
'''c
int count = 3;
'''

'''c {session=none}
#include <stdio.h>
int count = 7;
int main(void) { printf("%d\n", count); return 0; }
'''

'''c
count
'''
E
  run -0 skein run a.md
  run cat a.md
  has $'```output\n7\n```'
  tail -n 4 a.md | diff - <(printf '\n```output\n3\n```\n')
}

@test "a crash in a program is told with its line, and the session goes on" {
  doc a.md <<'E'
'''c
int count = 3;
'''

'''c
#include <stddef.h>
int main(void)
{
	int *p = NULL;
	return *p;
}
'''

'''c
count
'''
E
  run -5 skein run a.md
  run cat a.md
  has "read at address 0x0 (NULL)"
  has "return *p;"
  tail -n 4 a.md | diff - <(printf '\n```output\n3\n```\n')
}
