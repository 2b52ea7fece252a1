load ../helper

# What cells do to hurt, document by document: tests/hostile/*.md.  Each hostile
# cell is followed by one that prints the state, which is as before.  Those whose
# end depends on how busy the machine is are run by tests/faults/hostile alone.
#
# hostile NAME: `check` finds the document as it is recorded; nothing of it runs
# two seconds later; and no file is left but what its cells wrote on purpose.
hostile() {
  local top=$SKEIN_TOP/tests/hostile
  mkdir tmp
  cp "$top/common.h" "$top/lines.txt" "$top/$1.md" "$SKEIN_TOP/runner/session/protocol.h" .
  TMPDIR=$PWD/tmp run -0 timeout 120 "$SKEIN_BUILD/tests/hostile/keeper" skein check "$1.md"
  run find . -path ./.cache -prune -o ! -name 'box.*' ! -path './box.*' ! -name "nobody's fifo" ! -name "$1.md" -print
  diff -u - <(LC_ALL=C sort <<<"$output") <<E
.
./common.h
./lines.txt
./protocol.h
./tmp
E
}

@test "cells that crash lose neither the state nor what was printed" {
  hostile crashes
}

@test "cells that want all memory get what they may have" {
  hostile memory
}

@test "cells that change signals and timers harm no later one" {
  hostile signals
}

@test "cells that spoil descriptors leave the next one its own" {
  hostile descriptors
}

@test "cells with OpenMP crash as others do, and teams work afterwards" {
  echo 'int main(void) { return 0; }' >a.c
  gcc -fopenmp a.c -o a.out || skip "there is no OpenMP"
  rm a.c a.out
  hostile openmp
}

@test "Lua cells that hurt, and C that they call wrongly, harm no later one" {
  hostile lua
}

@test "cells that spoil files and folders harm no later one" {
  hostile filesystem
}

@test "cells that write into the channel of their session are found out, and no other is blamed" {
  hostile channel
}

@test "a session believes no host: forged reports give outcomes, and leave nothing open" {
  timeout 60 "$SKEIN_BUILD/tests/fuzz/reports" "${SKEIN_SEED:-1}" 3
}

@test "a cell that ends the session each time that it is run again does not do so for ever" {
  doc a.md <<'E'
'''c
#include <stdio.h>
#include <sys/socket.h>
int n = 1;
for (int fd = 3; fd < 4096; fd++) {
	int type = 0;
	socklen_t len = sizeof type;
	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_SEQPACKET)
		shutdown(fd, SHUT_RD);
}
'''

'''c
printf("%d\n", n);
'''

'''c
printf("on\n");
'''
E
  run -5 timeout 60 skein run a.md
  has "the session could not be brought back and starts anew"
  tail -n 4 a.md | diff - <(printf '\n```output\non\n```\n')
}
