load ../helper

# Values: that of the last expression, and skein_show() of <skein.h>.

# below FILE: what stands in the output fences of a document, and nothing else.
below() {
  awk '/^```output/ { on = 1; next } /^```/ { on = 0 } on' "$1"
}

# everywhere FILE: the document gives gcc.md, and the same with each compiler there is.
everywhere() {
  local cc
  run -0 --separate-stderr skein run -o gcc.md "$1"
  for cc in gcc:-O2 clang-14:-O0 clang-14:-O2 clang-19:-O0 clang-19:-O2; do
    if ! command -v "${cc%:*}" >/dev/null; then
      echo "# ${cc%:*} is not installed" >&3
      continue
    fi
    run -0 --separate-stderr skein run --set "cc=${cc%:*}" --set "cflags=${cc#*:}" -o "$cc.md" "$1"
    diff -u gcc.md "$cc.md"
  done
}

@test "values of every type are shown as C writes them, with every compiler" {
  doc a.md <<'E'
'''c
#include <complex.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <uchar.h>
#include <wchar.h>
#include <skein.h>
enum color { RED, GREEN, BLUE = 7 };
enum flags { READ = 1, WRITE = 2, RUN = 8 };
typedef enum { NONE = -1, SOME } option;
skein_show((enum color)1); skein_show((enum color)5); skein_show((enum color)-1);
skein_show((enum flags)9); skein_show((enum flags)17); skein_show((option)-1);
skein_show((char)'x'); skein_show((char)0); skein_show((char)'\''); skein_show((char)-61);
skein_show((signed char)-3); skein_show((unsigned char)200); skein_show((uint8_t)65);
wchar_t w = L'é'; char16_t x = u'x', half = 0xd800; char32_t face = 0x1F600;
skein_show(w); skein_show(x); skein_show(face); skein_show(half);
skein_show((bool)1); skein_show((short)-2); skein_show(18446744073709551615u); skein_show((long long)1 << 62);
skein_show(-((__int128)1 << 100)); skein_show(~(unsigned __int128)0);
skein_show(0.1f); skein_show(0.1); skein_show(0.1L); skein_show((__float128)1 / 3); skein_show(-0.0); skein_show(1e300 * 1e10);
skein_show(1e15); skein_show(1e16); skein_show(5e-324); skein_show(16777216.0f);
skein_show(2.0 - 3 * I); skein_show(1.5f + 0.5f * I);
'''

'''c
wchar_t wide[] = L"é\n";
char16_t u16[] = u"x\U0001F600";
char32_t u32[8] = U"\U0001F600\u00e9";
char text[8] = "hi", none[4], full[2] = "xy", nuls[8] = "a\0001b", odd[4] = { 'z', 0, 7 }, latin[] = "\351";
unsigned char bytes[4] = { 1, 2, 255 }, letters[4] = "abc";
signed char numbers[2] = { -1 };
uint8_t octets[3] = "ab";
int zeros[100] = { 7 }, grid[2][3] = { { 1, 2, 3 }, { 4 } }, square[20][20], nothing[0], many[300];
for (int i = 0; i < 300; i++)
	many[i] = i % 250;
skein_show(wide); skein_show(u16); skein_show(u32);
skein_show(text); skein_show(none); skein_show(full); skein_show(nuls); skein_show(odd); skein_show(latin);
skein_show(bytes); skein_show(letters); skein_show(numbers); skein_show(octets);
skein_show(zeros); skein_show(grid); skein_show(square); skein_show(nothing); skein_show(many);
const char *words[] = { "a", NULL }; skein_show(words);
typedef float four __attribute__((vector_size(16)));
skein_show((four){ 1, 2.5, 3 });
{
	int n = 3, vla[n], table[n][n];
	for (int i = 0; i < 9; i++)
		vla[i % 3] = table[i / 3][i % 3] = i;
	skein_show(vla); skein_show(table); skein_show(table[1]);
}
'''

'''c
struct bits { unsigned a : 3; int b : 5, : 4; bool c : 1; enum color d : 4; long e : 40; };
union number { int i; float f; };
struct nested { int id; struct { int x, y; }; union { char c; int i; }; struct bits b; union number n; struct {} empty; };
struct tail { int n; char text[]; };
skein_show((struct bits){ 5, -3, 1, BLUE, -7 });
skein_show((union number){ .f = 1 });
skein_show((struct nested){ 1, { 2, 3 }, { 'A' }, { 1 }, { 2 } });
struct tail *t = calloc(1, sizeof *t + 6);
strcpy(t->text, "hello");
skein_show(*t); skein_show(t);
struct { int x; const volatile int y; } anonymous = { 1, 2 };
skein_show(anonymous);
_Atomic int atom = 3;
skein_show(atom);
static struct { char all[70000]; } big = { "cut" };
skein_show(big);
struct packed { char c; int i; } __attribute__((packed));
skein_show((struct packed){ 'p', 9 });
'''
E
  everywhere a.md
  cat >expected <<'E'
GREEN
5
-1
READ | RUN
READ | 0x10
NONE
'x'
'\0'
'\''
-61
-3
200
65
L'é'
u'x'
U'😀'
0xd800
true
-2
18446744073709551615
4611686018427387904
-1267650600228229401496703205376
340282366920938463463374607431768211455
0.1
0.1
0.1
0.3333333333333333333333333333333333
-0
inf
1000000000000000
1e+16
5e-324
16777216
2 - 3i
1.5 + 0.5i
L"é\n"
u"x😀"
U"😀é"
"hi"
""
"xy"
"a\0001b"
"z"...
"\351"
{1, 2, 255, 0}
"abc"
{-1, 0}
{97, 98, 0}
{7, [1 ... 99] = 0}
{{1, 2, 3}, {4, 0, 0}}
{[0 ... 19] = {[0 ... 19] = 0}}
{}
E
  printf '{%s...}\n' "$(seq -s ', ' 0 99), " >>expected
  cat >>expected <<'E'
{"a", NULL}
{1, 2.5, 3, 0}
{6, 7, 8}
{0, 1, 2, 3, 4, 5, 6, 7, 8}
{3, 4, 5}
{.a = 5, .b = -3, .c = true, .d = BLUE, .e = -7}
{.i = 1065353216, .f = 1}
{.id = 1, {.x = 2, .y = 3}, {.c = 'A', .i = 65}, .b = {.a = 1, .b = 0, .c = false, .d = RED, .e = 0}, .n = {.i = 2, .f = 3e-45}, .empty = {}}
{.n = 0, .text = {...}}
&(struct tail){.n = 0, .text = "hello"}
{.x = 1, .y = 2}
3
{.all = "cut"...}
{.c = 'p', .i = 9}
E
  below gcc.md | diff -u expected -
}

