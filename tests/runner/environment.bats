#!/usr/bin/env bats
# What cells have around them: variables, folders, descriptors; and what they do not get.

load ../helper

@test "cells see the fixed environment and nothing of the caller's, wherever they look" {
  mkdir home
  echo canary-file >home/.git-credentials
  echo canary-fd >canary
  doc a.md <<'E'
'''c
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
extern char **environ;
for (char **e = environ; *e; e++)
	puts(*e);
'''

'''c
static char text[1 << 20], path[4096];
int holds(const char *file)
{
	int fd = open(file, O_RDONLY);
	ssize_t n = fd == -1 ? -1 : read(fd, text, sizeof text);

	if (fd != -1) close(fd);
	return n > 0 && memmem(text, n, "canary-", 7);
}
int found = 0, looked = 0;
DIR *all = opendir("/proc");
for (struct dirent *e; (e = readdir(all)); )
	if (e->d_name[0] >= '1' && e->d_name[0] <= '9') {
		sprintf(path, "/proc/%s/environ", e->d_name);
		found += holds(path);
		looked++;
	}
printf("environments: %d %d\n", looked > 2, found);
found = 0;
for (int fd = 0; fd < 1024; fd++) {
	sprintf(path, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(path, text, sizeof text);
	found += n > 0 && memmem(text, n, "canary", 6);
}
sprintf(path, "%s/.git-credentials", getenv("HOME"));
printf("descriptors: %d, credentials: %d\n", found, holds(path));
struct rlimit core;
getrlimit(RLIMIT_CORE, &core);
printf("core: %d, tty: %d, umask: %o, stdin: %d\n", (int)core.rlim_max, open("/dev/tty", O_RDWR), umask(022), getchar());
'''

'''console {.run}
$ env | grep -c canary-; test -e ~/.git-credentials || echo none
'''
E
  cat >try <<'E'
umask 077
exec 9<canary
HOME=$PWD/home SECRET=canary-variable SSH_AUTH_SOCK=/canary-socket GITHUB_TOKEN=canary-token \
  exec skein run a.md
E
  run -0 script -qec "bash try" /dev/null
  run cat a.md
  has $'\nPATH=/usr/local/bin:/usr/bin:/bin\nHOME=$TMPDIR\nTMPDIR=$TMPDIR\nLANG=C.UTF-8\nTZ=UTC\nTERM=dumb\nCOLUMNS=80\n```\n'
  has $'environments: 1 0\ndescriptors: 0, credentials: 0\ncore: 0, tty: -1, umask: 22, stdin: -1\n'
  has $'\n0\nnone\n'
  lacks canary-v
}

@test "env sets variables or hands them on, for a session, a cell of its own and a console" {
  doc a.md <<'E'
<!-- skein: env="FIRST=1 GIVEN ABSENT" -->

# Variables

'''c {env=FIRST=2}
#include <stdlib.h>
printf("%s %s %s %d\n", getenv("FIRST"), getenv("GIVEN"), getenv("LATER"), getenv("ABSENT") == NULL);
'''

'''c {env="LATER=x TZ=CET FIRST=2"}
puts(getenv("TZ"));
'''

'''c {session=none env=FIRST=3}
puts(getenv("FIRST"));
'''

'''c {session=none}
puts(getenv("FIRST"));
'''

'''console {.run env=PATH=/bin}
$ echo $FIRST $GIVEN $PATH $TZ
'''
E
  GIVEN='two words' run -0 skein run -o - a.md
  has $'```output\n2 two words x 1\n```'
  has $'```output\nCET\n```'
  has $'```output\n3\n```'
  has $'```output\n1\n```'
  has $'\n1 two words /bin UTC\n'
  doc b.md <<'E'
'''c {env=A=1}
int a;
'''

'''c {env=A=2}
int b;
'''

'''c {cwd=..}
int c;
'''

'''c {session=other env="LD_PRELOAD=x.so 1A=2"}
int d;
'''
E
  run -6 skein run b.md
  has "b.md:5:7: error: an earlier cell of this session says env=A=1, and a session has one: say the same, or give this cell another session [session-differs]"
  has "b.md:9:7: error: the value '..' of 'cwd' must be document, root, or a folder below the root"
  has "error: 'LD_PRELOAD' would be loaded into skein's own program: link it with libs"
  has "the value '1A=2' of 'env' must be NAME=value, or NAME to hand on the caller's"
}

