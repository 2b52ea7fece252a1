load ../helper

@test "front matter sets the document's options, and the rest of it is left alone" {
  doc a.md <<'E'
---
title: "Notes: part 1"
skein:
  std: c17
  libs: [m, z]
jupyter: {kernel: c}
---

'''c
'''
E
  run -0 skein list --json a.md
  has '"options":{"std":"c17","libs":["m","z"]}'
}

@test "broken YAML in the front matter is an error at its line" {
  printf -- '---\nskein:\n  std: [c17\n---\n' >a.md
  run -3 skein list a.md
  has "a.md:4:1: error: the front matter is not valid YAML"
  printf -- '---\nskein:\n  std: {a: b}\n---\n' >a.md
  run -3 skein list a.md
  has "a.md:3:3: error: the value of 'std' must be a word or a list [front-matter]"
}

@test "front matter that does not speak to us may be any YAML, or none" {
  printf -- '---\ntitle: [unclosed\n---\n\n```c\n```\n' >a.md
  run -0 skein list a.md
  has "cell 1"
}

@test "a comment before the first block sets the document's options" {
  doc a.md <<'E'
<!-- skein: std=c17 libs="m z" -->

Text.

'''c
'''
E
  run -0 skein list --json a.md
  has '"options":{"std":"c17","libs":"m z"}'
}

@test "a comment that belongs to nothing gets a warning" {
  doc a.md <<'E'
'''c
'''

<!-- skein: name=x -->

Text.
E
  run -0 skein list a.md
  has "a.md:4:1: warning: this comment belongs to nothing"
}

