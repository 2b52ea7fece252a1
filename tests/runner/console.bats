load ../helper

# Console blocks: commands run by sh, their outputs written and compared in place.

@test "a literate program shows how it is built and used" {
  doc README.md <<'E'
# Counting lines

'''make {file=Makefile}
wc: wc.sh
	cp wc.sh wc
'''

'''sh {file=wc.sh mode=755}
wc -l <"$1"
'''

'''console {.run}
The tree holds the targets and this page.

$ ls
$ make

$ ./wc README.md
old
$ ls -l wc.sh | cut -c 1-10; rm wc.sh
'''
E
  run -0 skein run README.md
  sed -n '/^```console/,$p' README.md >got
  doc want <<'E'
'''console {.run}
The tree holds the targets and this page.

$ ls
Makefile
README.md
wc.sh
$ make
cp wc.sh wc

$ ./wc README.md
20
$ ls -l wc.sh | cut -c 1-10; rm wc.sh
-rwxr-xr-x
'''
E
  diff want got
  # a second run finds the tree as the first one did, and nothing to change
  cp README.md before.md
  run -0 skein run README.md
  cmp README.md before.md
  run -0 skein check README.md
  [ -z "$output" ]
  [ ! -e Makefile ] && [ ! -e wc ]
  run -0 skein list README.md
  has "cell 1            console"
}

@test "a status other than 0 stands below the output, and a new one is told" {
  doc a.md <<'E'
'''console {.run}
$ (echo out; echo err >&2; exit 3)
$ echo $?
'''
E
  run -0 skein run a.md
  has "a.md:2:1: warning: this command ended with status 3; the transcript has 0 [new-status]"
  run cat a.md
  has $'\nout\nerr\n[3]\n$ echo $?\n3\n```'
  run -0 skein check a.md
  [ -z "$output" ]
  sed -i 's/exit 3/exit 4/' a.md
  run -1 skein check a.md
  has $'-[3]\n+[4]\n'
  has "[output-differs]"
  has "--- a.md"$'\t'"console recorded"
  sed -i 's/\[3\]/  /; s/exit 4/true/' a.md
  run -1 skein check a.md
}

@test "commands of a block share one shell, blocks share one tree" {
  doc a.md <<'E'
'''console {.run}
$ x=1; mkdir d; cd d
$ for i in 1 2
> do
>   echo "$i$x" >>f
> done
$ cat <<EOF
> > it's
> $x
> EOF
$ echo a \
  b
'''

'''sh-session {.run}
$ echo "[$x]"; cat d/f
'''

'''console
$ echo not marked, not run
'''
E
  run -0 skein run a.md
  doc want <<'E'
'''console {.run}
$ x=1; mkdir d; cd d
$ for i in 1 2
> do
>   echo "$i$x" >>f
> done
$ cat <<EOF
> > it's
> $x
> EOF
\> it's
1
$ echo a \
  b
a b
'''

'''sh-session {.run}
$ echo "[$x]"; cat d/f
[]
11
21
'''

'''console
$ echo not marked, not run
'''
E
  diff want a.md
}

