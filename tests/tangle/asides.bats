load ../helper

boxes() {
  doc a.md <<'E'
<!--
''' c file=a.c
int a;
'''
-->

- item

  <!-- hidden
  '''c file=b.c
  int b;
    c
  '''
  -->

!!! note "Title"

    Text.

    '''c file=c.c
    int c;

    	tab
    '''

    ??? tip
        ~~~c {#d file=d.c}
        int d;
          indented
        ~~~

=== "Tab"
    '''c file=e.c
    int e;
  out

    '''c file=f.c
E
}

@test "fences in comments and boxes are no blocks, and say how they would be" {
  boxes
  run -0 skein tangle a.md
  has "a.md:2:1: warning: this fence stands in an HTML comment, and is no block: 'fences: comments' for the document makes it one [not-a-fence]"
  has "a.md:10:3: warning: this fence stands in an HTML comment"
  has "a.md:20:5: warning: this fence stands in an admonition of MkDocs, and is no block: 'fences: admonitions'"
  has "a.md:27:9: warning: this fence stands in an admonition"
  has "a.md:37:5: warning: this is no fence, since four or more blanks"
  [ ! -e a.c ] && [ ! -e c.c ]
}

@test "with the option they are, cut from the raw bytes" {
  boxes
  run -3 skein tangle --set fences='comments admonitions' a.md
  has "a.md:33:5: error: this fence is not closed"
  same a.c <<<'int a;'
  same b.c <<<$'int b;\n  c'
  same c.c <<<$'int c;\n\n\ttab'
  same d.c <<<$'int d;\n  indented'
  [ ! -e e.c ] && [ ! -e f.c ]
  { printf -- '<!-- skein: fences=comments -->\n\n'; cat a.md; } >b.md
  run -0 skein list b.md
  has "-> a.c"
  lacks "-> c.c"
  run -3 skein list --set fences=boxes a.md
  has "the value 'boxes' of 'fences' must be comments|admonitions [bad-value]"
}

@test "a cell in a box is run, and its output stands in the box; one in a comment is not" {
  doc a.md <<'E'
---
skein:
  fences: [admonitions, comments]
---

!!! note

    '''c
    printf("hi\n");
    '''

<!--
'''c
exit(7);
'''
-->
E
  skein run a.md
  run -0 cat a.md
  has $'    ```\n    ```output\n    hi\n    ```\n\n<!--\n```c\nexit(7);\n```\n-->'
  cp a.md b.md
  skein run a.md
  same a.md <b.md
}