@test "fences in lists, quotes and with tildes are found" {
  doc a.md <<'E'
- item

  '''c {#in-list}
  int a;
  '''

> '''c {#in-quote}
> int b;
> '''

1. > ~~~~c {#in-both}
   > int c;
   > ~~~~
E
  run -0 skein list a.md
  has "3  cell 1            c  #in-list"
  has "7  cell 2            c  #in-quote"
  has "11  cell 3            c  #in-both"
}

@test "text in containers is the raw end of each line" {
  printf -- '- a\n\n\t```c file=a.txt\n\tint x;\n\t\ttabbed\n\t```\n\n> ```c file=b.txt\n>  one blank\n>\n>none\n> ```\n' >a.md
  run -0 skein tangle -C . a.md
  printf 'int x;\n\ttabbed\n' | same a.txt
  printf ' one blank\n\nnone\n' | same b.txt
}

@test "bytes that the parser replaces reach a target as they are" {
  printf '```c file=a.txt\na\xff\xc3(b\xed\xa0\x80\n```\n' >a.md
  run -0 skein tangle -C . a.md
  printf 'a\xff\xc3(b\xed\xa0\x80\n' | cmp - a.txt
}

@test "indented code that looks like a fence is none" {
  printf 'Text.\n\n    ```c {#no}\n    int x;\n    ```\n' >a.md
  run -0 skein list a.md
  has "0 blocks"
}

@test "CRLF, a BOM and a missing final newline are taken as they are" {
  printf '\xef\xbb\xbf```c {file=a.txt}\r\none\r\ntwo\r\n```' >a.md
  run -0 skein tangle -C . a.md
  printf 'one\r\ntwo\r\n' | cmp - a.txt
}

@test "an empty document has no blocks, and is no error" {
  : >a.md
  run -0 skein list a.md
  has "a.md: 0 blocks, 0 cells"
}

@test "a missing document is named, and the others are still read" {
  doc b.md <<<$'\'\'\'c\n\'\'\''
  run -8 skein list a.md b.md
  has "a.md: error: cannot read: No such file or directory [io]"
  has "b.md: 1 block"
}

@test "a UTF-16 document says so" {
  printf '\xff\xfe#\0' >a.md
  run -3 skein list a.md
  has "a.md: error: this looks like UTF-16: save the document as UTF-8 [utf-16]"
}

@test "a FIFO is no document, and nothing hangs" {
  mkfifo pipe.md
  run -2 skein list pipe.md
  has "pipe.md"
}

@test "a folder stands for all Markdown below it, sorted, hidden ones left out" {
  mkdir -p d/sub d/.git
  touch d/b.md d/a.md d/sub/c.qmd d/.git/no.md d/no.txt
  run -0 skein list d
  [ "$output" = "d/a.md: 0 blocks, 0 cells
d/b.md: 0 blocks, 0 cells
d/sub/c.qmd: 0 blocks, 0 cells" ]
}

@test "quotes nested too deep are refused with a place" {
  python3 -c 'print(">" * 1500 + " x")' >a.md
  run -7 skein list a.md
  has "a.md:1:1: error: lists and quotes are nested more than 1000 deep [too-deep]"
}

@test "an unclosed fence of ours is an error, in a list too" {
  doc a.md <<'E'
- '''c
  int x;

Text.

'''c {#name}
int y;
E
  run -3 skein list a.md
  has "a.md:1:3: error: this fence is not closed: end it with a line of \`\`\` [unclosed-fence]"
  has "a.md:6:1: error: this fence is not closed"
}

@test "a hidden cell stands in a comment" {
  doc a.md <<'E'
<!-- skein: cell name=setup
int x = 3;
-->

'''c
x
'''

<!-- skein: cell python name=other
1
-->
E
  run -0 skein list a.md
  has "1  cell 1            hidden  c  #setup"
  has "cell 2"
  has "9  cell 3            hidden  python  #other"
  printf '<!-- skein: cell console\n$ ls\n-->\n' >b.md
  run -3 skein list b.md
  has "b.md:1:18: error: a console block cannot be hidden, since its output stands within it"
}

@test "run: marked makes unmarked blocks listings" {
  doc a.md <<'E'
<!-- skein: run=marked -->

Text.

'''c
'''

'''c {.run}
'''
E
  run -0 skein list a.md
  has "5  listing"
  has "8  cell 1"
}

@test "run: false makes listings too, but for blocks that say run" {
  doc a.md <<'E'
<!-- skein: run=false -->

Text.

'''c
'''

'''c {run}
'''
E
  run -0 skein list a.md
  has "5  listing"
  has "8  cell 1"
}

@test "an output fence that left its cell gets a warning that names the cell" {
  doc a.md <<'E'
'''c
'''

A paragraph slipped in.

'''output
lost
'''

'''c
'''

'''output
its own
'''
E
  run -0 skein list a.md
  has "a.md:6:1: warning: this output belongs to no cell"
  has "a.md:1:1: note: the last cell above is this one"
  lacks "a.md:13:"
}

@test "a document's comment may stand right above the first cell, and over several lines" {
  doc a.md <<'E'
<!-- skein: std=c99
     libs=m -->

'''c
'''
'''c
'''
E
  run -0 skein list --json a.md
  has '"options":{"std":"c99","libs":"m"}'
}

@test "what stands before the end of a hidden cell's comment belongs to the cell" {
  printf '<!-- skein: cell\nint a = 1;\nint b = 2; -->\n\n```c\nb\n```\n' >a.md
  run -0 skein run -o - a.md
  has $'```output\n2\n```'
}

@test "a thematic break on the first line is no front matter" {
  printf -- '---\n\n# Title\n\n```c\n1\n```\n\n---\n' >a.md
  run -0 skein list a.md
  has "cell 1"
}

@test "--> within a hidden cell is an error at its place, not text on the page" {
  doc a.md <<'E'
<!-- skein: cell name=loop
int x = 3;
while (x-->0) ;
-->

* <!-- skein: cell
  char *s = "-->";
  -->

> <!-- skein: cell
> f(); /* --> */
> -->

<!-- skein: cell
int x = n-->
0;
-->

<!-- skein: cell
/* --!> */
-->

<!-- skein: cell --> int k;

<!-- skein: cell
int fine = n-- -1; // --
-->

<!-- skein: cell
int also_fine; -->

<!-- skein: cell
int shown;
--> tail
E
  run -3 skein list a.md
  grep -o '^a.md:.*' <<<"$output" | grep -v 'blocks,' | diff -u - /dev/fd/3 3<<'E'
a.md:3:9: error: HTML ends the comment here, and the rest of the cell would show: write -- and > apart, as in x-- > 0 [early-comment-end]
a.md:7:14: error: HTML ends the comment here, and the rest of the cell would show: write -- and > apart, as in x-- > 0 [early-comment-end]
a.md:11:11: error: HTML ends the comment here, and the rest of the cell would show: write -- and > apart, as in x-- > 0 [early-comment-end]
a.md:15:10: error: HTML ends the comment here, and the rest of the cell would show: write -- and > apart, as in x-- > 0 [early-comment-end]
a.md:20:4: error: browsers end the comment here: write -- and !> apart [early-comment-end]
a.md:23:18: error: this hidden cell ends on its first line: its code stands on the lines below, and then --> on a line [early-comment-end]
a.md:34:5: warning: this shows on the page, since the comment of the hidden cell ends before it: put it on the next line [early-comment-end]
E
}
