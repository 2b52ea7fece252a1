load ../helper

@test "--twice names the cells that give something else when they are run again" {
  doc a.md <<'E'
'''c
int x;
printf("%p\n", (void *)&x);
'''

'''c
FILE *f = fopen("calls", "a");
fputc('.', f);
ftell(f) == 2 ? abort() : 0;
fclose(f);
'''

'''c {cache=run session=kept}
#include <stdio.h>
FILE *log = fopen("log", "a");
fputc('.', log);
printf("%ld\n", ftell(log));
fclose(log);
'''

'''console {.run}
$ wc -c <"$SKEIN_ROOT/log"
$ echo steady
'''

'''c
printf("steady\n");
'''
E
  skein run a.md
  rm calls
  cp a.md before.md
  run -1 --separate-stderr skein check --twice a.md
  has $'\n+++ a.md\toutput, run again\n@@ -7 +7 @@\n-0x'
  has '+crashed: abort() was called'
  lacks steady$'\n-steady'
  output=$stderr
  has 'a.md:1:1: error: this cell gave something else when it was run again'
  has "a.md:10:1: error: this cell ended otherwise when it was run again: 'done', then 'crash' [unsteady]"
  has 'a.md:17:1: error: this cell gave something else'
  has 'a.md:29:1: error: this cell gave something else'
  [ "$(grep -c unsteady <<<"$stderr")" = 4 ]
  same a.md <before.md
}

@test "--twice has nothing to say of a document that is the same each time" {
  doc a.md <<'E'
'''c
int x = 7;
int *at = &x;
at
'''

'''c {fails=crash}
*(int *)8 = 1;
'''
E
  run -0 skein run --twice a.md
  [ -z "$output" ]
  run -0 skein check --twice --json a.md
  lacks unsteady
}
