load ../helper

@test "without a sign a repetition appends, or does what repeat says" {
  doc a.md <<'E'
'''c {#x file=a.txt}
one
'''
'''c {#x}
two
'''
'''c {#x replace}
three
'''
'''c {#x append}
four
'''
E
  run -0 skein tangle -C . a.md
  lacks "warning"
  printf 'three\nfour\n' | same a.txt
  sed -i 's/ replace}/}/' a.md
  run -0 skein tangle -C . a.md
  printf 'one\ntwo\nthree\nfour\n' | same a.txt
  run -0 skein tangle -C . --set repeat=replace a.md
  printf 'three\nfour\n' | same a.txt
}

@test "where repetitions must be explicit, each says append or replace" {
  doc a.md <<'E'
<!-- skein: repeat=explicit -->

Text.

'''c {#x file=a.txt}
one
'''
'''c {#x append}
two
'''
'''c file=a.txt
three
'''
'''c {#y append file=b.txt}
four
'''
'''c {#z file=c.txt}
five
'''
'''c {#z replace}
six
'''
E
  run -3 skein tangle -C . a.md
  has "a.md:11:1: error: a block named 'x' is there already: say append to continue it, or replace to start anew [unsigned-repetition]"
  has "a.md:5:1: note: the first one is here"
  has "a.md:14:10: error: no block named 'y' stands before this one to append to [nothing-to-continue]"
  [ "$(grep -c error: <<<"$output")" = 2 ]
  [ ! -e a.txt ]
  [ ! -e b.txt ]
  echo six | same c.txt
}

@test "a block cannot both append and replace, nor replace nothing" {
  doc a.md <<'E'
'''c {#x file=a.txt}
'''
'''c {#x append replace}
'''
'''c {#y replace}
'''
E
  run -3 skein tangle -C . a.md
  has "a.md:3:17: error: a block cannot both append and replace [two-signs]"
  has "a.md:5:10: error: no block named 'y' stands before this one to replace [nothing-to-continue]"
  [ ! -e a.txt ]
}

@test "file= may stand on any block of a name, and a file without a name continues it" {
  doc a.md <<'E'
'''c {#x}
one
'''
'''c {#x file=a.txt}
two
'''
'''c file=a.txt
three
'''
'''c {#x}
four
'''
E
  run -0 skein tangle -C . a.md
  printf 'one\ntwo\nthree\nfour\n' | same a.txt
}

@test "shared names are joined in the order of the command line, a folder's documents sorted" {
  mkdir docs
  printf '```c {#x file=a.txt}\nb\n```\n' >docs/b.md
  printf '```c {#x}\nz\n```\n' >docs/z.md
  printf '```c {#x}\na\n```\n' >docs/a.md
  run -0 skein tangle -C . --shared-names docs
  printf 'a\nb\nz\n' | same a.txt
  run -0 skein tangle -C . --shared-names docs/z.md docs/b.md docs/a.md
  printf 'z\nb\na\n' | same a.txt
  run -0 skein list --name x --shared-names docs
  [ "$(grep -o 'docs/[abz].md:1' <<<"$output" | uniq | tr '\n' ' ')" = "docs/a.md:1 docs/b.md:1 docs/z.md:1 " ]
}

@test "with shared names a later document replaces what earlier ones said" {
  printf '```c {#x file=a.txt}\na\n```\n' >a.md
  printf '```c {#x replace}\nb\n```\n' >b.md
  run -0 skein tangle -C . --shared-names a.md b.md
  echo b | same a.txt
  run -3 skein tangle -C . --shared-names b.md a.md
  has "no block named 'x' stands before this one to replace"
}

@test "one file of two documents needs shared names" {
  printf '```c file=a.txt\na\n```\n' >a.md
  printf '```c file=a.txt\nb\n```\n' >b.md
  run -3 skein tangle -C . a.md b.md
  has "b.md:1:6: error: two documents are to be written to 'a.txt': use --shared-names to join them [two-names]"
  has "a.md:1:6: note: the other one is here"
  run -0 skein tangle -C . --shared-names a.md b.md
  printf 'a\nb\n' | same a.txt
}

@test "targets of different roots are different files, and who only runs has none" {
  mkdir a b
  touch a/skein.lua b/skein.lua
  printf '```c {file=main.c}\nint one;\n```\n' | tee a/a.md b/b.md >b/c.md
  run -0 skein tangle a/a.md b/b.md
  [ -e a/main.c ] && [ -e b/main.c ]
  run -3 skein tangle b
  has '[two-names]'
  run -0 skein run b
  run -0 skein check b
  echo 'int two;' >b/main.c
  run -1 skein check b
  has "b/b.md:1:7: error: 'main.c' differs from the document [stale-target]"
  has "b/c.md:1:7: error: 'main.c' differs"
}

@test "doc::name takes a document's path or stem, and two documents of one stem are told apart" {
  mkdir one two
  printf '```c {#x}\n1\n```\n' >one/d.md
  printf '```c {#x}\n2\n```\n' >two/d.md
  printf '```c file=a.txt\n<<d::x>>\n```\n' >a.md
  run -3 skein tangle -C . a.md one/d.md two/d.md
  has "a.md:2:3: error: 'd::x' could be in 'one/d.md' or in 'two/d.md': write the document's path [two-documents]"
  sed -i 's/d::x/two\/d.md::x/' a.md
  run -0 skein tangle -C . a.md one/d.md two/d.md
  echo 2 | same a.txt
}

