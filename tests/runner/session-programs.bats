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
  has "read of *p, where p is NULL"
  has "return *p;"
  tail -n 4 a.md | diff - <(printf '\n```output\n3\n```\n')
}


@test "programs that define the same names each see their own, and the session's state anew" {
  doc a.md <<'E'
'''c
#include <stdio.h>
#define BEGIN int main(void)
static int counter;
int bump(void) { return ++counter; }
'''

'''c
#include <stdlib.h>
struct s { int a; };
int x = 1;
static int twice = 1;
static void bye(void) { puts("bye"); }
int main(void) { atexit(bye); printf("%d %d %d\n", bump(), x++, twice++); return 0; }
'''

'''output
1 1 1
bye
'''

'''c
struct s { double b; };
char x = 'x';
static int twice = 7;
int main(int argc, char **argv) { printf("%d %c %d %d\n", bump(), x, twice, argc); return argv[argc] != NULL; }
'''

'''output
1 x 7 1
'''

'''c
BEGIN { printf("begin %d\n", bump()); return 0; }
'''

'''output
begin 1
'''

'''c
counter
'''

'''output
0
'''
E
  run -0 skein check a.md
}

@test "main in all its forms: three arguments, K&R, void, and its status as the system counts" {
  doc a.md <<'E'
'''c
#include <stdio.h>
int main(int argc, char **argv, char **envp) { printf("%d %s\n", argc, envp ? "env" : "none"); return !argv; }
'''

'''output
1 env
'''

'''c {cflags=-Wno-implicit-int}
#include <stdio.h>
main(argc, argv) int argc; char **argv; { printf("%d\n", argc); return !argv; }
'''

'''output
1
'''

'''c {cflags=-Wno-main}
#include <stdio.h>
void main(void) { puts("five"); }
'''

'''output
five
'''

'''c {cflags=-Wno-main fails=exit:4}
#include <stdlib.h>
void main(void) { exit(4); }
'''

'''output-error
exit status 4
'''

'''c
int main(void) { return 256; }
'''

'''c {fails=exit:255}
int main(void) { return -1; }
'''

'''output-error
exit status 255
'''
E
  run -0 skein check a.md
}

@test "a program may abort, have threads, fork and exec, and each fails= fits it" {
  doc a.md <<'E'
'''c
int state = 1;
'''

'''c {fails=SIGABRT}
#include <stdlib.h>
int main(void) { abort(); }
'''

'''output-error
crashed: abort() was called
in main, line 2: int main(void) { abort(); }
'''

'''c
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
static void *work(void *p) { puts("thread"); return p; }
int main(void)
{
	pthread_t t;

	if (pthread_create(&t, NULL, work, NULL) != 0 || pthread_join(t, NULL) != 0)
		return 1;
	fflush(stdout);
	if (fork() == 0) {
		puts("child");
		return 0;
	}
	wait(NULL);
	execlp("echo", "echo", "exec", (char *)NULL);
	return 1;
}
'''

'''output
thread
child
exec
'''

'''c {fails=exit}
#include <stdlib.h>
int main(void) { exit(7); }
'''

'''output-error
exit status 7
'''

'''c {fails=compile}
int main(void) { return unknown; }
'''

'''output-error
line 1: error: 'unknown' undeclared
'''

'''c {fails=timeout timeout=200ms}
int main(void) { for (;;) ; }
'''

'''output-error
stopped after 0.2 s: still running (limit: timeout)
'''

'''c {fails=allowed}
int main(void) { return 2; }
'''

'''output-error
exit status 2
'''

'''c
state
'''

'''output
1
'''
E
  run -0 skein check a.md
}

@test "arguments are words, or the items of a list; input is a file below the root, read to its end" {
  printf 'one\ntwo' >in.txt
  : >empty.txt
  doc a.md <<'E'
'''c {stdin=in.txt args="a 'b c' \"d\""}
#include <stdio.h>
int main(int argc, char **argv)
{
	int c;

	while ((c = getchar()) != EOF)
		putchar(c);
	for (int i = 1; i < argc; i++)
		printf("[%s]", argv[i]);
	return 0;
}
'''

'''output
one
two[a]['b][c']["d"]
'''

'''c
//| args: [one, "two three", ""]
#include <stdio.h>
int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		printf("[%s]", argv[i]);
	return 0;
}
'''

'''output
[one][two three][]
'''

'''c {stdin=empty.txt session=none}
#include <stdio.h>
int main(void) { printf("%d\n", getchar()); return 0; }
'''

'''output
-1
'''
E
  run -0 skein check a.md
  mkdir folder
  doc b.md <<'E'
'''c {stdin=missing.txt}
int main(void) { return 0; }
'''
'''c {stdin=folder}
int main(void) { return 0; }
'''
'''c {stdin=../above}
int main(void) { return 0; }
'''
'''c
int main(void) { return 0; }
'''
E
  run -2 skein run b.md
  has "missing.txt: error: cannot read: No such file or directory [io]"
  has "b.md:1:7: note: it is the standard input of this cell"
  has "folder: error: this is a folder, not a file [not-a-file]"
  has "'../above' leads out of the project [refused-path]"
}

@test "sessions do not see each other, and a prelude is of the document's" {
  echo 'int shared = 5;' >prelude.c
  doc a.md <<'E'
<!-- skein: prelude=prelude.c -->

# Sessions

'''c
shared++;
shared
'''

'''output
6
'''

'''c {session=other}
#ifdef shared
#error
#endif
int shared = 1;
int own = 2;
'''

'''c {session=other}
shared + own
'''

'''output
3
'''

'''c
shared
'''

'''output
6
'''

'''c {fails=compile}
own
'''

'''output-error
line 1: error: 'own' undeclared
'''
E
  run -0 skein check a.md
}
