load ../helper

# Cells that have succeeded before are sent to the host ahead of their turn.

@test "outputs are those of the cell that printed them, however fast the cells follow each other" {
  doc a.md <<'E'
'''c
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
int n = 0;
puts("one");
'''

'''c
fputs("to stderr, no line end", stderr);
printf("two, no line end");
'''

'''c
for (int i = 0; i < 30000; i++) printf("%05d\n", i);
'''

'''c
if (fork() == 0) { printf("a child\n"); exit(0); }
wait(NULL);
n++;
'''

'''c
printf("n is %d\n", n++);
n
'''

'''c
n = 7;
'''

'''c
if (fork() == 0) { for (;;) pause(); }
printf("%d\n", n);
'''

'''c {stdin=words}
char word[16];
scanf("%15s", word);
puts(word);
'''

'''c
if (fork() == 0) { setsid(); if (fork() == 0) { for (;;) pause(); } _exit(0); }
wait(NULL);
'''

'''c
puts("last");
'''
E
  echo to be read >words
  run -0 --separate-stderr env SKEIN_TRACE=session skein run -o first.md a.md
  # shellcheck disable=SC2154  # run sets it
  [[ $stderr != *"ahead: cell"* ]]
  run -0 --separate-stderr env SKEIN_TRACE=session skein run -o second.md a.md
  # shellcheck disable=SC2154  # run sets it
  [[ $stderr == *"ahead: cell 1"*"ahead: cell 3"* ]]
  diff first.md second.md
  grep -q '^n is 1$' second.md
  grep -qx 2 second.md
  grep -qx to second.md
}

@test "after a crash among cells that were sent ahead the later ones run once, with the state before it" {
  doc a.md <<'E'
'''c
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int n = 1;
void note(const char *what) { FILE *f = fopen("log", "a"); fprintf(f, "%s ", what); fclose(f); }
'''

'''c
n = 2;
'''

'''c
note("third");
printf("now %d\n", n);
'''

'''c
n = 4;
if (access("trap", F_OK) == 0) { printf("last words"); fflush(stdout); abort(); }
'''

'''c
note("fifth");
printf("n is %d\n", n);
'''

'''c
note("sixth");
'''
E
  run -0 skein run -o warm.md a.md
  rm log
  touch trap
  run -5 --separate-stderr env SKEIN_TRACE=session skein run -o crash.md a.md
  # shellcheck disable=SC2154  # run sets it
  [[ $stderr == *"ahead: cell 3"* ]]
  grep -q '^last words' crash.md
  grep -q '^n is 2$' crash.md
  [ "$(cat log)" = "third third fifth sixth " ]
}

@test "with --stop nothing is run after the first failure" {
  doc a.md <<'E'
'''c
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
if (access("trap", F_OK) == 0) exit(3);
'''

'''c
fclose(fopen("ran", "w"));
'''
E
  run -0 skein run -o warm.md a.md
  rm ran
  touch trap
  run -5 skein run --stop -o stopped.md a.md
  [ ! -e ran ]
}
