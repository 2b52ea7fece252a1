load ../helper

# A program of two documents, with a name that nobody needs, and one used only by that.
program() {
  doc a.md <<'E'
'''c {#main file=src/a.c}
<<headers>>
int main(void) {
    <<b::body>>
    <<b::body>>
}
'''

'''c {#headers}
#include <stdio.h>
'''

'''c {#headers}
#include <stdlib.h>
'''

'''text {#old}
<<older>>
\<<headers>>
'''

'''text {#older}
y
'''

'''text {#kept run=false}
y
'''

'''c
<<headers>>
'''
E
  doc b.md <<'E'
'''c {#body}
puts("x");
'''

'''sh {#make file=build.sh}
<<body>>
'''
E
}

@test "roots are the names that no block refers to, each with its file" {
  program
  run -0 skein list --roots a.md b.md
  [ "$output" = "a.md:1: main -> src/a.c
a.md:17: old (written nowhere)
a.md:26: kept (written nowhere)
b.md:5: make -> build.sh" ]
}

@test "unused is what neither a target nor a cell needs, also through others" {
  program
  run -0 skein list --unused a.md b.md
  [ "$output" = "a.md:17: old: nothing refers to it
a.md:22: older: used only by what nothing needs, at a.md:17" ]
  sed -i '31s/headers/old/' a.md		# a cell that needs it
  run -0 skein list --unused a.md b.md
  [ "$output" = "" ]
}

@test "targets are told with the documents that they are made of" {
  program
  run -0 skein list --targets a.md b.md
  [ "$output" = "src/a.c  from #main  4 blocks, 8 lines, of a.md, b.md
build.sh  from #make  2 blocks, 2 lines, of b.md" ]
}

@test "names are told with their pieces, uses and targets" {
  program
  run -0 skein list --names a.md b.md
  has "a.md:9: headers: 2 blocks, 2 lines, used 2 times, in src/a.c"
  has "a.md:22: older: 1 block, 1 line, used only by what nothing needs, at a.md:17"
  has "b.md:1: body: 1 block, 1 line, used 3 times, in src/a.c, build.sh"
}

@test "one name is told in full: the order of its pieces, who uses it, and what it uses" {
  program
  run -0 skein list --name body a.md b.md
  [ "$output" = "body
  b.md:1: piece 1 of 1, 1 line
  a.md:4:7: used by main
  a.md:5:7: used by main
  b.md:6:3: used by make
  in src/a.c, build.sh" ]
  run -0 skein list --name headers a.md b.md
  [ "$output" = "headers
  a.md:9: piece 1 of 2, 1 line
  a.md:13: piece 2 of 2, 1 line
  a.md:2:3: used by main
  a.md:31:3: used by a cell
  in src/a.c" ]
  run -0 skein list --name src/a.c a.md b.md
  has "    a.md:4:7: refers to b::body"
  has "  nothing refers to it: it is a file"
  run -0 skein list --name b::body a.md b.md
  has "b.md:1: piece 1 of 1"
  run -2 skein list --name hedaers a.md b.md
  has "no block is named 'hedaers'; did you mean 'headers'?"
}

@test "a replaced block uses nothing any more" {
  doc a.md <<'E'
'''c {#x file=x.c}
<<y>>
'''
'''c {#x .replace}
int x;
'''
'''text {#y}
int y;
'''
E
  run -0 skein list --unused a.md
  [ "$output" = "a.md:7: y: nothing refers to it" ]
  run -0 skein list a.md
  has "1  fragment          c  #x  -> x.c  refers to y  (replaced)"
  has "3 blocks, 0 cells"		# it is not run either
}

@test "the graph is one that dot draws, with targets, cells, what is unused and what is missing" {
  program
  printf '\n```c {#"quoted \\"name\\"" file="a\\"b"}\n<<nowhere>>\n```\n' >>b.md
  run -0 --separate-stderr skein list --allow-missing --graph a.md b.md
  same <(echo "$output") <<'E'
digraph skein {
  rankdir=LR;
  subgraph cluster_0 {
    label="a.md";
    "a.md:1" [label="src/a.c", shape=box, style=bold];
    "a.md:9" [label="headers"];
    "a.md:17" [label="old", style=dashed, color=gray];
    "a.md:22" [label="older", style=dashed, color=gray];
    "a.md:26" [label="kept"];
    "a.md:30" [label="cell at line 30", shape=oval];
  }
  subgraph cluster_1 {
    label="b.md";
    "b.md:1" [label="body"];
    "b.md:5" [label="build.sh", shape=box, style=bold];
    "b.md:9" [label="a\"b", shape=box, style=bold];
  }
  "a.md:1" -> "a.md:9";
  "a.md:1" -> "b.md:1";
  "a.md:1" -> "b.md:1";
  "a.md:17" -> "a.md:22";
  "a.md:30" -> "a.md:9";
  "b.md:5" -> "b.md:1";
  "nowhere" [style=dashed, color=red];
  "b.md:9" -> "nowhere";
}
E
  run -0 skein list --allow-missing --graph --name make a.md b.md
  lacks "a.md:1"
  has '"b.md:5" -> "b.md:1"'
  run -2 skein list --allow-missing --graph --name none a.md b.md
}

@test "json has every name with pieces, users and targets" {
  program
  run -0 skein list --json a.md b.md
  echo "$output" | jq -e -s '.[1].names[0] == {
    "name": "body", "unused": false, "pieces": [{"document": "b.md", "line": 1}],
    "users": [{"document": "a.md", "line": 4, "column": 7, "name": "main"},
      {"document": "a.md", "line": 5, "column": 7, "name": "main"},
      {"document": "b.md", "line": 6, "column": 3, "name": "make"}],
    "targets": ["src/a.c", "build.sh"], "more_targets": false}'
}

@test "two views at once are refused" {
  program
  run -2 skein list --roots --names a.md
  has "--roots and --names show different things"
  run -2 skein list --name x --unused a.md
}

@test "of many targets that hold a name the first are told, and that there are more" {
  for i in {1..12}; do printf '```c {file=f%d.c}\n<<all>>\n```\n' $i; done >a.md
  printf '```c {#all}\nint all;\n```\n' >>a.md
  run -0 skein list --name all a.md
  has "in f1.c, f2.c, f3.c, f4.c, f5.c, f6.c, f7.c, f8.c and more"
  skein list --json a.md | jq -e '.names[-1] | .targets[7] == "f8.c" and .more_targets'
}

@test "the manual's example of a name is what the program prints" {
  cd "$SKEIN_TOP"
  run -0 skein list --name "look at c" docs/tangling.md
  sed -n '/^\$ skein list --name/,/^```/p' docs/list.md | sed '1d;$d' | diff - <(echo "$output")
}
