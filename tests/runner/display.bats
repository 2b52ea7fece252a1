#!/usr/bin/env bats
# What cells show: tables, Markdown, pictures, between skein:begin and skein:end.

load ../helper

# One cache for all of them: most cells are the same.
show() {
  export SKEIN_CACHE_DIR=$BATS_FILE_TMPDIR/cache
  doc a.md < <(cat <<'HEAD'
<!-- skein: cell
#include <string.h>
#include <stdio.h>
int __skein_display(int kind, const char *text, const void *data, unsigned long size);
void show(int kind, const char *text, const char *data) { __skein_display(kind, text, data, strlen(data)); }
#define SVG(name) "<svg xmlns='http://www.w3.org/2000/svg'><title>" name "</title></svg>"
-->

HEAD
    cat)
}

# name NAME: the file of SVG(NAME).
name() {
  printf "<svg xmlns='http://www.w3.org/2000/svg'><title>%s</title></svg>" "$1" | sha256sum | cut -c1-16 | sed 's/$/.svg/'
}

@test "what a cell shows stands below its outputs, crash or not, and keeps a list tight" {
  show <<'EOF'
'''c {fails=crash}
printf("text\n");
show(5, "n", "name\037>size\037\036a|b\03712\037\036");
show(3, "a [plot]", SVG("one"));
*(volatile int *)0 = 1;
'''

1. item
   '''c
   show(3, "", SVG("one"));
   show(1, "", "# Head\n\ttabbed");
   '''
2. next

> '''c
> show(2, "", "<b>bold</b>");
> '''
> more
EOF
  cp a.md bare.md
  run skein run a.md
  [ "$status" -eq 0 ] || { echo "$output"; false; }
  sed -n '/^.*text$/,$p' a.md | sed "s/$(name one)/ONE/; s/output-error/error/" >shown
  same shown <<'EOF'
text
```

```error
crashed: write at address 0x0 (NULL)
line 4: *(volatile int *)0 = 1;
state: as before this cell
```

<!-- skein:begin -->

| name | size |
| ---- | ---: |
| a\|b |   12 |

![a \[plot\]](a.skein/ONE)

<!-- skein:end -->

1. item
   ```c
   show(3, "", SVG("one"));
   show(1, "", "# Head\n\ttabbed");
   ```
   <!-- skein:begin -->
   ![picture](a.skein/ONE)
   <!-- -->
   # Head
       tabbed
   <!-- skein:end -->
2. next

> ```c
> show(2, "", "<b>bold</b>");
> ```
> <!-- skein:begin -->
> <b>bold</b>
>
> <!-- skein:end -->
> more
EOF
  [ "$(sha256sum <"a.skein/$(name one)" | cut -c1-16).svg" = "$(name one)" ]
  cp a.md before.md
  skein run a.md
  cmp a.md before.md
  run skein check a.md
  [ "$status" -eq 0 ] || { echo "$output"; false; }
  run skein run -o - bare.md
  has "](bare.skein/$(name one))"
  [ ! -e bare.skein ]
  mkdir out
  skein run -o 'out/b c.md' bare.md
  [ -e "out/b c.skein/$(name one)" ]
  grep -q "](b%20c.skein/$(name one))" 'out/b c.md'
}

@test "check misses a picture that is gone or edited; run writes the one, and keeps the other" {
  show <<'EOF'
'''c
show(3, "x", SVG("two"));
'''
EOF
  skein run a.md
  file=a.skein/$(name two)
  cp a.md before.md
  mv "$file" saved
  run skein check a.md
  [ "$status" -eq 1 ]
  has "[lost-picture]"
  [ ! -e "$file" ]
  skein accept a.md
  cmp "$file" saved
  echo edited >"$file"
  run skein check a.md
  [ "$status" -eq 1 ]
  has "another content"
  run skein run a.md
  [ "$status" -eq 9 ]
  has "[edited-picture]"
  [ "$(cat "$file")" = edited ]
  cmp a.md before.md
}

@test "pictures that nothing shows any more are removed, if they are ours and as we wrote them" {
  show <<'EOF'
'''c
show(3, "x", SVG("three"));
show(3, "x", SVG("four"));
show(3, "x", SVG("five"));
'''
EOF
  cp a.md b.md
  skein run a.md b.md
  skein clean .
  [ "$(ls a.skein b.skein | grep -c svg)" = 6 ]			# they are linked
  echo mine >a.skein/note.txt
  echo edited >"a.skein/$(name four)"
  sed -i '/SVG("three")/d; /SVG("four")/d' a.md
  run skein run a.md
  [ "$status" -eq 0 ] || { echo "$output"; false; }
  has "[edited-orphan]"
  [ "$(ls a.skein | sort)" = "$(printf '%s\n' "$(name four)" "$(name five)" note.txt | sort)" ]
  sed -i '/SVG("five")/d; /skein:begin/,/skein:end/d' a.md
  run -0 skein clean --dry-run a.md
  [ "$output" = "removed   a.skein/$(name five)" ]
  [ -e "a.skein/$(name five)" ]
  run -0 skein clean --json a.md
  [ "$output" = "{\"target\":\"a.skein/$(name five)\",\"path\":\"a.skein/$(name five)\",\"what\":\"removed\"}" ]
  [ "$(ls a.skein | sort)" = "$(printf '%s\n' "$(name four)" note.txt | sort)" ]
  [ "$(ls b.skein | grep -c svg)" = 3 ]				# another document's
  rm b.md
  mkdir c.skein
  tee c.md notes.txt c.skein/notes.svg <<<words			# what the manifest says is no proof
  hash=$(sha256sum <c.md | cut -d' ' -f1)
  printf "target - $hash gone.md %s\n" c.md notes.txt c.skein/notes.svg >>.skein/pictures
  run skein clean .
  [ "$status" -eq 0 ] || { echo "$output"; false; }
  [ "$(ls)" = "$(printf '%s\n' a.md a.skein c.md c.skein notes.txt)" ]
  [ -e c.skein/notes.svg ]
}

@test "nothing that a cell shows swallows or changes what follows it" {
  show <<'EOF'
'''c
show(1, "", "```\nopen");
show(1, "", "text\n\n<!-- open");
show(1, "", "<!-- skein:end -->\n```c {file=evil.c}\nint x;\n```");
show(1, "", "<!-- skein:begin -->");
show(1, "", "<script>");
show(1, "", "~~~c {file=fine.c}\nint y;\n~~~\n<!-- skein: cell\nputs(\"never\");\n-->\n<<nowhere>>");
show(4, "no picture", "abc");
'''

'''c
puts("after");
'''
EOF
  run skein run a.md
  [ "$status" -eq 0 ] || { echo "$output"; false; }
  has "[shown-as-text]"
  [ "$(grep -c '^after$' a.md)" = 1 ]
  [ "$(grep -c '^<!-- skein:end -->$' a.md)" = 2 ]
  run skein list --json a.md
  [ "$(grep -c '"cell"' <<<"$output")" -ge 1 ]
  lacks evil.c
  lacks fine.c
  cp a.md before.md
  skein run -q a.md
  cmp a.md before.md
  run skein check -q a.md
  [ "$status" -eq 0 ] || { echo "$output"; false; }
}

@test "a part that has lost its end is not guessed at, and one that belongs to no cell stays" {
  show <<'EOF'
'''c
show(1, "", "new");
'''

<!-- skein:begin -->

old

'''c
puts("other");
'''

Words.

<!-- skein:begin -->

'''c {file=x.c}
int x;
'''

<!-- skein:end -->
EOF
  cp a.md before.md
  run skein run a.md
  [ "$status" -eq 3 ]
  has "[damaged-output]"
  has "[orphaned-output]"
  grep -q '^old$' a.md
  [ "$(grep -c '^new$' a.md)" = 0 ]
  grep -q '^other$' a.md
  run skein tangle a.md
  [ "$status" -eq 3 ]
  [ ! -e x.c ]
  printf '%s\n' '```sh {.run}' true '```' '' '<!-- skein:begin -->' a '' '<!-- skein:begin -->' b '' \
    '<!-- skein:end -->' '' '<!-- skein:end -->' >nested.md
  cp nested.md before.md
  run skein run nested.md
  [ "$status" -eq 3 ]
  cmp nested.md before.md
  printf '%s\n' '> ```sh {.run}' '> true' '> ```' '> <!-- skein:begin -->' '>' '> old' '' words '' \
    '> <!-- skein:end -->' >quotes.md
  cp quotes.md before.md
  run skein run quotes.md
  [ "$status" -eq 3 ]
  cmp quotes.md before.md
}

@test "a folder for pictures that is a link, a file or read-only keeps what is recorded" {
  show <<'EOF'
'''c
show(3, "x", SVG("six"));
'''

'''c
puts("other");
'''
EOF
  mkdir elsewhere
  ln -s "$PWD/elsewhere" a.skein
  run skein run a.md
  [ "$status" -eq 6 ] || { echo "$status $output"; false; }
  [ -z "$(ls elsewhere)" ]
  grep -q '^other$' a.md
  [ "$(grep -c 'skein:begin' a.md)" = 0 ]
  rm a.skein
  echo file >a.skein
  run skein run a.md
  [ "$status" -ge 6 ]
  [ "$(cat a.skein)" = file ]
  [ "$(grep -c 'skein:begin' a.md)" = 0 ]
  rm a.skein
  skein run a.md
  [ -e "a.skein/$(name six)" ]
}

@test "what was shown is recorded with a run, told to programs, and not written where outputs: none" {
  show <<'EOF'
'''c {cache=run}
show(3, "a plot\nof points", SVG("seven"));
show(7, "never", "1 2");
'''
EOF
  skein run --set outputs=none a.md
  [ ! -e a.skein ]
  run skein run --json a.md
  has "\"kind\":\"svg\",\"type\":\"image/svg+xml\",\"text\":\"a plot\\nof points\\n\",\"file\":\"a.skein/$(name seven)\""
  cp a.md before.md
  rm "a.skein/$(name seven)"
  run skein run --explain a.md
  has recorded
  cmp a.md before.md
  [ -e "a.skein/$(name seven)" ]
}

@test "pictures that a cell of any language writes are shown, and what it prints can be Markdown" {
  doc a.md <<'EOF'
'''sh {.run image="p.svg q.svg" cwd=sub}
echo "<svg xmlns='http://www.w3.org/2000/svg'/>" >p.svg
echo "<svg />" >q.svg
'''

'''sh {.run results=asis}
printf '| a |\n|---|\n'
echo words >&2
'''

'''sh {.run image=none.png}
echo ran
'''
EOF
  mkdir sub
  run skein run a.md
  [ "$status" -eq 5 ] || { echo "$output"; false; }
  has "a.md:11:13: error:"
  has "[missing-image]"
  sed -n '4,/^```sh/p' a.md | sed 's/[0-9a-f]\{16\}/HEX/' >shown
  same shown <<'EOF'
```

<!-- skein:begin -->

![p.svg](a.skein/HEX.svg)

![q.svg](a.skein/HEX.svg)

<!-- skein:end -->

```sh {.run results=asis}
EOF
  sed -n '/^echo words/,/skein:end/p' a.md >shown
  same shown <<'EOF'
echo words >&2
```

```output-stderr
words
```

<!-- skein:begin -->

| a |
|---|

<!-- skein:end -->
EOF
}

@test "clean leaves the pictures of a document alone while that is run" {
  show <<'EOF'
'''c
show(3, "x", SVG("eight"));
'''
EOF
  skein run -q a.md
  sed -i '/skein:begin/,/skein:end/d' a.md
  doc b.md <<'EOF'
'''sh {.run}
set -e; skein clean a.md
ls a.skein
'''

EOF
  cat a.md >>b.md
  mv b.md a.md
  run skein run a.md
  [ "$status" -eq 0 ] || { echo "$output"; false; }
  [ "$(grep -c "^$(name eight)" a.md)" = 1 ]
}
