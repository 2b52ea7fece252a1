load ../helper

# exact FILE: a target's size is what was summed before it was made.
exact() {
  local size
  size=$(stat -c %s "$1")
  run -0 skein tangle -C . --max-target "$size" --check a.md
  run -7 skein tangle -C . --max-target $((size - 1)) a.md
}

@test "inline references are off, and the warning names the option" {
  printf '```c {file=a.txt}\nf(<<args>>);\n```\n```c {#args unused}\na\n```\n' >a.md
  run -0 skein tangle -C . a.md
  has "a.md:2:3: warning: a reference must stand alone on its line, or the block must say inline; this one is only text [inline-reference]"
  echo 'f(<<args>>);' | same a.txt
}

@test "a block of one line goes into the line, several and escaped ones too" {
  doc a.md <<'E'
'''c {file=a.txt inline}
f(<<x>>, <<a>>b>>) + \<<x>> + \\<<x>> << 2 <<none>>;
  <<x>>;
[<<empty>>]
	<<whole>>
'''
'''c {#x}
ex
'''
'''c {name="a>>b"}
two words
'''
'''c {#none}
 0
'''
'''c {#empty}
'''
'''c {#whole inline}
(<<x>>)
'''
E
  run -0 skein tangle -C . a.md
  printf 'f(ex, two words) + <<x>> + \\<<x>> << 2  0;\n  ex;\n[]\n\t(ex)\n' | same a.txt
  exact a.txt
}

@test "blanks and comment marks before several lines are repeated, other text is refused" {
  doc a.md <<'E'
'''c {file=a.txt inline}
  /// <<text>>
  <<text>>;
'''
'''c {#text}
one

	two
'''
'''c {file=b.txt inline}
f(<<text>>);
'''
'''c {file=c.txt inline=column}
f(<<text>>, <<text>>);
'''
E
  run -3 skein tangle -C . a.md
  has "a.md:11:5: error: 'text' has several lines: what becomes of the text before it? say inline=column, inline=prefix or inline=around [inline-lines]"
  has "a.md:14:15: error: 'text' has several lines: so has another reference of its line [inline-lines]"
  [ "$(grep -c error: <<<"$output")" = 2 ]
  printf '  /// one\n  ///\n  /// \ttwo\n  one\n\n  \ttwo;\n' | same a.txt
  [ ! -e b.txt ]
}

@test "column, prefix and around are the ways of noweb, org and knot" {
  doc a.md <<'E'
<!-- skein: inline=column -->

Text.

'''c {file=column inline=column}
	é(<<args>>);
'''
'''c {file=prefix inline=prefix}
	é(<<args>>);
'''
'''c {file=around inline=around}
	é(<<args>>);
'''
'''c {file=nested}
a(<<b>>)
'''
'''c {#b}
b(<<args>>)
last
'''
'''c {#args}
one,

two
'''
E
  run -0 skein tangle -C . a.md
  printf '\té(one,\n\n\t  two);\n' | same column
  printf '\té(one,\n\té(\n\té(two);\n' | same prefix
  printf '\té(one,);\n\té();\n\té(two);\n' | same around
  printf 'a(b(one,\n\n    two)\n  last)\n' | same nested
  for target in column prefix around nested; do
    size=$(stat -c %s "$target")
    run -0 skein tangle -C . --only "$target" --max-target "$size" a.md
    run -7 skein tangle -C . --only "$target" --max-target $((size - 1)) a.md
  done
}

@test "lines keep their places through inline references" {
  doc a.md <<'E'
'''c {file=a.txt inline=column}
f(<<args>>);
// <<text>>
end
'''
'''c {#args}
one,
two
'''
'''c {#text}
text
'''
E
  run -0 skein tangle -C . a.md
  run -0 skein why -C . a.txt:1
  has "a.md:2"
  run -0 skein why -C . a.txt:2
  has "a.md:8"
  run -0 skein why -C . a.txt:4
  has "a.md:4"
}

@test "inline references nest without end, and grow no further than the limit" {
  python3 - >a.md <<'E'
print("<!-- skein: inline=column -->\n\nText.\n\n```c {#b0 file=a.txt}\n(<<b1>>)\n```")
for i in range(1, 20000):
    print("```c {#b%d}\n(<<b%d>>)\n```" % (i, i + 1))
print("```c {#b20000}\nx\n```")
E
  run -0 skein tangle -C . a.md
  [ "$(stat -c %s a.txt)" = 40002 ]
  sed -i 's/^(<<\(.*\)>>)$/<<\1>> <<\1>>/' a.md
  run -7 skein tangle -C . a.md
  has "[too-large]"
}
