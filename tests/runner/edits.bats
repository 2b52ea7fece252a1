load ../helper

# Documents that are saved by somebody else while they run: here by a cell of theirs,
# which calls a script.

# edit COMMANDS: the script.
edit() {
  printf '%s\n' "$@" >edit
}

@test "prose that was edited meanwhile is kept, and the outputs stand in it" {
  edit "sed -i -e 's/Title/A new title/' -e 's/quote/quoted/' -e '\$a the end' a.md"
  doc a.md <<'E'
# Title

'''c
int x = 40;
x
'''

> quote
> '''c
> system("sh edit");
> x + 2
> '''

'''output
old
'''

'''console {.run}
$ echo it
'''
E
  run -0 skein run a.md
  has "skein: note: 'a.md' was edited while it ran: the edit is kept, and the outputs stand where they belong now"
  lacks "have not run"
  same a.md <<'E'
# A new title

```c
int x = 40;
x
```

```output
40
```

> quoted
> ```c
> system("sh edit");
> x + 2
> ```
> ```output
> 42
> ```

```output
old
```

```console {.run}
$ echo it
it
```
the end
E
  edit true
  run -0 skein check a.md
}

@test "cells that rest on an edited one get no output, others do, and the status is 9" {
  edit "sed -i -e 's/^x\$/x + 100/' -e 's/^last;\$/last + 1;/' a.md"
  doc a.md <<'E'
'''c {session=none}
puts("alone");
'''

'''c
int x = 1;
puts("first");
'''

'''c {name=middle}
x
'''

'''output
0
'''

'''c {session=other}
system("sh edit");
'''

'''c
int last = x;
last;
'''

'''c {session=other}
puts("other");
'''
E
  run -9 skein run a.md
  has "a.md: error: the document was edited while it ran: new output of cell 'middle' is left out, since that cell, what it builds on or its output was edited: run it again [changed-meanwhile]"
  grep -v '^$' a.md | same - <<'E'
```c {session=none}
puts("alone");
```
```output
alone
```
```c
int x = 1;
puts("first");
```
```output
first
```
```c {name=middle}
x + 100
```
```output
0
```
```c {session=other}
system("sh edit");
```
```c
int last = x;
last + 1;
```
```c {session=other}
puts("other");
```
```output
other
```
E
  edit true
  run -0 skein run a.md
  grep -qx 101 a.md
}

@test "an output that was edited by hand stays, unless it is what the cell gave; one taken away comes back" {
  edit "sed -i -e 's/^old one\$/by hand/; s/^old two\$/two/' a.md" "sed -i '/output\$/{N;/three/{N;d}}' a.md"
  doc a.md <<'E'
'''c
puts("one");
'''

'''output
old one
'''

'''c
puts("two");
'''

'''output
old two
'''

'''c
puts("three");
'''

'''output
old three
'''

'''c
system("sh edit");
'''
E
  run -9 skein run a.md
  has "new output of cell 1 is left out"
  grep -v '^$' a.md | head -n 18 | same - <<'E'
```c
puts("one");
```
```output
by hand
```
```c
puts("two");
```
```output
two
```
```c
puts("three");
```
```output
three
```
```c
system("sh edit");
E
}

@test "cells that moved keep their outputs, new ones are told of, those that are gone too" {
  edit "mv b.md a.md"
  doc a.md <<'E'
'''c {session=none}
puts("a");
'''

'''c {session=none}
puts("b");
'''

'''c {session=none}
puts("a");
'''

'''c {session=none}
system("sh edit");
'''
E
  doc b.md <<'E'
'''c {session=none}
puts("b");
'''

* '''c {session=none}
  puts("a");
  '''

'''c {session=none}
puts("new");
'''

'''c {session=none}
system("sh edit");
'''
E
  run -9 skein run a.md
  has "new output of cell 3 is left out"
  same a.md <<'E'
```c {session=none}
puts("b");
```

```output
b
```

* ```c {session=none}
  puts("a");
  ```
  ```output
  a
  ```

```c {session=none}
puts("new");
```

```c {session=none}
system("sh edit");
```
E
}

@test "options, targets and includes that were edited make outputs stale" {
  doc before <<'E'
---
skein:
  std: gnu11
---

'''c {file=h.h}
#define H 1
'''

'''c {session=none}
puts("x");
'''

'''c {session=none}
system("sh edit");
'''

'''console {.run}
$ true
$ wc -l <a.md
'''
E
  for change in 's/std: gnu11/&\n  timeout: 9s/' 's/H 1/H 2/' 's/^puts/#include <stdio.h>\n&/' 's/x"/y"/'; do
    cp before a.md
    edit "sed -i '$change' a.md"
    run -9 skein run a.md
    has "cell 1"
    lacks "before its outputs were put in place"
    sed "$change" before | same a.md
    case $change in *timeout*|*H*) ;; *) continue ;; esac
  done
  # prose, which only the console block reads
  cp before a.md
  edit "echo more >>a.md"
  run -9 skein run a.md
  has "new output of cell 3 is left out"
  grep -qx 'x' a.md
}

@test "a document that was taken away meanwhile is kept beside its place" {
  doc a.md <<'E'
'''c
remove("a.md");
puts("hello");
'''
E
  cp a.md first
  touch a.md.skein-saved-1
  run -9 skein run a.md
  has "a.md: error: the document was taken away while it ran: with its outputs it is 'a.md.skein-saved-2' now [changed-meanwhile]"
  [ ! -e a.md ]
  printf '\n```output\nhello\n```\n' | cat first - | same a.md.skein-saved-2
}

@test "a document that is being written is waited for, but not for ever, and is never written into" {
  doc a.md <<'E'
'''c
system("touch ready; until [ -e go ]; do :; done");
puts("hello");
'''
E
  cp a.md whole
  SKEIN_TRACE=quiet skein run a.md 2>err &
  pid=$!
  until [ -e ready ]; do kill -0 $pid; done
  exec 6>a.md
  head -n 2 whole >&6
  touch go
  until grep -q 'is waited for' err; do kill -0 $pid; done
  { tail -n +3 whole; echo text; } >&6
  exec 6>&-
  ended $pid 0
  { cat whole; printf '\n```output\nhello\n```\ntext\n'; } | same a.md

  cp whole a.md
  rm ready go
  skein run a.md 2>err &
  pid=$!
  until [ -e ready ]; do kill -0 $pid; done
  exec 6>a.md
  head -n 2 whole >&6
  touch go
  ended $pid 9
  exec 6>&-
  grep -F 'a.md: error: somebody has been writing the document for seconds: it is left as it is; run it again [changed-meanwhile]' err
  head -n 2 whole | same a.md
}
