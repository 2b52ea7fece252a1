load ../helper

# A document with a cell, what is recorded of it, and a target that pastes that.
pasted() {
  doc a.md <<E
'''c #table
printf("1,\\\\n2,\\\\n");
'''

'''output
${1-1,
2,}
'''

'''c file=t.h
int table[] = {
	<<table!${2-}>>
};
'''
E
}

@test "<<name!>> is what is recorded below a cell, indented as the reference is" {
  pasted
  run -0 skein tangle a.md
  printf 'int table[] = {\n\t1,\n\t2,\n};\n' | same t.h
  run -0 skein list a.md
  has 'refers to table!'
  lacks 'missing'
  run -0 skein list --name table a.md
  has 'a.md:12:4'
  run -0 skein list --graph a.md
  has '"a.md:10" -> "a.md:1"'
  run -0 skein why t.h:3
  has 'a.md:7:1'
}

@test "a digest of the text pins it, and the wrong one is an error with the right one" {
  digest=$(printf '1,\n2,\n' | sha256sum)
  pasted $'1,\n2,' "${digest::10}"
  run -0 skein tangle a.md
  pasted $'1,\n3,' "${digest::10}"
  rm t.h
  run -3 skein tangle a.md
  has "a.md:12:4: error: 'table' does not print what is pinned here any more" '[stale-pin]' \
    "<<table!$(printf '1,\n3,\n' | sha256sum | head -c 10)>>" 'a.md:5:1: note'
  [ ! -e t.h ]
  pasted $'1,\n2,' 12345
  run -3 skein tangle a.md
  has "no block is named 'table!12345'"
}

@test "what was not printed, was cut, or is a pattern, cannot be pasted" {
  doc a.md <<'E'
'''c #table
printf("1\n");
'''

'''c file=t.h
<<table!>>
'''
E
  run -3 skein tangle a.md
  has "a.md:6:3: error: nothing that 'table' printed is recorded" '[no-output]' 'a.md:1:1: note: this is the cell'
  run -0 skein tangle --allow-missing a.md
  same t.h <<<'<<table!>>'
  pasted $'1,\n...'
  run -3 skein tangle a.md
  has 'a.md:12:4: error' '[no-output]' 'a.md:7:1: note: it is a pattern'
  pasted $'0x[..]'
  run -3 skein tangle a.md
  has 'a.md:6:1: note: it has a pattern in it'
  pasted $'1\n... 1,234 lines (5,678 bytes) left out ...\n2'
  run -3 skein tangle a.md
  has 'a.md:7:1: note: it was too long'
}

@test "a reference to what a block printed that is no cell says how it becomes one" {
  printf '%s\n' '```lua {#table}' 'print(1)' '```' '```c {file=t.c}' '<<table!>>' '```' >a.md
  run -3 skein tangle a.md
  has "a.md:5:3: error: nothing that 'table' printed is recorded: it is no cell, and is not run [no-output]" \
    'a.md:1:1: note: run=true here makes it one'
}

@test "a block that has the whole name goes first, and a backslash makes text of it" {
  doc a.md <<'E'
'''c "#table!"
block
'''

'''c {#table run=false}
'''

'''c file=t.h
<<table!>>
\<<table!12345678>>
'''
E
  sed -i 's/"#table!"/{name="table!"}/' a.md
  run -0 skein tangle a.md
  printf 'block\n<<table!12345678>>\n' | same t.h
}
