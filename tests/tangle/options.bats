load ../helper

# kinds FILE: what `skein list` says of each block, one line each.
kinds() {
  skein list --json "$1" | python3 -c '
import json, sys
for b in json.load(sys.stdin)["blocks"]:
    o = " ".join("%s=%s" % (k, v) for k, v in b["options"].items())
    print((str(b["line"]) + " " + b["kind"] + " " + b["language"] + " " + o).strip())
'
}

@test "every way to write options means the same" {
  doc a.md <<'E'
'''c {#one file=a.c timeout="5s"}
'''

''' {.c #two file=b.c}
'''

'''c #three file=c.c
'''

'''c file=d.c
'''

'''{c}
'''

'''{c five, timeout=5s}
'''

'''c
//| name: six
/*| file: f.c */
#| timeout: "5s"
'''

<!-- skein: name=seven file="g.c" -->

'''c
'''
E
  kinds a.md >got
  same got <<'E'
1 fragment c name=one file=a.c timeout=5s
4 fragment c name=two file=b.c
7 fragment c name=three file=c.c
10 fragment c file=d.c
13 cell c
16 cell c name=five timeout=5s
19 fragment c name=six file=f.c timeout=5s
27 fragment c name=seven file=g.c
E
}

@test "quoted values keep blanks, and escapes are resolved" {
  doc a.md <<'E'
'''c {name="Read a file" args="a \"b\" \\c"}
'''
'''c name='it is' args=x=y
'''
E
  kinds a.md >got
  same got <<'E'
1 cell c name=Read a file args=a "b" \c
3 cell c name=it is args=x=y
E
}

@test "keys ignore case, and dashes and underscores mean the same" {
  doc a.md <<'E'
'''C {OUTPUT_LIMIT=1K output-kill=2M}
'''
E
  run -0 kinds a.md
  has "1 cell c output-limit=1K output-kill=2M"
}

@test "words of other tools are known" {
  doc a.md <<'E'
'''c,ignore
'''
'''c,no_run
'''
'''c,should_panic
'''
'''{c, eval=FALSE}
'''
'''c
//| error: true
'''
'''c,compile_fail
'''
E
  kinds a.md >got
  same got <<'E'
1 listing c run=false
3 cell c run=compile
5 cell c fails=crash
7 listing c run=false
9 cell c fails=allowed
12 cell c fails=compile
E
}

@test "attributes for renderers are passed over without a message" {
  doc a.md <<'E'
'''c title="a.c" linenums="1"
'''
'''c {1,3}
'''
'''c {"name":"x"}
'''
'''js {foo: bar}
'''
'''text some words here
'''
E
  run -0 --separate-stderr skein list a.md
  [ -z "$stderr" ]
}

@test "an unknown option gets a did-you-mean with its column" {
  doc a.md <<'E'
'''c {flie=a.c}
'''
E
  run -0 skein list a.md
  has "a.md:1:7: warning: there is no option 'flie'; did you mean 'file'? [unknown-option]"
}

@test "options that do not parse are an error at the column of the break" {
  doc a.md <<'E'
'''{.c #a file="x
'''

'''c {#a file=x
'''
E
  run -3 skein list a.md
  has "a.md:1:16: error: this quote is not closed"
  has "a.md:4:6: error: this brace is not closed"
}

@test "one key given twice with different values is an error with both places" {
  doc a.md <<'E'
'''c {#a name=b}
'''
E
  run -3 skein list a.md
  has "a.md:1:10: error: option 'name' is given twice with different values [option-twice]"
  has "a.md:1:7: note: the other value is here"
}

@test "a value of the wrong form is refused, and says which form is right" {
  doc a.md <<'E'
'''c {timeout=soon}
'''
'''c {buffer=none}
'''
'''c {mode=999 file=x}
'''
E
  run -3 skein list a.md
  has "a.md:1:7: error: the value 'soon' of 'timeout' must be a time such as 500ms, 10s or 2m, or none [bad-value]"
  has "a.md:3:7: error: the value 'none' of 'buffer' must be line|full"
  has "a.md:5:7: error: the value '999' of 'mode' must be octal permissions"
}

@test "an option of a document on a block is an error that says where it belongs" {
  doc a.md <<'E'
'''c {sources=a.c}
'''
E
  run -3 skein list a.md
  has "[misplaced-option]"
  has "front matter"
}

@test "a name that is not UTF-8 is refused" {
  printf '```c {name="a\xff"}\n```\n' >a.md
  run -3 skein list a.md
  has "a.md:1:7: error: a name must be valid UTF-8 without NUL [bad-name]"
}

@test "forms of Pandoc, MyST and Lisp are no errors" {
  doc a.md <<'E'
'''{=html}
<b>
'''
''' {#hello .c}
'''
'''{admonition} How to run this #1
'''
'''lisp
#| a block comment |#
'''
E
  run -0 skein list a.md
  has "4  cell 1            c  #hello"
}

@test "empty names and unknown words of show= are errors" {
  printf '```c\n```\n\n```c {file=""}\n```\n\n```c {mode="" file=x}\n```\n' >a.md
  run -3 skein list a.md
  has "a.md:4:7: error: a name cannot be empty [bad-name]"
  has "a.md:7:7: error: the value '' of 'mode' must be octal"
  printf '```c {show=outptu}\nputs("x");\n```\n' >b.md
  run -3 skein run b.md
  has "[bad-value]"
}

@test "a comma within quotes is part of a list's item" {
  doc a.md <<'E'
'''c
//| cflags: ["-DA=1,2", '-DB="x, y"' , -O1]
int x;
'''
E
  run -0 skein list --json a.md
  has '"cflags":["-DA=1,2","-DB=\"x, y\"","-O1"]'
}

@test "the commas of show= in braces are its own" {
  doc a.md <<'E'
'''c {show=code,output,value timeout=2s}
int x;
'''

'''{c lab, show=code,value, fails=crash}
int y;
'''
E
  run -0 skein list --json a.md
  has '"show":"code,output,value","timeout":"2s"'
  has '"show":"code,value","fails":"crash"'
}

@test "a sign of lmt outside of its syntax is told" {
  doc a.md <<'E'
'''c "a name" +=
int x;
'''
E
  run -0 skein list a.md
  has "a.md:1:15: warning: this is how lmt continues a block: set 'syntax: lmt' for the document, or say 'append' [lmt-syntax]"
}
