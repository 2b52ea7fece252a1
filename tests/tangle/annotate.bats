load ../helper

@test "annotations are off unless asked for, and can be asked for anywhere" {
  doc a.md <<'E'
'''c {file=a.c annotate=begin-end}
int x;
'''
'''c {file=b.c}
int y;
'''
E
  run -0 skein tangle -C . a.md
  printf '// begin <<a.md#a.c>>[1] 1a4d0b2f7d1a\nint x;\n// end <<a.md#a.c>>[1]\n' >expected
  printf 'int y;\n' | same b.c
  sum=$(printf 'int x;\n' | sha256sum)
  sed -i "s/1a4d0b2f7d1a/${sum:0:12}/" expected
  same a.c <expected
  run -0 skein tangle -C . --set annotate=begin-end a.md
  grep -q '^// begin <<a.md#b.c>>\[1\]' b.c
  sed -i '1i <!-- skein: annotate=entangled -->\n' a.md
  run -0 skein tangle -C . a.md
  grep -q '^// begin <<a.md#a.c>>\[1\]' a.c
  printf '// ~/~ begin <<a.md#b.c>>[init]\nint y;\n// ~/~ end\n' | same b.c
  run -0 skein tangle -C . --set annotate=none a.md
  echo 'int x;' | same a.c
}

@test "Entangled's forms are its own to the byte, of version 2 and of version 1" {
  printf '```{.cpp .run=false #main file=src/a.cc}\n#!/usr/bin/env run\nint main() {\n    <<body>>\n}\n```\n```{.cpp #main}\n// end\n```\n' >a.md
  printf '```{.cpp #body}\none();\n\ntwo();\n```\n```{.css #style file=a.css}\n<<body>>\n```\n```{.cpp #main}\n// more\n```\n' >b.md
  sed -i 's/ .run=false//' a.md
  run -0 skein tangle -C . --shared-names --set annotate=entangled a.md b.md
  same src/a.cc <<'E'
#!/usr/bin/env run
// ~/~ begin <<a.md#main>>[init]
int main() {
    // ~/~ begin <<b.md#body>>[init]
    one();

    two();
    // ~/~ end
}
// ~/~ end
// ~/~ begin <<a.md#main>>[1]
// end
// ~/~ end
// ~/~ begin <<b.md#main>>[0]
// more
// ~/~ end
E
  same a.css <<'E'
/* ~/~ begin <<b.md#style>>[init] */
// ~/~ begin <<b.md#body>>[init]
one();

two();
// ~/~ end
/* ~/~ end */
E
  sed -i 's/#main file/#main header=1 file/' a.md
  run -0 skein tangle -C . --shared-names --set annotate=entangled-1 a.md b.md
  same src/a.cc <<'E'
#!/usr/bin/env run
// ~\~ language=C++ filename=src/a.cc
// ~\~ begin <<a.md|main>>[init]
int main() {
    // ~\~ begin <<b.md|body>>[init]
    one();

    two();
    // ~\~ end
}
// ~\~ end
// ~\~ begin <<a.md|main>>[1]
// end
// ~\~ end
// ~\~ begin <<b.md|main>>[0]
// more
// ~\~ end
E
  [ "$(head -1 a.css)" = '/* ~\~ language=CSS filename=a.css */' ]
}

@test "shebang, encoding and licences stay above the first annotation, and header=N decides" {
  doc a.md <<'E'
'''python {file=a.py annotate=begin-end}
#!/usr/bin/env python3
# -*- coding: latin-1 -*-
# SPDX-FileCopyrightText: 2026 a person
# SPDX-License-Identifier: MIT
# text
'''
'''python {file=b.py annotate=begin-end header=2}
# one
# two
# three
'''
'''html {file=c.html annotate=begin-end}
<?xml version="1.0"?>
<html/>
'''
E
  run -0 skein tangle -C . a.md
  [ "$(grep -n begin a.py | cut -d: -f1)" = 5 ]
  [ "$(tail -1 a.py)" = "# end <<a.md#a.py>>[1]" ]
  [ "$(grep -n begin b.py | cut -d: -f1)" = 3 ]
  [[ $(sed -n 2p c.html) == "<!-- begin <<a.md#c.html>>[1] "*" -->" ]]
  [ "$(head -1 c.html)" = '<?xml version="1.0"?>' ]
}

@test "our annotations stay out of macros, strings and comments; a language without comments is told once" {
  doc a.md <<'E'
<!-- skein: annotate=begin-end -->

Text.

'''c {file=a.c}
#define TWICE(x) do { \
	<<body>>
} while (0)
int x;
'''
'''c {#body}
x; \
x; \
'''
'''json {file=a.json}
{}
'''
'''json {file=b.json}
{}
'''
'''klingon {file=c}
'''
E
  run -0 skein tangle -C . a.md
  [ "$(grep -c 'begin\|end' a.c)" = 2 ]
  sed '1d;$d' a.c >text
  printf '#define TWICE(x) do { \\\n\tx; \\\n\tx; \\\n} while (0)\nint x;\n' | same text
  has "a.md:15:1: warning: 'json' has no comments: its blocks are written without annotations [no-annotation]"
  has "warning: 'klingon' is no language whose comments are known: its blocks are written without annotations [no-annotation]"
  [ "$(grep -c no-annotation <<<"$output")" = 2 ]
  echo '{}' | same a.json
}

@test "annotations name documents from the root, wherever the command is given" {
  mkdir -p p/docs
  touch p/skein.lua
  printf '```c {file=a.c annotate=begin-end}\nint x;\n```\n' >p/docs/a.md
  run -0 skein tangle p/docs/a.md
  cd p/docs
  run -0 skein tangle --check a.md
  grep -q '^// begin <<docs/a.md#a.c>>\[1\] [0-9a-f]\{12\}$' ../a.c
}

@test "annotations count in the size of a target" {
  doc a.md <<'E'
'''c {#x file=a.c annotate=begin-end}
int x;
'''
E
  run -0 skein tangle -C . a.md
  size=$(stat -c %s a.c)
  run -0 skein tangle -C . --max-target "$size" --check a.md
  run -7 skein tangle -C . --max-target $((size - 1)) a.md
  has "[too-large]"
}
