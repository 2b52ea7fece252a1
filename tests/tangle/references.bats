load ../helper

@test "a reference becomes the block, indented as the reference is" {
  printf '```c {file=a.c}\nint main(void) {\n    <<body>>\n\t<<body>>\n}\n```\n\n```c {#body}\na();\n\nb();\n```\n' >a.md
  run -0 skein tangle -C . a.md
  printf 'int main(void) {\n    a();\n\n    b();\n\ta();\n\n\tb();\n}\n' | same a.c
}

@test "a second block of the same name continues the first" {
  doc a.md <<'E'
'''c {#x file=a.txt}
one
'''
'''c {#x}
two
'''
'''c file=a.txt
three
'''
E
  run -0 skein tangle -C . a.md
  printf 'one\ntwo\nthree\n' | same a.txt
}

@test "an empty block vanishes with its reference line" {
  doc a.md <<'E'
'''c {file=a.txt}
before
<<nothing>>
after
'''
'''c {#nothing}
'''
E
  run -0 skein tangle -C . a.md
  printf 'before\nafter\n' | same a.txt
}

@test "only a line that holds nothing else is a reference" {
  doc a.md <<'E'
'''c {file=a.txt}
x << 2 >> 1
s = "<<x>>";
cat << EOF
\<<x>>
<< x >>
'''
'''c {#x .run}
no
'''
E
  run -0 skein tangle -C . a.md
  has "a.md:3:6: warning: a reference must stand alone on its line"
  printf 'x << 2 >> 1\ns = "<<x>>";\ncat << EOF\n<<x>>\n<< x >>\n' | same a.txt
}

@test "replace starts anew, and must follow a definition" {
  doc a.md <<'E'
'''c {#x file=a.txt}
one
'''
'''c {#x .replace}
two
'''
E
  run -0 skein tangle -C . a.md
  printf 'two\n' | same a.txt
  doc b.md <<'E'
'''c {#y .replace}
one
'''
'''c {#z .append}
one
'''
E
  run -3 skein list b.md
  has "b.md:1:10: error: no block named 'y' stands before this one to replace [nothing-to-continue]"
  has "b.md:4:10: warning: no block named 'z' stands before this one to append to"
}

@test "a missing block is named with its place and the nearest name" {
  doc a.md <<'E'
'''c {file=a.c}
<<prase>>
'''

'''c {#parse}
'''
E
  run -3 skein tangle -C . a.md
  has "a.md:2:3: error: no block is named 'prase'; write \\<<prase>> if it is meant as text [missing-block]"
  has "a.md:5:1: note: there is a block named 'parse'"
  [ ! -e a.c ]
}

@test "what is whole is written, what is broken is not touched" {
  doc a.md <<'E'
'''c {file=good.c}
int x;
'''
'''c {file=bad.c}
<<no such>>
'''
E
  run -3 skein tangle -C . a.md
  [ -e good.c ]
  [ ! -e bad.c ]
}

@test "an undefined reference stays as text when that is asked for" {
  doc a.md <<'E'
'''c {file=a.c}
<<nothing>>
'''
E
  run -0 skein tangle -C . --allow-missing a.md
  echo '<<nothing>>' | same a.c
  has "warning: no block is named 'nothing'"
}

# The shape of the document that the project began with: Entangled's fences, Python, a
# program in two files, and references to blocks that nobody wrote.
@test "a document with dangling references is tangled as it stands when that is asked for" {
  doc codelets.md <<'E'
# Running codelets on the fly

''' {.py file=codelets.py}
import noodles


@noodles.schedule(store=True)
def build_shared_object(config, source):
    """Compile a C source into a shared object."""
    return run(config["compiler"], "<<none>>", source)

<<load-notw-codelet>>
<<load-twiddle-codelet>>
'''

## Testing

''' {.py file=test.py}
from codelets import build_shared_object

'''

## Loading

''' {.py #load-notw-codlet}
def load_notw_codelet(path): pass
'''
E
  run -3 skein tangle -C . codelets.md
  has "codelets.md:12:3: error: no block is named 'load-notw-codelet'; write"
  has "codelets.md:25:1: note: there is a block named 'load-notw-codlet'; did you mean that?"
  has "codelets.md:13:3: error: no block is named 'load-twiddle-codelet'"
  [ "$(grep -c 'error:' <<<"$output")" = 2 ]
  [ ! -e codelets.py ]
  run -0 skein tangle -C . --allow-missing codelets.md
  has "codelets.md:12:3: warning: no block is named 'load-notw-codelet'; the reference stays as text"
  has "codelets.md:13:3: warning: no block is named 'load-twiddle-codelet'; the reference stays as text"
  lacks 'error:'
  sed -n '4,13p' codelets.md | same codelets.py
  printf 'from codelets import build_shared_object\n\n' | same test.py
  run -0 skein tangle -C . --allow-missing --check codelets.md
  run -3 skein list codelets.md
  has 'fragment          python  -> codelets.py  refers to load-notw-codelet (missing), load-twiddle-codelet (missing)'
}

