load ../helper

# Cells of other languages: each is run by its program, and told like cells of C.

# The system's programs: what stands before them on PATH may be slow to start.
setup_file() {
  export PATH=/usr/bin:/bin:$PATH
}

@test "a marked block runs in its language, each in a process of its own; others are only shown" {
  doc a.md <<'E'
'''python {run}
x = 6
print("six", x)
x * 7
'''

'''python {run fails=exit:1 fails-with="name 'x'"}
x
'''

'''sh {run args="a b c" stdin-from=input env=WORD=new}
echo "$0 $# $2 $WORD $(cat)"
'''

'''bash {run}
words=(one two); echo "${words[1]}"
'''

'''awk {run}
BEGIN { print 3 * 4 }
'''

'''perl {run cwd=root}
print "perl: ", 6 * 7, "\n";
'''

'''text {name=input}
from a block
'''

'''python
print("shown")
'''

'''{python}
print("of Quarto")
'''

'''python {eval=true}
print("of knitr")
'''
E
  run -0 skein run a.md
  run -0 sed -n '/^```output/,/^```$/{/^```/d;p}' a.md
  [ "$output" = "$(printf '%s\n' 'six 6' 42 'Traceback (most recent call last):' \
    '  File "cell", line 1, in <module>' '    x' "NameError: name 'x' is not defined" \
    "exit status 1: NameError: name 'x' is not defined" 'line 1: x' 'cell 3 b new from a block' \
    two 12 'perl: 42')" ]
  cp a.md before.md
  run -0 skein run a.md
  cmp a.md before.md
  run -0 skein check a.md
  [ -z "$output" ]
  run -0 skein list a.md
  has "cell 1            python"
  lacks "of Quarto"
}

@test "what a program says of a line is told at the line of the document, references expanded" {
  doc a.md <<'E'
'''python {name=divide}
def divide(a, b):
    return a / b
'''

'''python {run name=top}
#| timeout: 5s
<<divide>>
divide(1, 0)
'''

'''sh {run}
echo before
nosuchcommand
exit 3
'''

'''perl {run}
print "x\n";
die "bad";
'''

'''awk {run}
BEGIN {
  print 1 1 (
}
'''
E
  run -5 skein run a.md
  has "a.md:3:1: error: this cell failed: exit status 1: ZeroDivisionError: division by zero [exit]"
  has "a.md:9:1: note: in the cell's statements"
  has "a.md:14:1: error: this cell failed: exit status 3: cell: 2: nosuchcommand: not found [exit]"
  has "a.md:20:1: error: this cell failed: exit status 255: bad at cell line 2. [exit]"
  has "a.md: 0 of 4 cells ran, 4 ended with a status"
  grep -q '^line 4: divide(1, 0)$' a.md
  grep -q '^  File "top", line 3, in divide$' a.md
  grep -q '^bad at cell line 2\.$' a.md
  run ! grep -q '/proc\|/skein/\|/tmp' a.md
}

@test "limits, signals and expected failures are those of cells of C" {
  doc a.md <<'E'
'''python {run timeout=1s fails=timeout}
import time
while True:
    time.sleep(0.01)
'''

'''perl {run timeout=300ms fails=timeout}
sleep 10 while 1;
'''

'''sh {run output-kill=64K fails=output-kill}
while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done
'''

'''python {run fails=SIGSEGV}
import os, signal
os.kill(os.getpid(), signal.SIGSEGV)
'''

'''perl {run memory=100M fails=memory}
my $x = "x" x 300_000_000; sleep 5;
'''

'''python {run memory=100M fails=memory}
x = bytearray(300_000_000)
'''

'''perl {run file-size=1M fails=file-size}
open my $f, ">", "$ENV{TMPDIR}/big"; print $f "x" x 2_000_000; close $f;
'''

'''sh {run}
sleep 60 & echo $! >pid
'''
E
  run -0 skein run a.md
  [ -z "$output" ]
  grep -q '^stopped after 0.3 s: still running (limit: timeout)$' a.md
  grep -q '^line 2: while True:$' a.md
  grep -q '^stopped: printed more than 64 KiB (limit: output-kill)$' a.md
  run ! kill -0 "$(cat pid)"
  skein check a.md
}

@test "a program that is not here is told, with what to install, and its cell is skipped" {
  doc a.md <<'E'
'''gnuplot {run env=PATH=/nowhere}
print 1
'''

'''sh {run}
echo on
'''
E
  run -8 skein run a.md
  has "a.md:1:1: error: 'gnuplot', which runs gnuplot cells, is not here: apt install gnuplot-nox, or say run=false [no-program]"
  has "a.md: 1 of 2 cells ran, 1 not run"
  run -0 grep -A1 '^```output' a.md
  [ "$output" = $'```output\non' ]
  doc b.md <<'E'
'''cobol {run}
X
'''
E
  run -0 skein run b.md
  has "no program is known that runs 'cobol'"
  has "[language]"
}

