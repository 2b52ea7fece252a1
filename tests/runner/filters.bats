load ../helper

@test "subst replaces in the lines of a cell, or in what it generates" {
  doc a.md <<'E'
'''c {subst="s/twice/2 */ s/\bname(\d)/f$1/"}
int name1(int n) { return twice n; }
'''
'''c
f1(21)
'''
'''sh {run generates=c++ subst="s/^void/extern \"C\" void/"}
echo 'void up(int *n) { ++*n; }'
'''
'''c
void up(int *n);
int n = 4;
up(&n);
n
'''
E
  run -0 skein run a.md
  run -0 grep -A1 'output$' a.md
  has $'output\n42'
  has $'output\n5'
  # a message shows the line as it is written
  doc b.md <<'E'
'''c {subst="s/twice/2 */"}

int f = twice nothing;
'''
'''c {subst="s/(/x/"}
'''
'''c {subst="twice"}
'''
E
  run -3 skein run b.md
  has 'b.md:3:'
  has "   3 | int f = twice nothing;"
  has "the pattern '(' cannot be read"
  has "the value 'twice' of 'subst' must be s/PATTERN/TEXT/, or several of these"
}

@test "a filter's program changes what is compiled, and is started once for a text" {
  mkdir bin
  cat >bin/shout <<'E'
#!/bin/sh
echo "$*" >>"${0%/bin/shout}/started"
exec tr a-z A-Z
E
  chmod +x bin/shout
  PATH=$PWD/bin:$PATH
  doc a.md <<'E'
'''c {filter="sed '1i int more = 1;' "}
int one = 1;
one + more
'''

'''{c}
//| filter: [sed "s/the one/1 +/", sed s/seven/7/]
the one seven
'''

'''sh {run generates=c filter="sed s/print/puts/" subst="s/say/print/"}
echo 'say("made");'
'''

'''awk {run filter="shout -a 'b c'"}
begin { printf("loud\n") }
'''
E
  sed -i 's/printf("loud.n")/print 12/' a.md
  sed -i 's/tr a-z A-Z/sed s,begin,BEGIN,/' bin/shout
  run -0 skein run a.md
  run -0 grep -A2 'output$' a.md
  has $'output\n2'
  has $'output\n8'
  has $'output\nsay("made");\ngenerated cell:'
  has $'output\n12'
  run -0 skein check --no-compile a.md
  run -0 cat started
  [ "$output" = '-a b c' ]
  # another text, another program: both are asked again
  sed -i 's/print 12/print 13/' a.md
  run -0 skein run a.md
  echo '#' >>bin/shout
  run -0 skein run a.md
  run -0 cat started
  [ "$output" = $'-a b c\n-a b c\n-a b c' ]
  # tangle and its like start none
  sed -i 's/print 13/print 14/' a.md
  run skein tangle a.md
  run -0 skein list a.md
  run -0 skein config a.md
  run skein why a.md 4
  run -4 skein run --no-compile a.md
  has "what the filter 'shout -a 'b c'' gives is not in the cache, and --no-compile forbids to run it [not-cached]"
  run -0 cat started
  [ "$output" = $'-a b c\n-a b c\n-a b c' ]
}

@test "what a filter leaves the same is not compiled again, and messages keep their lines" {
  doc a.md <<'E'
'''c {filter="tr -s ' '"}
int a =   1;
a
'''
E
  run -0 skein run a.md
  sed -i 's/=   1/=     1/' a.md
  run -4 skein run --no-compile a.md
  has '[not-cached]'
  run -0 skein run --explain a.md
  has 'reused: nothing changed'
  doc b.md <<'E'
'''c {filter="sed '1i int added;'"}

int a = 1;
int f = missing;
'''
'''c {filter="sed '2i int b = lost;'"}
int c = 1;
int d = 2;
'''
E
  run -4 skein run b.md
  has "b.md:4:9: error: 'missing' undeclared"
  has "'lost' undeclared"
  has 'this puts in the line that is meant: int b = lost;'
}

@test "filters of skein.lua are functions and commands; their errors have a place" {
  cat >skein.lua <<'E'
return { filters = {
  twice = function(cell)
    return (skein.re.gsub(cell.text, "twice", "2 *"))
  end,
  table = function(cell) cell.text = "5 + " .. cell.text return cell end,
  same = function(cell) end,
  words = { "sed", "s/a b/4/" },
  text = "sed 's/c d/3/'",
  wrong = function(cell)
    return nil + 1
  end,
  number = function(cell) return 1 end,
  bad = 7,
} }
E
  doc a.md <<'E'
---
skein:
  filter: twice
---
'''{c}
//| filter: [same, twice, table, words, text]
twice a b + c d
'''
'''c
twice 9
'''
'''c {filter=none}
int twice = 3;
twice
'''
E
  run -0 skein run a.md
  run -0 grep -A1 'output$' a.md
  has $'output\n16'
  has $'output\n18'
  has $'output\n3'
  doc b.md <<'E'
'''c {filter=wrong}
1
'''
'''c {filter=number}
1
'''
'''c {filter=bad}
1
'''
E
  run -3 skein run b.md
  has "skein.lua:10:5: error: in filter 'wrong': attempt to perform arithmetic on a nil value [filter]"
  has 'b.md:1:7: note: it was called for this cell'
  has "b.md:4:7: error: the filter 'number' must return a text, or the table with another 'text' [filter]"
  has "skein.lua:13:3: error: the filter 'bad' must be a function, or a command: a text, or a list of words [filter]"
  has '0 of 3 cells ran, 3 cannot be used'
}

@test "a filter that is missing, fails or gives nothing is told, and its cell is not run" {
  doc a.md <<'E'
'''c {filter="sed s/(/"}
1
'''
'''c {filter="sed d"}
1
'''
'''c {filter=yes}
1
'''
'''c {filter=/bin/cat}
1
'''
'''c {filter="cat 'x"}
1
'''
'''sh {run generates=c filter="sed s/(/"}
echo 2
'''
'''c {filter=no-such-filter}
1
'''
E
  run -8 skein run a.md
  has "a.md:1:7: error: the filter 'sed s/(/' fails (status 1): sed: -e expression #1"
  has "a.md:4:7: error: the filter 'sed d' fails (it prints nothing) [filter]"
  has "a.md:7:7: error: the filter 'yes' gives more than 4 MiB [filter]"
  has "a.md:10:7: error: the filter '/bin/cat' must be a program of the search path: a name without '/' [filter]"
  has "a.md:13:7: error: the filter 'cat 'x' must be words; a quote in it is not closed [filter]"
  has "a.md:19:7: error: 'no-such-filter' is no filter of skein.lua, and no program that is here: install it, or take filter= away [no-program]"
  [ "$(grep -c 'a.md:16:.*fails (status 1)' <<<"$output")" = 1 ]
  has '1 of 8 cells ran, 6 cannot be used, 1 not run'
  doc b.md <<'E'
'''sh {run filter=indent}
1
'''
E
  run -8 env PATH=/nowhere "$(command -v skein)" run b.md
  has "b.md:1:12: error: 'indent' is not here: apt install indent, or take filter= away [no-program]"
  has '0 of 1 cell ran, 1 not run'
}
