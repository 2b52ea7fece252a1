#!/usr/bin/env bats
# Limits of cells: each is named, with what raises it, and costs only its cell.

load ../helper

@test "each limit stops its cell, is named with its value, and the terminal says what to write for more" {
  doc a.md <<'E'
'''c
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
int state = 7;
void *waits(void *p) { pause(); return p; }
'''

'''c {file-size=64K}
state = 0;
FILE *f = fopen("big", "w");
for (;;)
	fputs("0123456789\n", f);
'''

'''c {processes=40}
state = 0;
for (;;)
	if (fork() == 0) pause();
'''

'''c {processes=40 fails=limit}
for (pthread_t t; ;)
	pthread_create(&t, NULL, waits, NULL);
'''

'''c {timeout=200ms fails=memory}
for (;;) ;
'''

'''c {file-size=64K}
signal(SIGXFSZ, SIG_IGN);
FILE *g = fopen("big", "w");
for (int i = 0; i < 10000; i++)
	fputs("0123456789\n", g);
ferror(g) != 0
'''

'''c
state
'''

'''console {.run file-size=64K}
$ head -c 1M /dev/zero >big; wc -c <big
'''
E
  run -5 --separate-stderr skein run --json a.md
  [[ $output == *'"limit":{"option":"file-size","value":65536,"raise":"file-size=128K"}'* ]]
  [[ $output == *'"limit":{"option":"processes","value":40,"raise":"processes=80"}'* ]]
  output=$stderr
  has "a.md:14:2: error: this cell failed: stopped: made a file larger than 64 KiB (limit: file-size) [file-size-limit]"
  has "a.md:10:1: help: file-size=128K on this block gives it more, as does --set file-size=128K"
  has "a.md:17:1: error: this cell failed: stopped: had more than 40 processes and threads (limit: processes) [processes-limit]"
  has "help: processes=80 on this block"
  lacks "a.md:23:"
  has "a.md:28:21: error: this cell was expected to fail in another way: what happened is fails="
  has "help: timeout=400ms on this block"
  has "1 timed out, 2 hit a limit"
  run cat a.md
  has $'stopped: made a file larger than 64 KiB (limit: file-size)\nline 4: fputs("0123456789\\n", f);\n'
  has $'stopped: had more than 40 processes and threads (limit: processes)\nstate: as before'
  has $'```output\n1\n'
  has $'```output\n7\n'
  has $'\n65536\n'
}

@test "none takes a limit away, and what is no limit is refused" {
  doc a.md <<'E'
<!-- skein: file-size=64K memory=none timeout=none output-kill=none processes=none -->

# All

'''c {file-size=none}
FILE *f = fopen("big", "w");
for (int i = 0; i < 10000; i++)
	fputs("0123456789\n", f);
printf("%ld\n", ftell(f));
'''

'''console {.run file-size=0}
$ head -c 1M /dev/zero >big; wc -c <big
'''
E
  run -0 skein run -o - a.md
  has $'\n110000\n'
  has $'\n1048576\n'
  run -3 skein run --set processes=many --set file-size=big a.md
  has "the value 'many' of 'processes' must be a number, or none"
  has "the value 'big' of 'file-size' must be a size such as 64K, 16M or 1G, or none"
}

@test "memory counts all that a cell has started, and what they share once" {
  doc a.md <<'E'
'''c
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
int state = 7;
'''

'''c {memory=64M}
for (int i = 0; i < 4; i++)
	if (fork() == 0) {
		memset(malloc(30 << 20), 1, 30 << 20);
		pause();
	}
pause();
'''

'''c {memory=64M}
char *shared = mmap(NULL, 40 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
int bad = 0;
memset(shared, 1, 40 << 20);
for (int i = 0; i < 3; i++)
	if (fork() == 0) {
		for (int k = 0; k < 40 << 20; k += 4096)
			bad += shared[k] != 1;
		usleep(200000);
		_exit(bad);
	}
for (int status; wait(&status) > 0;)
	bad += status;
bad + state
'''

'''console {.run memory=64M fails=memory}
$ f() { (head -c 20M /dev/zero; sleep 60) | tail -c 20M; }; f & f & f & f & f
'''
E
  run -5 skein run a.md
  has "a.md:11:1: error: this cell failed: stopped: needed more than 64 MiB (limit: memory) [memory-limit]"
  has "a.md:11:1: help: memory=128M on this block gives it more, as does --set memory=128M"
  has "a.md: 3 of 4 cells ran, 1 hit a limit"
  run cat a.md
  has $'```output\n7\n```'
  has $'stopped: needed more than 64 MiB (limit: memory)\ncommand 1:'
}

@test "without memory= a cell may use most of what the machine has left, and an end by the system is told" {
  group=/sys/fs/cgroup/memory$(sed -n 's/^[0-9]*:memory://p' /proc/self/cgroup)/skein-test-$$
  mkdir "$group" 2>/dev/null || skip "no group of version 1 can be made"
  echo 128M >"$group/memory.limit_in_bytes"
  echo 128M >"$group/memory.memsw.limit_in_bytes"
  doc a.md <<'E'
'''c
int state = 7;
'''

'''c
for (;;) memset(malloc(1 << 20), 1, 1 << 20);
'''

'''c {memory=none}
for (;;) memset(malloc(1 << 20), 1, 1 << 20);
'''

'''c
state
'''
E
  run -5 bash -c "echo \$\$ >'$group/cgroup.procs'; exec skein run a.md"
  rmdir "$group"
  has "a.md:5:1: error: this cell failed: stopped: needed more than 3/4 of what the machine had left (limit: memory) [memory-limit]"
  has "help: memory=none on this block"
  has "a.md:9:1: error: this cell failed: ended by the system: out of memory (memory=... sets a limit) [memory-limit]"
  grep -qx 7 a.md
}