@test "a pointer leads to its target, if there is one" {
  doc a.md <<'E'
'''c
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <skein.h>
struct node { int value; struct node *next, *prev; };
struct opaque;
int counter = 3, table[4], grid[2][3];
struct node last = { 3, NULL, NULL }, two[2];
static int twice(int n) { return 2 * n; }
struct node *new(int value, struct node *next)
{
	struct node *n = malloc(sizeof *n);
	*n = (struct node){ value, next, NULL };
	if (next)
		next->prev = n;
	return n;
}
int filled = strlen("abc");
char letter = 'l';
int *old = &counter;
skein_show(&counter); skein_show(table + 2); skein_show((int *)table); skein_show(&table); skein_show(&grid[1][2]);
skein_show(&two[1].next); skein_show(&filled); skein_show(&letter); skein_show((void *)&counter);
skein_show((struct node *)NULL); skein_show((char *)8); skein_show((int *)8); skein_show((void *)8);
skein_show(new(1, &last));
skein_show(new(1, new(2, NULL)));
skein_show(new(1, new(2, new(3, new(4, new(5, NULL))))));
int *number = malloc(sizeof *number), **handle = malloc(sizeof *handle);
*number = 7; *handle = number;
skein_show(number); skein_show(handle);
{ int **h = handle; skein_show(h); }
skein_show(twice); skein_show(&twice); skein_show(sin);
skein_show((int (*)(const char *, ...))16); skein_show((void (*)(int (*)[2], char *const, int (*)()))16);
struct { const char *name; double (*f)(double); } named[] = { { "sin", sin }, { "cos", cos } };
skein_show(named);
double (*swapped[2])(double) = { sin, cos };
swapped[0] = cos;
skein_show(swapped[0]);
skein_show(stdout); skein_show((struct opaque *)&letter); skein_show((struct opaque *)8);
char line[300];
memset(line, 'x', 299);
{ char *p = line; skein_show(p); }
int (*row)[3] = calloc(1, sizeof *row);
skein_show(row);
{ const char **argv = malloc(16); argv[0] = "one"; skein_show(argv); }
'''

'''c
int twice(int n) { return 3 * n; }
int counter = 4;
skein_show(&counter); skein_show(twice); skein_show(old);
'''
E
  everywhere a.md
  below gcc.md | sed -E 's/x{200}/200x/' | diff -u - <(cat <<'E'
&counter
&table[2]
table
&table
&grid[1][2]
&two[1].next
&filled
&letter
&counter
NULL
(char *) 0x8
(int *) 0x8
(void *) 0x8
&(struct node){.value = 1, .next = &last, .prev = NULL}
&(struct node){.value = 1, .next = &(struct node){.value = 2, .next = NULL, .prev = &(struct node){/* above */}}, .prev = NULL}
&(struct node){.value = 1, .next = &(struct node){.value = 2, .next = &(struct node){.value = 3, .next = &(struct node){.value = 4, .next = &(struct node){...}, .prev = &(struct node){/* above */}}, .prev = &(struct node){/* above */}}, .prev = &(struct node){/* above */}}, .prev = NULL}
&(int){7}
&(int *){&(int){7}}
&(int *){&(int){7}}
twice
twice
sin
(int (*)(const char *, ...)) 0x10
(void (*)(int (*)[2], char *const, int (*)())) 0x10
{{.name = "sin", .f = sin}, {.name = "cos", .f = cos}}
cos
&(FILE){...}
&(struct opaque){...}
(struct opaque *) 0x8
"200x"...
&(int [3]){0, 0, 0}
&(const char *){"one"}
&counter
twice
&(int){3}
E
  )
}