@test "languages= makes blocks in braces cells; options that a language cannot have are refused" {
  doc a.md <<'E'
---
skein:
  languages: [python, sh]
---

'''{python}
#| label: one
print(1)
'''

'''{sh}
echo 2
'''

'''{perl}
print 3;
'''
E
  run -0 skein run a.md
  [ "$(grep -c "^.*output$" a.md)" = 2 ]
  run -0 skein check --only one a.md
  doc b.md <<'E'
'''perl {run session=main}
1;
'''

'''sql {run stdin=b.md}
select 1;
'''
E
  run -3 skein run b.md
  has "b.md:1:14: error: perl cells take no 'session': each is a process of its own [misplaced-option]"
  has "b.md:5:13: error: sql cells take no 'stdin': their text is what the program reads there [misplaced-option]"
}

@test "cells of one session share an interpreter; a failure leaves it as it was" {
  doc a.md <<'E'
'''python {run session=main}
import random
random.seed(1)
x = [1, 2]
def f(a):
    return a / 0
'''

'''python {run session=main fails=exit name=second}
x.append(3)
f(1)
'''

'''python {run session=main fails=SIGSEGV}
import os; x.append(4); os.kill(os.getpid(), 11)
'''

'''python {run session=main}
x, random.random()
'''

'''python {run session=other}
"x" in globals()
'''
E
  run -0 skein run a.md
  [ -z "$output" ]
  grep -q "^(\[1, 2\], 0.13436424411240122)$" a.md
  grep -q '^False$' a.md
  grep -q '^in f, an earlier cell, line 5: return a / 0$' a.md
  [ "$(grep -c '^state: as before this cell$' a.md)" = 2 ]
  cp a.md before.md
  run -0 skein run a.md                       # without checkpoints where it has succeeded
  cmp a.md before.md
  run -0 skein check --only second a.md
}

@test "a recorded run is told while program, text and targets are the same" {
  doc a.md <<'E'
'''sh {file=tool.sh}
echo one
'''

'''sh {run cache=run}
sh "$SKEIN_TREE/tool.sh"
'''

'''python {run cache=run session=main}
import sys; print(len(sys.argv), flush=True); 5
'''
E
  run -0 skein run --explain a.md
  has "ran (not recorded), by its program"
  run -0 skein run --explain a.md
  lacks "ran"
  [ "$(grep -c "recorded" <<<"$output")" = 2 ]
  sed -i '2s/one/two/' a.md
  run -0 skein run a.md
  grep -q '^two$' a.md
}

@test "skein.lua adds languages and replaces commands, and says where it is wrong" {
  cat >skein.lua <<'E'
return {
  engines = {
    upper = { command = { "tr", "a-z", "A-Z" }, comment = "%" },
    tool = { command = { "./tool", "{file}" }, extension = ".tool", env = { "TOOL=it" } },
    perl = { command = { "perl", "-w", "{file}" } },
  },
}
E
  printf '#!/bin/sh\necho "$TOOL ${1##*/}"; cat "$1"; echo "$1:2: wrong" >&2; exit 3\n' >tool
  chmod +x tool
  doc a.md <<'E'
'''upper {run}
%| timeout: 5s
hello
'''

'''tool {run name=my fails=exit:3}
text
'''

'''perl {run}
my $x; print 1 + $x;
'''
E
  run -0 skein run a.md
  run -0 sed -n '/^```output/,/^```$/{/^```/d;p}' a.md
  [ "$output" = "$(printf '%s\n' '' HELLO 'it my.tool' text 'my.tool:2: wrong' \
    'exit status 3: my.tool:2: wrong' 1 \
    'Use of uninitialized value $x in addition (+) at cell line 1.')" ] || { echo "$output"; false; }
  cat >skein.lua <<'E'
return {
  engines = {
    ruby = { comand = {}, command = "ruby x" },
    rust = { extension = ".rs" },
    c = { command = { "tcc" } },
    x = 3,
  },
}
E
  run -3 skein list a.md
  has "skein.lua:3:14: error: the engine 'ruby': it has no 'comand'; did you mean 'command'? [bad-value]"
  has "skein.lua:3:27: error: the engine 'ruby': 'command' must be a list of words, which no shell reads"
  has "skein.lua:4:5: error: the engine 'rust': it has no 'command'"
  has "skein.lua:5:5: error: the engine 'c': skein runs this language itself"
  has "skein.lua:6:5: error: the engine 'x': it must be a table"
}
