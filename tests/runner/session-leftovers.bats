load ../helper

# Waits for the end of a process that is not our child.
gone() {
  timeout 20 tail --pid="$1" -s 0.05 -f /dev/null
}

@test "a daemon that a cell left is ended before the next cell runs" {
  doc a.md <<'E'
'''c
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
int line[2];
pipe(line);
if (fork() == 0) {
  setsid();
  if (fork() == 0) {
    signal(SIGTERM, SIG_IGN);
    pid_t me = getpid();
    write(line[1], &me, sizeof me);
    for (;;) pause();
  }
  _exit(0);
}
pid_t daemon_pid;
read(line[0], &daemon_pid, sizeof daemon_pid);
'''

'''c
#include <errno.h>
int gone = kill(daemon_pid, 0), why = errno;
printf("%d %d\n", gone, why == ESRCH);
'''
E
  run -0 skein run a.md
  tail -n 4 a.md | diff - <(printf '\n```output\n-1 1\n```\n')
}

@test "the end of skein by SIGKILL is the end of its cells" {
  mkfifo ready
  doc a.md <<'E'
'''c
#include <stdio.h>
#include <unistd.h>
FILE *f = fopen("ready", "w");
fprintf(f, "%d\n", getpid());
fflush(f);
pid_t child = fork();
if (child == 0) { setsid(); fprintf(f, "%d\n", getpid()); fclose(f); for (;;) pause(); }
fclose(f);
for (;;) pause();
'''
E
  skein run a.md >/dev/null 2>&1 3>&- &
  local skein=$! pids
  mapfile -t pids <ready
  [ "${#pids[@]}" = 2 ]
  kill -KILL "$skein"
  gone "${pids[0]}"
  gone "${pids[1]}"
}

@test "a cell cannot end those who watch over it" {
  doc a.md <<'E'
'''c
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
int parent = kill(getppid(), SIGKILL), why = errno;
int all = kill(-1, SIGKILL), then = errno;
printf("%d %d %d %d\n", parent, why == EPERM, all, then == EPERM);
'''
E
  run -0 skein run a.md
  tail -n 4 a.md | diff - <(printf '\n```output\n-1 1 -1 1\n```\n')
}

@test "nothing of the caller's environment reaches a cell" {
  doc a.md <<'E'
'''c
extern char **environ;
for (char **e = environ; *e; e++)
    if (strncmp(*e, "HOME=", 5) && strncmp(*e, "TMPDIR=", 7))
        puts(*e);
'''
E
  MY_TOKEN=secret run -0 skein run a.md
  sed -n '/^```output/,$p' a.md | grep -v '^UBSAN_OPTIONS=' | diff - <(printf '%s\n' '```output' \
    'PATH=/usr/local/bin:/usr/bin:/bin' LANG=C.UTF-8 TZ=UTC TERM=dumb COLUMNS=80 '```')
}

@test "a host that is done before the warden has told of it is no leftover" {
  export ASAN_OPTIONS=detect_leaks=0	# cannot trace while traced
  doc a.md <<'E'
'''c
int n = 3;
n
'''
E
  skein run a.md
  # the warden comes back from making the host long after the host has run the cell
  run -0 strace -f -qq -o /dev/null -e trace=clone,clone3,fork,vfork \
    -e inject=clone,clone3,fork,vfork:delay_exit=300000 skein check a.md
}