@test "an unaligned pointer is not followed" {
  doc a.md <<'E'
'''c
#include <skein.h>
#include <stdlib.h>
char *block = calloc(1, 64);
skein_show((int *)(block + 1));
'''
E
  run -0 skein run -o - a.md
  [[ $output =~ '(int *) 0x'[0-9a-f]+1$'\n' ]]
}

@test "skein_show prints where it is called: in order, in threads, children and programs" {
  doc a.md <<'E'
'''c
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <skein.h>
struct point { int x, y; } p = { 1, 2 };
for (int i = 0; i < 2; i++) { printf("%d: ", i); skein_show(p); p.x += 10; }
static void *thread(void *n) { for (int i = 0; i < 25; i++) skein_show(*(int *)n); return NULL; }
pthread_t threads[4];
int sevens = 77;
for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, thread, &sevens);
for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
fflush(stdout);
if (fork() == 0) { char *child = "child"; skein_show(child); fflush(stdout); _exit(0); }
wait(NULL);
errno = 5; skein_show(++p.y); printf("%d %d\n", errno, p.y);
'''

'''c
int main(int argc, char **argv)
{
	skein_show(p); skein_show(argv[argc - 1]);
}
'''

'''c {session=none}
#include <skein.h>
int main(void) { skein_show((struct { double d; }){ 2.5 }); }
'''
E
  run -0 skein run -o b.md a.md
  below b.md | uniq | diff -u - <(printf '%s\n' '0: {.x = 1, .y = 2}' '1: {.x = 11, .y = 2}' \
    77 '"child"' 3 '5 3' '{.x = 21, .y = 3}' '"program"' '{.d = 2.5}')
  [ "$(below b.md | grep -c 77)" = 100 ]
}

