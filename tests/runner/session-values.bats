load ../helper

# shows TEXT: the last cell of the document on standard input shows that.
shows() {
  doc a.md
  run -0 skein run a.md
  tail -n 4 a.md | diff - <(printf '\n```output\n%s\n```\n' "$1")
}

@test "a number is shown with as few digits as it takes" {
  shows 5 <<'E'
'''c
hypot(3, 4)
'''
E
  shows 0.1 <<'E'
'''c
0.1
'''
E
}

@test "a string is shown with quotes, escapes and its letters" {
  shows '"tab\t, \"quote\" and é"' <<'E'
'''c
"tab\t, \"quote\" and é"
'''
E
}

@test "structures are shown with their members, enumerations by name" {
  shows '{.id = 7, .name = "seven", .at = {.x = 1.5, .y = 2}, .color = GREEN}' <<'E'
'''c
enum color { RED, GREEN };
struct point { double x, y; };
struct thing { int id; const char *name; struct point at; enum color color; };
struct thing t = { 7, "seven", { 1.5, 2 }, GREEN };
t
'''
E
}

@test "an array is shown with its elements" {
  shows '{1, 2, 3}' <<'E'
'''c
int a[] = { 1, 2, 3 };
a
'''
E
}

@test "a pointer to nothing cannot crash the showing of a value" {
  shows '(char *) 0x8' <<'E'
'''c
(char *)8
'''
E
}