@test "a name may hold ::, and is first looked for as it is" {
  doc a.md <<'E'
'''c++ {file=a.txt}
<<Stack::push>>
'''
'''c++ {name="Stack::push"}
here
'''
E
  printf '```c {#push}\nthere\n```\n' >Stack.md
  run -0 skein tangle -C . a.md Stack.md
  echo here | same a.txt
}

@test "two modes of one target are an error, but for one that starts anew" {
  doc a.md <<'E'
'''sh {#x file=a.sh mode=755}
'''
'''sh {#x mode=644}
true
'''
'''sh {#y file=b.sh mode=755}
'''
'''sh {#y mode=600 replace}
true
'''
'''sh {#z mode=755}
true
'''
E
  run -3 skein tangle -C . a.md
  has "a.md:3:11: error: block 'x' is to have two modes, 755 and 644 [two-modes]"
  has "a.md:1:21: note: the other mode is said here"
  has "a.md:11:11: warning: no block named 'z' says file=: only files have a mode [mode-without-file]"
  sed -i 's/mode=644/mode=0755/' a.md
  run -0 skein tangle -C . a.md
  [ "$(stat -c %a a.sh b.sh | tr '\n' ' ')" = "755 600 " ]
}

@test "a mode that changes alone is honoured, and setuid is refused" {
  printf '```sh {file=a.sh mode=755}\ntrue\n```\n' >a.md
  run -0 skein tangle -C . a.md
  [ "$(stat -c %a a.sh)" = 755 ]
  sed -i 's/755/640/' a.md
  run -1 skein tangle -C . --check a.md
  has "'a.sh' has another mode"
  run -0 skein tangle -C . a.md
  [ "$(stat -c %a a.sh)" = 640 ]
  sed -i 's/640/4755/' a.md
  run -6 skein tangle -C . a.md
  has "mode 4755 is refused: only permission bits can be set [refused-mode]"
  [ "$(stat -c %a a.sh)" = 640 ]
}

@test "an unused block is told once for all that it holds, a circle once, and unused says it is meant" {
  doc a.md <<'E'
'''c {file=a.c}
int x;
'''
'''python {#top}
<<below>>
'''
'''python {#below}
'''
'''python {#one}
<<two>>
'''
'''python {#two}
<<one>>
'''
'''python {#meant unused}
<<held>>
'''
'''python {#held}
'''
E
  run -0 skein tangle -C . a.md
  has "a.md:4:1: warning: nothing refers to block 'top' [unused-block]"
  has "a.md:9:1: warning: block 'one' is part of no target, though something refers to it [unused-block]"
  [ "$(grep -c unused-block <<<"$output")" = 2 ]
}

@test "a cycle is told once, whoever leads into it" {
  doc a.md <<'E'
'''c {#a file=a.c}
<<b>>
<<c>>
'''
'''c {#b file=b.c}
<<c>>
'''
'''c {#c}
<<d>>
'''
'''c {#d}
<<c>>
<<d>>
'''
'''c {#good file=good.c}
int x;
'''
E
  run -3 skein tangle -C . a.md
  has "a.md:12:3: error: block 'c' contains itself: c -> d -> c [cycle]"
  has "a.md:13:3: error: block 'd' contains itself: d -> d [cycle]"
  [ "$(grep -c error: <<<"$output")" = 2 ]
  [ -e good.c ]
  [ ! -e a.c ]
  [ ! -e b.c ]
}

@test "in lmt's syntax <<<name>>> is a reference, a repetition starts anew, and names are shared" {
  doc a.md <<'E'
---
skein: {syntax: lmt}
---

<!-- skein: file=main.go -->
'''go
package main
  <<<the body>>>
	<<<the body>>>
<<not a reference>>
\<<<text>>>
'''

<!-- skein: name="the body" -->
'''go
old()
'''

<!-- skein: name="the body" append -->
'''go
older()
'''
E
  doc b.md <<'E'
---
skein: {syntax: lmt}
---

<!-- skein: name="the body" -->
'''go
new()

newer()
'''
E
  run -0 skein tangle -C . a.md b.md
  printf 'package main\n  new()\n\n  newer()\n\tnew()\n\n\tnewer()\n<<not a reference>>\n<<<text>>>\n' | same main.go
  run -0 skein tangle -C . b.md a.md
  printf 'package main\n  old()\n  older()\n\told()\n\tolder()\n<<not a reference>>\n<<<text>>>\n' | same main.go
  sed -i 's/<<<the body>>>/<<<that body>>>/; s/^syntax//' a.md
  run -3 skein tangle -C . a.md b.md
  has "no block is named 'that body'; write \\<<<that body>>> if it is meant as text [missing-block]"
  sed -i 's/syntax: lmt/syntax: skein/' a.md
  run -3 skein list a.md
  has "note: lmt writes references so: say \`syntax: lmt\` in the document"
}
