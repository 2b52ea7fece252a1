load ../helper

# Limits of expansion: what is refused, what is said, and what may grow.

# doubling LEVELS LEAF: b0 refers twice to b1, and so on; the last one holds the leaf.
doubling() {
  python3 - "$1" "$2" <<'E'
import sys
n, leaf = int(sys.argv[1]), sys.argv[2]
print("```c {#b0 file=a.txt}\n<<b1>>\n<<b1>>\n```")
for i in range(1, n):
    print("```c {#b%d}\n<<b%d>>\n<<b%d>>\n```" % (i, i + 1, i + 1))
print("```c {#b%d}\n%s```" % (n, leaf))
E
}

@test "of a text that would explode the names are said that add most to it" {
  doubling 40 $'x\n' >a.md
  cat >>a.md <<'E'
```c {file=b.txt}
<<small>>
    <<b0>>
    <<b1>>
```
```c {#small}
y
```
E
  run -7 skein tangle -C . a.md
  has "a.md:1:11: error: 'a.txt' would have 2199023255552 bytes; the limit is 67108864, which --max-target raises [too-large]"
  has "a.md:161:1: note: 'b40' is in it 1099511627776 times and adds 2199023255552 bytes"
  has "error: 'b.txt' would have 9895604649986 bytes"
  has "note: 'b40' is in it 1649267441664 times and adds 9895604649984 bytes"
  has "note: 'small' is in it 1 time and adds 2 bytes"
  [ ! -e a.txt ] && [ ! -e b.txt ]
}

@test "a limit is the user's to raise, not the document's" {
  doubling 10 $'x\n' >a.md
  run -7 skein tangle --max-target 2047 -C . a.md
  has "'a.txt' would have 2048 bytes; the limit is 2047, which --max-target raises"
  run -7 skein list --max-target 2047 a.md
  run -0 skein tangle --max-target 2K -C . a.md
  [ "$(wc -c <a.txt)" = 2048 ]
  run -2 skein tangle --max-target much -C . a.md
  has "'much' is no size; one is 64M or 2G"
  { printf -- '---\nskein: { max-target: 1G, max-output: 1G }\n---\n\n'; cat a.md; } >b.md
  run -7 skein tangle --max-target 2047 -C . b.md
  run -2 skein tangle --set max-target=1G -C . a.md
}

@test "all targets together have a limit, too, and nothing is written when they are over it" {
  doc a.md <<'E'
'''c {file=small}
1
'''
'''c {file=large}
123456789
'''
'''c {file=middle}
1234
'''
E
  run -7 skein tangle --max-output 16 -C . a.md
  has "a.md:4:7: error: all targets together would have 17 bytes; the limit is 16, which --max-output raises [too-large]"
  has "a.md:4:7: note: 'large' has 10 bytes"
  has "a.md:7:7: note: 'middle' has 5 bytes"
  has "a.md:1:7: note: 'small' has 2 bytes"
  [ ! -e small ] && [ ! -e large ]
  run -0 skein tangle --max-output 17 -C . a.md
  [ -e small ] && [ -e large ]
}

@test "empty names vanish, however often they are referred to" {
  doubling 60 '' >a.md
  cat >>a.md <<'E'
```c {file=b.txt}
one
  <<b0>>
two
```
E
  run -0 timeout 60 skein tangle -C . a.md
  same b.txt <<<$'one\ntwo'
  [ ! -s a.txt ]
}

@test "references that cost time and no bytes have a limit" {
  python3 - >a.md <<'E'
print("```c {file=a.txt}\n" + "<<b0>>\n" * 5000 + "```")
for i in range(4000):
    print("```c {#b%d}\n<<b%d>>\n```" % (i, i + 1))
print("```c {#b4000}\nx\n```")
E
  run -7 skein tangle -C . a.md
  has "'a.txt' needs 20005000 references expanded; the limit is 16777216, a quarter of --max-target [too-large]"
  run -0 skein tangle --max-target 80M -C . a.md
  [ "$(wc -c <a.txt)" = 10000 ]
}

@test "indentation that grows with each reference is counted" {
  python3 - >a.md <<'E'
n = 20000
print("```c {file=a.txt}\n<<b0>>\n```")
for i in range(n):
    print("```c {#b%d}\nx\n <<b%d>>\n```" % (i, i + 1))
print("```c {#b%d}\nx\n```" % n)
E
  run -7 skein tangle -C . a.md
  has "'a.txt' would have 200050002 bytes"
  has "note: 'b20000' is in it 1 time and adds 20002 bytes"
  run -0 skein tangle --max-target 200050002 -C . a.md
  [ "$(wc -c <a.txt)" = 200050002 ]
}

@test "of a long way round its beginning and its end are shown" {
  python3 - >a.md <<'E'
n = 20000
print("```c {file=a.txt}\n<<b0>>\n```")
for i in range(n):
    print("```c {#b%d}\n<<b%d>>\n<<b0>>\n```" % (i, (i + 1) % n))
E
  run -3 skein tangle -C . a.md
  has "block 'b0' contains itself: b0 -> b1 -> b2 -> b3 -> ... (19992 more) -> b19996 -> b19997 -> b19998 -> b19999 -> b0 [cycle]"
  [ "${#output}" -lt 40000 ]
}

@test "many missing names are told one by one, and quickly" {
  python3 - >a.md <<'E'
n = 20000
print("```c {file=a.txt}\n" + "".join("<<m%d>>\n" % i for i in range(n)) + "```")
print("".join("```c {#x%d}\nx\n```\n" % i for i in range(n)))
E
  run -3 timeout 60 skein tangle -v -C . a.md
  [ "$(grep -c 'missing-block' <<<"$output")" = 20000 ]
  has "there is a block named 'x0'; did you mean that?"
}

@test "a block has a thousand options at most" {
  { printf '```c {file=a.txt'; printf ' k%d=v' {1..1000}; printf '}\nx\n```\n'; } >a.md
  run -7 skein list a.md
  has "there are more than 1000 options; 'k1000' is not taken [too-many-options]"
  sed -i 's/ k1000=v//' a.md
  run -0 skein list -q a.md
}
