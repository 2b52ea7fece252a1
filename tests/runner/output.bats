load ../helper

@test "--json has what came on both streams in its order, with times" {
  doc a.md <<'E'
'''c
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>
/* until it has been read */
void taken(int fd) { for (int n = 1; ioctl(fd, FIONREAD, &n) == 0 && n > 0;) usleep(100); }

for (int i = 0; i < 2; i++) {
	printf("out %d\n", i); taken(1);
	fprintf(stderr, "err %d\n", i); taken(2);
}
write(1, "\342\202", 2); taken(1); usleep(6000);
write(1, "\254 \377", 3); taken(1);
fprintf(stderr, "half"); taken(2);
static char line[1 << 16];
for (unsigned i = 0; i < sizeof line; i++) line[i] = 'x';
for (int i = 0; i < 40; i++) write(1, line, sizeof line);
'''
E
  skein run --json -o /dev/null a.md >out
  # no character in two pieces; what is no text is one U+FFFD
  grep -o '"stream":[^}]*' out | sed 's/"at":[0-9]*/"at":T/; s/xx*/x/g' | head -n 7 | same - <<'E'
"stream":"stdout","at":T,"text":"out 0\n"
"stream":"stderr","at":T,"text":"err 0\n"
"stream":"stdout","at":T,"text":"out 1\n"
"stream":"stderr","at":T,"text":"err 1\n"
"stream":"stdout","at":T,"text":"€"
"stream":"stdout","at":T,"text":" �"
"stream":"stderr","at":T,"text":"half"
E
  grep -o '"at":[0-9]*' out | cut -d: -f2 >times
  sort -n times | same times
  # 40 * 65536 + 17 bytes printed, 1 MiB kept
  [ $(($(grep -o '"left_out":[0-9]*' out | cut -d: -f2 | paste -sd+))) = 1572881 ]
  [ "$(grep -o 'x*' out | tr -d '\n' | wc -c)" -gt 2097100 ]
}
