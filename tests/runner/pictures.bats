load ../helper

# What <skein.h> shows: the calls, and their text where nobody shows it.

@test "one call each shows a plot, a table, Markdown and a file, from C and from C++" {
  doc a.md <<'E'
'''c
#include <math.h>
#include <stdio.h>
#include <skein.h>
double x[3] = { 0, 1, 2 }, y[3] = { 3, NAN, 5 };
const char *names[] = { "one", "two", NULL };
skein_plot_line("A line", x, y, 3);
skein_plot_points("Points", NULL, y, 3);
skein_plot_bars("Bars", names, x, 3);
skein_plot(.title = "Both", .log_y = 1, .series = { { "a", x, y, 3, SKEIN_POINTS }, { .name = "b", .y = y, .n = 3 } });
struct skein_table *t = skein_table_begin("name|>size");
skein_table_row(t, "%s|%d%%", "a|b\\ <i>*x*", 50);
skein_table_end(t);
skein_table_numbers(">n|>half", (double[]){ 1, .5, 2, 1 }, 2, 3);
skein_markdown("**%d** and 50%%", 7);
skein_progress(1, 2, "half");
FILE *f = fopen("dot.svg", "w");
fputs("<svg xmlns=\"http://www.w3.org/2000/svg\"><title>a dot</title></svg>", f);
fclose(f);
skein_image("./dot.svg");
skein_image_alt("./dot.svg", "A small dot");
'''

'''cpp
#include <skein.h>
extern "C" void show(void)
{
	const double two[] = { 1, 2 };
	skein_plot(.title = "From C++", .series = { { .y = two, .n = 2 } });
}
'''

'''c
show();
skein_image("nothing.png"); skein_image(NULL); skein_markdown(NULL); skein_svg("");
skein_plot_line("t", x, y, 0); skein_plot_line("t", x, NULL, 3); skein_plot_bars("t", names, y, -1);
skein_plot_points("t", (double[]){ NAN }, y, 1);
skein_plot(.log_x = 1, .series = { { .x = (double[]){ -1 }, .y = y, .n = 1 } });
skein_plot(.series = { { .y = y, .n = 3 }, { .y = y, .n = 3, .as = SKEIN_BARS } });
skein_table_row(NULL, "x"); skein_table_end(NULL);
'''

'''c {fails=crash}
skein_markdown((const char *)8);
'''
E
  run -0 --separate-stderr skein run a.md
  run -0 grep -oE '^!\[[^]]*\]\(a.skein/[0-9a-f]+\.svg\)$' a.md
  sed 's/](.*//' <<<"$output" >pictures
  same pictures <<'E'
![A line
![Points
![Bars
![Both
![dot.svg
![A small dot
![From C++
E
  run -0 cat a.md
  has '| name             | size |
| ---------------- | ---: |
| a\|b\\ \<i>\*x\* |  50% |
'
  has '**7** and 50%'
  has "skein_image: cannot read 'nothing.png': No such file or directory
skein_image: there is no path (NULL)
skein_markdown: there is no text (NULL)
skein_svg: there is no text
skein_plot_line: series 1: there are no values (n is not above 0)
skein_plot_line: series 1: there are no values (NULL)
skein_plot_bars: series 1: there are no values (n is not above 0)
skein_plot_points: no value can be drawn: all are NaN or infinite
skein_plot: no value can be drawn: all are NaN or infinite, or not above 0 on a logarithmic axis
skein_plot: series 2: bars and others do not go together
skein_table_row: there is no table (NULL)
skein_table_end: there is no table (NULL)"
  has 'crashed: read at address 0x8 in skein_markdown'
  run -0 skein check --no-compile a.md
  if command -v cmark-gfm >/dev/null; then
    run -0 cmark-gfm -e table a.md
    has '<td>a|b\ &lt;i&gt;*x*</td>'
  fi
}

@test "in a program without skein the same calls print text" {
  cat >a.c <<'E'
#include <skein.h>
int main(void)
{
	double x[] = { 1, 10, 100 }, y[] = { 1, 2, 3 };
	const char *const names[] = { "one", "two and more", 0 };
	struct skein_table *t = skein_table_begin("name|>size|last");

	skein_plot(.title = "A line", .x_label = "n", .log_x = 1, .series = { { .name = "s", .x = x, .y = y, .n = 3 } });
	skein_plot_bars("Bars", names, y, 3);
	skein_table_row(t, "%s|%d|%s", "\303\251|", 5, "x");
	skein_table_row(t, "longer|%d|", 12345);
	skein_table_row(t, "%c%c%c|%d|\x1f%s", 0x1e, 0x1f, 0, 6, "a\x1e" "b");
	skein_table_end(t);
	skein_markdown("**%d%%**", 50);
	skein_html("<p>a &lt; b</p>");
	skein_svg("<svg><title>dots</title></svg>");
	skein_image("a.c");
	skein_image_alt("a.c", "The source");
	skein_progress(1, 2, "half");
	skein_progress(2, 2, "all");
	return 0;
}
E
  gcc -Wall -Wextra -Werror -I"$SKEIN_BUILD/alone" -o a a.c
  LC_ALL=C ./a >out 2>err
  same out <<'E'
A line
         3 |                                                          ***
           |                                                      ****
           |                                                  ****
           |                                             *****
           |                                         ****
           |                                     ****
           |                                 ****
           |                            *****
           |                        ****
           |                    ****
           |                ****
           |            ****
           |        ****
           |    ****
         1 | ***
           +-------------------------------------------------------------
             1                                                        100
x: n
* s
Bars
one          |############# 1
two and more |########################### 2
             |######################################## 3
name     size  last
------  -----  ----
é|          5  x
longer  12345
            6   a b
**50%**
a < b
dots
a.c
The source (a.c)
E
  same err </dev/null
}

@test "each call of the header stands in its manual page" {
  run -0 grep -oE '__SKEIN_CALL\([^,]+, skein_[a-z_]+' "$SKEIN_TOP/runner/include/skein.h"
  [ "${#lines[@]}" -ge 12 ]
  for line in "${lines[@]}"; do
    grep -q "^\.Fn ${line##* } " "$SKEIN_TOP/docs/skein.h.3" || { echo "no ${line##* }"; return 1; }
  done
}

@test "plots and tables of any bytes are pictures and tables, or refused" {
  run timeout 60 "$SKEIN_BUILD/tests/fuzz/plot" "${SKEIN_SEED:-1}" 1
  echo "$output"
  [ "$status" = 0 ]
}

@test "normalize=picture: one that looks another way each time stays, until its file is lost" {
  doc a.md <<'E'
'''sh {.run image=a.svg normalize=picture}
echo "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><title>a</title><desc>$$</desc></svg>" >a.svg
'''
E
  skein run -q a.md
  cp a.md first.md
  run -0 skein run -q a.md
  cmp a.md first.md
  run -0 skein check a.md
  rm a.skein/*.svg
  run -1 skein check a.md
  has '[lost-picture]'
  run -0 skein run -q a.md
  run -0 skein check a.md
  run -1 skein check --set normalize=none a.md
}