@test "skein_show works in sources=, and outside of skein as far as it can" {
  mkdir src
  printf '%s\n' '#include <skein.h>' 'struct pair { int a, b; };' \
    'void show_pair(int a) { struct pair p = { a, 2 }; skein_show(p); }' >src/pair.c
  doc a.md <<'E'
<!-- skein: sources=src/pair.c -->
'''c
void show_pair(int);
show_pair(7);
'''
E
  run -0 skein run -o - a.md
  has '{.a = 7, .b = 2}'
  printf '%s\n' '#include <skein.h>' 'int main(void) { int a[] = { 1, 2 }; skein_show(a); skein_show("text");' \
    'skein_show(2.5); skein_show((struct { char c[20]; }){ "x" }); return 0; }' >b.c
  gcc -Wall -Wextra -Werror -pedantic -I "$SKEIN_BUILD/include" b.c -o b
  run -0 ./b
  [ "$output" = $'{1, 2}\n"text"\n2.5\n(20 bytes) 78 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 ...' ]
}

@test "classes are shown with their members and their bases" {
  doc a.md <<'E'
'''c++
#include <skein.h>
#include <vector>
enum class Level : char { low, high };
struct Base { int id; };
class Hidden { virtual int f() { return 1; } int secret = 6; };
namespace n { struct Shape : Base { double w; Level level; const char *name; int &ref; static int count; }; int x = 4; }
template <class T> struct Box { T value; };
extern "C" void show(void)
{
	n::Shape s{ { 1 }, 2.5, Level::high, "box", n::x };
	skein_show(Hidden());
	skein_show(s.id); skein_show(s.level); skein_show(Box<int>{ 5 }); skein_show("text"); skein_show(std::vector<int>{ 1 });
	skein_show([&] { return &s; }()->name);
	skein_show(s);
}
'''

'''c
show();
'''
E
  run -0 skein run -o b.md a.md
  below b.md | diff -u - <(cat <<'E'
{.secret = 6}
1
high
{.value = 5}
"text"
{...}
"box"
{Base{.id = 1}, .w = 2.5, .level = high, .name = "box", .ref = 4}
E
  )
}

@test "the last expression is shown whatever it is" {
  doc a.md <<'E'
'''c
#include <stdio.h>
struct bits { unsigned a : 3; _Bool c : 1; enum color { RED, GREEN } e : 2; struct { int in : 4; }; } s = { 5, 1, GREEN, { -2 } }, *ps = &s;
struct rows { int v[3]; };
static struct rows rows(void) { return (struct rows){ { 1, 2, 3 } }; }
int x = 3;
_Atomic int atom = 7;
int *_Atomic atomic_pointer = &x;
const volatile long fixed = 8;
struct big { char all[70000]; } big = { "cut" };
int nothing[3][0];
s.a
'''

'''c
ps->e
'''

'''c
s.c
'''

'''c
s.in
'''

'''c
s.a = 2
'''

'''c
x++
'''

'''c
({ int q = x; if (q > 3) goto out; q = 9; out: q; })
'''

'''c
rows().v
'''

'''c
rows()
'''

'''c
atom
'''

'''c
atomic_pointer
'''

'''c
fixed
'''

'''c
big
'''

'''c
nothing
'''

'''c
(int []){ 1, 2 }
'''

'''c
rows
'''

'''c
(void)x
'''

'''c
printf("unfinished"), 4
'''

'''c {fails=crash}
*(volatile int *)0, 5
'''

'''c
int twice(int n) { return 2 * n; }
twice(21)
'''
E
  everywhere a.md
  below gcc.md | diff -u - <(cat <<'E'
5
GREEN
true
-2
2
3
4
{1, 2, 3}
{.v = {1, 2, 3}}
7
&x
8
{.all = "cut"...}
{{}, {}, {}}
{1, 2}
rows
unfinished
4
crashed: read at address 0x0 (NULL)
line 1: *(volatile int *)0, 5
state: as before this cell
42
E
  )
}

@test "show= says which of output and value stand below a cell" {
  doc a.md <<'E'
'''c
printf("one\n"), 1
'''

'''c {show="code,output"}
printf("two\n"), 2
'''

'''c {show=value}
printf("three\n"), 3
'''

'''c {show=code}
printf("four\n"), 4
'''

'''{c}
//| echo: false
printf("five\n"), 5
'''

'''{c}
//| output: false
printf("six\n"), 6
'''

'''{c}
//| include: false
printf("seven\n"), 7
'''
E
  run -0 skein run -o b.md a.md
  [ "$(below b.md | tr '\n' ' ')" = 'one 1 two 3 five 5 ' ]
}