@test "cells work in the document's folder, or where cwd says" {
  mkdir -p .git docs data/in
  doc docs/a.md <<'E'
'''c
#include <unistd.h>
char at[4096];
puts(strrchr(getcwd(at, sizeof at), '/'));
'''

'''c {session=two cwd=root}
#include <unistd.h>
puts(access("data/in", F_OK) == 0 ? "root" : "elsewhere");
'''

'''c {session=none cwd=data/in}
#include <unistd.h>
char at[4096];
puts(strrchr(getcwd(at, sizeof at), '/'));
'''
E
  run -0 skein run -o - docs/a.md
  has $'```output\n/docs\n```'
  has $'```output\nroot\n```'
  has $'```output\n/in\n```'
}

@test "HOME and TMPDIR are a folder of the run's own, the same in each, and gone after it whatever is in it" {
  mkdir temp
  doc a.md <<'E'
'''c
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
struct stat st;
char *home = getenv("HOME");
stat(home, &st);
FILE *seen = fopen("seen", "a");
fprintf(seen, "%s\n", home);
fclose(seen);
printf("%s %o\n", home, st.st_mode & 0777);
chdir(home);
mkdir("left", 0700)
'''

'''c
for (int i = 0; i < 2500; i++) {
	mkdir("deep", 0700);
	chdir("deep");
}
chdir(home);
for (int i = 0; i < 3000; i++) {
	char name[32];
	sprintf(name, "file-%d", i);
	close(creat(name, 0));
}
symlink("/", "root");
mkdir("closed", 0700);
mkdir("closed/inner", 0);
chmod("closed", 0);
chmod(home, 0)
'''
E
  export TMPDIR=$PWD/temp
  run -0 skein run a.md
  grep -qxF '$TMPDIR 700' a.md
  [ -z "$(ls -A temp)" ]
  cp a.md before.md
  run -0 skein check a.md
  cmp a.md before.md
  [ "$(wc -l <seen) $(sort -u seen | wc -l)" = "2 1" ]
  # one that was killed, and one that another run has
  home=$(head -n 1 seen)
  mkdir -p "$home/left/over" "${home%/*}/0123456789abcdef/old"
  chmod 700 "${home%/*}"
  exec 7<"$home"
  flock 7
  run -0 skein run a.md
  exec 7<&-
  [ "$(tail -n 1 seen)" = "$home-2" ]
  [ -d "$home/left/over" ]
  [ ! -e "${home%/*}/0123456789abcdef" ]
  run -0 skein run a.md
  [ -z "$(ls -A temp)" ]
}

@test "a folder that somebody else could look into is not used" {
  mkdir -p temp
  mkdir -m 777 "temp/skein-$(id -u)"
  doc a.md <<'E'
'''c
#include <stdlib.h>
puts(getenv("HOME"));
puts(strrchr(getenv("HOME"), '/'));
'''
E
  TMPDIR=$PWD/temp run -0 skein run a.md
  ls -A temp >left
  echo "skein-$(id -u)" | same left
  grep -q '^/skein-[A-Za-z0-9]\{6\}$' a.md
  TMPDIR=$PWD/nowhere run -0 skein run -o - a.md	# /tmp does, then
}

@test "few descriptors, if they may be more, and little address space of the caller are enough" {
  case $SKEIN_BUILD in *asan | *tiny) skip "AddressSanitizer takes what address space it likes" ;; esac
  doc a.md <<'E'
'''c
#include <stdio.h>
printf("on\n");
int *p = NULL;
'''

'''c {fails=crash}
*p = 1;
'''

'''c
printf("and on\n");
'''

'''console {.run}
$ echo shell
'''
E
  run -0 bash -c 'ulimit -S -n 20; ulimit -v 4000000; skein run -o - a.md'
  has $'\non\n'
  has $'\nand on\n'
  has $'\nshell\n'
}