@test "a cycle is told once, with the whole chain" {
  doc a.md <<'E'
'''c {#a file=a.c}
<<b>>
'''
'''c {#b}
<<c>>
'''
'''c {#c}
<<a>>
'''
E
  run -3 skein tangle -C . a.md
  has "a.md:8:3: error: block 'a' contains itself: a -> b -> c -> a [cycle]"
  [ "$(grep -c 'error:' <<<"$output")" = 1 ]
}

@test "names are private to their document unless shared" {
  doc a.md <<'E'
'''c {file=a.txt}
<<part>>
'''
E
  doc b.md <<'E'
'''c {#part .run}
text
'''
E
  run -3 skein tangle -C . a.md b.md
  has "another document has a block of this name: refer to it as b::part, or use --shared-names"
  run -0 skein tangle -C . --shared-names a.md b.md
  echo text | same a.txt
}

@test "doc::name reaches into another document" {
  doc a.md <<'E'
'''c {file=a.txt}
<<b::part>>
'''
E
  doc b.md <<'E'
'''c {#part}
text
'''
E
  run -0 skein tangle -C . a.md b.md
  echo text | same a.txt
}

@test "two names for one target are an error with both places" {
  doc a.md <<'E'
'''c {#x file=a.c}
'''
'''c {#y file=a.c}
'''
E
  run -3 skein tangle -C . a.md
  has "a.md:3:10: error: two blocks, 'x' and 'y', are to be written to 'a.c' [two-names]"
  has "a.md:1:10: note: the other one is here"
  [ ! -e a.c ]
}

@test "an expansion that would explode is refused before anything is written" {
  python3 - >a.md <<'E'
print("```c {#b0 file=a.txt}\n<<b1>>\n<<b1>>\n```")
for i in range(1, 40):
    print("```c {#b%d}\n<<b%d>>\n<<b%d>>\n```" % (i, i + 1, i + 1))
print("```c {#b40}\nx\n```")
E
  run -7 skein tangle -C . a.md
  has "the limit is 67108864, which --max-target raises [too-large]"
  [ ! -e a.txt ]
}

@test "a chain of a hundred thousand references needs no stack" {
  python3 - >a.md <<'E'
print("```c {#b0 file=a.txt}\n<<b1>>\n```")
for i in range(1, 100000):
    print("```c {#b%d}\n<<b%d>>\n```" % (i, i + 1))
print("```c {#b100000}\nx\n```")
E
  run -0 skein tangle -C . a.md
  echo x | same a.txt
}

@test "a block of a program that nothing uses gets a warning" {
  doc a.md <<'E'
'''c {file=a.c}
int x;
'''
'''python {#lost}
'''
E
  run -0 skein tangle -C . a.md
  has "a.md:4:1: warning: nothing refers to block 'lost' [unused-block]"
}

@test "a target that holds a broken block is left alone, and is no orphan" {
  doc a.md <<'E'
'''c {#p file=a.c}
one
'''
'''c {#p}
two
'''
E
  run -0 skein tangle -C . a.md
  sed -i 's/^```c {#p}/```c {#p timeout=abc}/' a.md
  cp a.c before
  run -3 skein tangle -C . a.md
  cmp a.c before
  sed -i 's/file=a.c/file=a.c timeout=abc/' a.md
  run -3 skein clean -C . a.md
  cmp a.c before
}

@test "every reference within a line is looked at" {
  doc a.md <<'E'
'''c {file=a.c}
int v = 1 << 2; f(<<args>>);
'''
'''c {#args .run}
x
'''
E
  run -0 skein tangle -C . a.md
  has "a.md:2:19: warning: a reference must stand alone on its line"
}

@test "a cell's expansion has the limit of a target" {
  python3 - >a.md <<'E'
print("```c {.run}\n" + "<<b0>>\n" * 100 + "```")
for i in range(20):
    print("```c {#b%d}\n<<b%d>>\n<<b%d>>\n```" % (i, i + 1, i + 1))
print("```c {#b20}\nx\n```")
E
  run -7 skein run a.md
  has "[too-large]"
}