@test "output that would be misread is escaped, and running again changes nothing" {
  doc a.md <<'E'
'''console {.run}
$ printf '$ x\n> y\n[1]\n\\$\n'; printf '> z'
$ printf '> a\nb\n\n'

$ printf '[2]\n'
$ printf '\x27\x27\x27\n''''\n'
$ printf 'a\r\n\033[31mred\033[0m\001\377\t\n10%%\r20%%'
$
'''
E
  sed -i "s/'\\\\x27.*/'\\\\140\\\\140\\\\140\\\\n'/" a.md
  run -0 skein run a.md
  cat >want <<'E'
````console {.run}
$ printf '$ x\n> y\n[1]\n\\$\n'; printf '> z'
\$ x
> y
[1]
\\$
> z (no-eol)
$ printf '> a\nb\n\n'
\> a
b
\

$ printf '[2]\n'
\[2]
$ printf '\140\140\140\n'
```
$ printf 'a\r\n\033[31mred\033[0m\001\377\t\n10%%\r20%%'
a
red\x01\xff	
20% (no-eol)
$
````
E
  diff want a.md
  run -0 skein run a.md
  diff want a.md
}

@test "outputs stand in the block's container, end as its lines end, and nothing else moves" {
  printf -- '1. ```console {.run}\r\n   $ echo a; echo; printf "\\tb\\n"\r\n   $ true \r\n   ```\r\n\r\n> - x\r\n>\r\n>   ~~~console {.run}\r\n>   $ echo "~~~~"\r\n>   old\r\n>   ~~~ \r\n' >a.md
  run -0 skein run a.md
  printf -- '1. ```console {.run}\r\n   $ echo a; echo; printf "\\tb\\n"\r\n   a\r\n\r\n   \tb\r\n   $ true \r\n   ```\r\n\r\n> - x\r\n>\r\n>   ~~~~~console {.run}\r\n>   $ echo "~~~~"\r\n>   ~~~~\r\n>   ~~~~~ \r\n' >want
  cmp a.md want
  run -0 skein run a.md
  cmp a.md want
  # an indented fence takes as many blanks off each line
  printf '  ```console {.run}\n$ echo "   x"; echo y\n```\n' >b.md
  run -0 skein run b.md
  printf '  ```console {.run}\n$ echo "   x"; echo y\n     x\n  y\n```\n' | diff - b.md
  run -0 skein check b.md
}

@test "paths that are others on each machine have names" {
  doc a.md <<'E'
'''console {.run}
$ pwd; cd /; echo "$SKEIN_TREE/x $HOME.c"
$ echo "$SKEIN_DOC: $SKEIN_ROOT"
$ nosuch; echo "$TZ $LANG $TERM"
$ env | grep -c SKEIN_CACHE
'''
E
  PATH=$PATH:/marked run -0 skein run a.md
  run cat a.md
  has $'\n$SKEIN_TREE\n$SKEIN_TREE/x '
  has $'\n$SKEIN_ROOT/a.md: $SKEIN_ROOT\n'
  has $'\nsh: nosuch: not found\nUTC C.UTF-8 dumb\n'
  has $'\n0\n[1]\n'
  lacks "$BATS_TEST_TMPDIR"
}

@test "commands find the skein that runs them behind all else in PATH" {
  doc a.md <<'E'
'''console {.run}
$ skein --version | cut -d " " -f 1; mine
'''
E
  mkdir bin
  printf '#!/bin/sh\necho another\n' | tee bin/mine >bin/skein
  chmod +x bin/*
  PATH=$PWD/bin:/usr/bin:/bin run -0 "$SKEIN_BUILD/skein" run -o - a.md
  has $'; mine\nanother\nanother\n'
  rm bin/skein
  PATH=$PWD/bin:/usr/bin:/bin run -0 "$SKEIN_BUILD/skein" run -o - a.md
  has $'; mine\nskein\nanother\n'
}

@test "a shell that ends early is a failure, and the rest keeps what it has" {
  doc a.md <<'E'
'''console {.run}
$ echo a
$ exit 3
$ echo b
kept
$ echo c
'''

'''console {.run}
$ kill -9 $$
'''

'''console {.run}
$ echo "
'''

'''console {.run}
$ exit 3
'''

'''console {.run fails=exit:1}
$ set -e
$ false
$ echo never
'''
E
  run -5 skein run a.md
  has "a.md:3:1: error: this cell failed: the shell ended early, with status 3 [exit]"
  has "a.md:4:1: note: this command and 1 more were not run"
  has "a.md:10:1: error: this cell failed: crashed: the shell was ended by SIGKILL [crash]"
  has "a.md:14:1: error: this cell failed: sh cannot read this: Syntax error: Unterminated quoted string [exit]"
  lacks "a.md:18:1: error"
  doc want <<'E'
'''console {.run}
$ echo a
a
$ exit 3
[3]
$ echo b
kept
$ echo c
'''

'''output-error
the shell ended early, with status 3
command 2: $ exit 3
'''

'''console {.run}
$ kill -9 $$
'''

'''output-error
crashed: the shell was ended by SIGKILL
command 1: $ kill -9 $$
'''

'''console {.run}
$ echo "
sh: Syntax error: Unterminated quoted string
[2]
'''

'''output-error
sh cannot read this: Syntax error: Unterminated quoted string
command 1: $ echo "
'''

'''console {.run}
$ exit 3
[3]
'''

'''console {.run fails=exit:1}
$ set -e
$ false
[1]
$ echo never
'''

'''output-error
the shell ended early, with status 1
command 2: $ false
'''
E
  diff want a.md
  run -5 skein run a.md
  diff want a.md
}

@test "time, output and processes have their limits, and nothing is left running" {
  doc a.md <<'E'
'''console {.run fails=timeout timeout=300ms}
$ sleep 1234.5 & echo started
$ sleep 1234.5
$ echo no
'''

'''console {.run output-kill=1M}
$ echo before
$ yes
'''

'''console {.run}
$ b() { b | b & }; b
'''

'''console {.run}
$ sleep 1234.5 & echo quick
$ seq 1000 | tail -n 300
'''
E
  run -5 skein run a.md
  has "a.md:9:1: error: this cell failed: stopped: printed more than 1 MiB (limit: output-kill) [output-limit]"
  [[ $output != *a.md:[1-4]:* ]]
  run pgrep -f 'sleep 1234.5'
  [ -z "$output" ]
  run cat a.md
  has $'$ sleep 1234.5 & echo started\nstarted\n$ sleep 1234.5\n$ echo no\n```\n\n```output-error\nstopped after 0.3 s: still running (limit: timeout)\ncommand 2: $ sleep 1234.5\n```'
  has $'\ny\n... the rest is left out ...\n```\n\n```output-error\nstopped: printed more than 1 MiB (limit: output-kill)\ncommand 2: $ yes\n```'
  has $'\nquick\n'
  has $'\n... 101 lines (404 bytes) left out ...\n'
  cp a.md before.md
  run -5 skein run a.md
  cmp a.md before.md
}

@test "commands read what stdin-from names, and other redirections do not disturb us" {
  doc a.md <<'E'
'''text {#in}
one
two
'''

'''console {.run stdin-from=in}
$ read x; echo "$x"
$ cat
$ exec 3>&1 9>&- >log
$ echo in log
$ cat log >&3
$ set -Cu; printf() { :; }
'''

'''console {.run}
$ cat
$ trap 'echo bye' EXIT; exec 2>/dev/null
$ echo gone >&2; exec echo here
'''
E
  run -0 skein run a.md
  run cat a.md
  has $'\none\n$ cat\ntwo\n$ exec'
  has $'$ echo in log\n$ cat log >&3\nin log\n$ set -Cu'
  has $'{.run}\n$ cat\n$ trap'
  has $'exec echo here\nhere\n```'
}

@test "what is left in the tree is gone in the next run, whatever it is" {
  mkdir outside
  echo keep >outside/f
  doc a.md <<E
'''text {file=t/a.txt}
original
'''

'''console {.run}
\$ ls -A; ls -A ~; cat t/a.txt
\$ mkdir -p x/y; touch x/y/f x/z ~/f; chmod 0 x/y; chmod 500 x
\$ rm -r t; ln -s $PWD/outside t; ln -s $PWD/outside d; mkfifo p
'''
E
  run -0 skein run a.md
  cp a.md before.md
  run -0 skein run a.md
  cmp a.md before.md
  run cat a.md
  has $'\na.md\nt\noriginal\n'
  [ "$(ls outside)" = f ]
  # a folder in place of the tree
  for tree in .cache/w/*/tree; do rm -r "$tree" && ln -s "$PWD/outside" "$tree"; done
  run -0 skein run a.md
  cmp a.md before.md
  [ "$(ls outside)" = f ]
}

@test "two runs of one document do not share a tree" {
  doc a.md <<'E'
'''console {.run}
$ mkfifo "$SKEIN_ROOT/fifo"; touch mine; cat "$SKEIN_ROOT/fifo"; ls
'''
E
  skein run a.md -o one.md 3>&- &
  while [ ! -p fifo ] && kill -0 $!; do :; done
  printf '```console {.run}\n$ ls; pwd\n```\n' >a.md
  run -0 skein run a.md -o two.md
  run ls .cache/w
  lacks tmp-
  echo go >fifo
  wait
  tail -n 4 one.md | diff - <(printf 'go\na.md\nmine\n```\n')
  tail -n 4 two.md | diff - <(printf '$ ls; pwd\na.md\n$SKEIN_TREE\n```\n')
}

@test "a block that says nothing to run, and commands that cannot be, are told" {
  printf '```console {.run}\nonly text\n```\n\n```console {.run}\n$ echo a\\\n$ echo b\nold\n```\n\n```console {.run}\n$ echo \0\n```\n' >a.md
  cp a.md before.md
  run -3 skein run a.md
  has "a.md:1:1: warning: no line of this block begins with '\$ ': there is nothing to run [no-command]"
  has "a.md:6:1: error: this command ends in a backslash, and nothing goes on with it [open-command]"
  has "a.md:12:1: error: a command cannot hold a NUL byte"
  cmp a.md before.md
  printf '```bash {.run}\n$ true\n```\n' >script.md
  run -5 skein run -o - script.md
  has "script.md:1:1: warning: '\$ ' is no command: a block with commands and what they print is a console block [no-command]"
  printf '```console {.run}\n$ x\n' >b.md
  run -3 skein run b.md
  has "[unclosed-fence]"
  { printf '```console {.run}\n$ :'; head -c 110000 /dev/zero | tr '\0' ' '; printf '\n```\n'; } >c.md
  run -7 skein run c.md
  has "[too-large]"
  printf '```rust {.run}\nfn main() {}\n```\n' >d.md
  run -0 skein run d.md
  has "no program is known that runs 'rust', so this one is only shown"
}

@test "console blocks heed --only, --json, show and outputs: none" {
  doc a.md <<'E'
'''console {.run}
$ echo a
'''

'''console {.run show=nothing}
$ echo b; false
'''

'''c
puts("c");
'''
E
  run -0 skein run --only 3 -o - a.md
  has $'$ echo a\n```'
  run -0 skein run --json -o got.md a.md
  has '"commands":[{"command":"echo a","status":0,"output":{"head":"a\n","bytes":2}}]'
  has '"status":1'
  run cat got.md
  has $'$ echo a\na\n```'
  has $'$ echo b; false\n```'
  has $'```output\nc\n```'
  cp a.md before.md
  run -0 skein run --set outputs=none a.md
  cmp a.md before.md
  run -0 skein why a.md:1
  has "a console block: sh runs it each time"
}

@test "a byte order mark before a console block takes no room in its outputs" {
  printf '\357\273\277```console {.run}\n$ echo a\n```\n' >a.md
  run -0 skein run a.md
  printf '\357\273\277```console {.run}\n$ echo a\na\n```\n' | same a.md
  run -0 skein check a.md
}
