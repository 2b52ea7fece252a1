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
  skein run --json -o /dev/null a.md | grep '"event":"cell"' >out
  # no character in two pieces; what is no text is one U+FFFD
  grep -o '"stream":[^}]*' out | sed 's/"at":[0-9]*/"at":T/; s/xx*/x/g' | head -n 7 >got
  same got <<'E'
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
  [ "$(tail -n 1 times)" -le "$(grep -o '"nanoseconds":[0-9]*' out | cut -d: -f2)" ]
  # 40 * 65536 + 17 bytes printed, 1 MiB kept
  [ $(($(grep -o '"left_out":[0-9]*' out | cut -d: -f2 | paste -sd+))) = 1572881 ]
  [ "$(grep -o 'x*' out | tr -d '\n' | wc -c)" -gt 2097100 ]
}

@test "what a terminal would obey is obeyed or taken off, the rest is visible" {
  doc a.md <<'E'
'''c
printf("\033[31mred\033[0m \033]0;title\a\033]52;c;Zm8=\a|\n");
printf("%d%%\r", 10); printf("%d%%\r", 100); printf("done\n");
printf("a 1\nb 1\n\033[2A\033[2Ka 2\n\033[2Kb 2\n");
printf("|\b/\b-\bx\n");
fwrite("nul\0 \xff \xed\xa0\x80 \xe2\x80\xae \xc2\x9b end\033[3", 1, 24, stdout);
'''
E
  skein run a.md
  sed -n '/^```output/,$p' a.md >got
  same got <<'E'
```output
red |
done
a 2
b 2
x
nul\x00 \xff \xed\xa0\x80 \u202e \u009b end
```
E
  cp a.md before
  skein run a.md
  cmp a.md before
}

@test "output that looks like parts of a document stays output" {
  doc a.md <<'E'
'''c
for (int i = 0; i < 300; i++) putchar('`');
puts("");
for (int i = 0; i < 300; i++) putchar('~');
puts("\n\n```c\nabort();\n```\n\n<!-- skein:end -->\n-->\n---\nskein: {cc: none}\n---\n<script>\n  ```output");
fputs("```\n", stderr);
'''

text

'''c
"last"
'''
E
  skein run a.md
  cp a.md before
  run -0 skein list a.md
  [ "$(grep -c ' cell [0-9]' <<<"$output")" = 2 ]
  skein run a.md
  cmp a.md before
  skein check a.md
}

@test "endless and very long output is cut: the limit, the bytes, and the next cell as before" {
  doc a.md <<'E'
'''c {output-kill=100M}
static char some[1 << 20];
memset(some, 'x', sizeof some);
int state = 1;
for (int i = 0; i < 64; i++) fwrite(some, 1, sizeof some, stdout);
'''

'''c {fails=any buffer=full}
state = 2;
for (;;) fwrite(some, 1, sizeof some, stdout);
'''

'''c {fails=any timeout=200ms}
state = 3;
for (;;) write(1, "\342\202\254\n", 4);
'''

'''c {output-limit=1M}
for (long i = 0; i < 400000; i++) puts("\342\202\254");
state
'''
E
  sed -i '1a #include <stdio.h>\n#include <string.h>\n#include <unistd.h>' a.md
  skein run a.md
  [ "$(stat -c %s a.md)" -lt 1150000 ]
  grep 'left out\|stopped' a.md | sed -E 's/[0-9,]{4,} bytes/N bytes/' >got
  same got <<'E'
... N bytes left out ...
... the rest is left out ...
stopped: printed more than 64 MiB (limit: output-kill)
... the rest is left out ...
stopped after 0.2 s: still running (limit: timeout)
... N bytes left out ...
E
  run -0 tail -n 3 a.md
  has $'€\n1\n```'
  ! grep -q '\\x' a.md
}
