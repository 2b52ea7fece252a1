/*
 * Notebooks for unit.c: a name, the cells, what they print.  "= N" is what a
 * trailing expression shows.
 */
#ifndef TESTS_UNIT_NOTEBOOKS_H
#define TESTS_UNIT_NOTEBOOKS_H

#define CELL	"---\n"

static const struct notebook {
	const char *name, *text, *prints;
} notebooks[] = {
	{ "a trailing expression is shown", "1 + 2", "= 3\n" },
	{ "types, globals, functions, statements in one cell",
	  "struct point { int x, y; };\n"
	  "static int counter = 3;\n"
	  "int\nadd(int a, int b)\n{\n\treturn a + b;\n}\n"
	  "int n = add(1, 2);\n"
	  "for (int i = 0; i < 3; i++)\n\tprintf(\"%d\\n\", i);\n"
	  "counter += n;\n"
	  CELL
	  "struct point p = { .x = add(1, 1) };\n"
	  "printf(\"%d %d\\n\", p.x, counter);\n"
	  "add(p.x, counter)\n",
	  "0\n1\n2\n2 6\n= 8\n" },
	{ "empty cells and cells of comments", "" CELL "// nothing\n" CELL "/* \n */" CELL "1", "= 1\n" },

	/* Variables */
	{ "a static variable is shared", "static int s = 1;\n" CELL "s++;\n" CELL "s", "= 2\n" },
	{ "several declarators, one taken over by a later cell",
	  "int a = 1, *b = &a, c[3] = { 4, 5, 6 };\n"
	  CELL "int a = 10;\n"
	  CELL "printf(\"%d %d %d\\n\", a, *b, c[2]);", "10 1 6\n" },
	{ "an anonymous struct with variables",
	  "struct { int q; } r = { 1 }, s;\n" CELL "s.q = 4; r.q + s.q", "= 5\n" },
	{ "one variable of an anonymous struct is redefined",
	  "struct { int q; } r = { 1 }, s = { 2 };\n" CELL "int r = 7;\n" CELL "r + s.q", "= 9\n" },
	{ "an anonymous enum with a variable",
	  "enum { A = 3, B } m = B;\n" CELL "m == B ? A : 0", "= 3\n" },
	{ "a named struct defined with its variable",
	  "struct P { int x; } p = { 3 }, *pp = &p;\n" CELL "struct P q = { 4 }; pp->x + q.x", "= 7\n" },
	{ "sizes by initialiser",
	  "int ops[] = { 1, 2, 3 };\nchar m[] = \"hi\";\nchar n[] = { \"hey\" };\n"
	  "const char *const names[] = { \"a\", \"b\", [4] = \"c\" };\n"
	  "int grid[][2] = { { 1, 2 }, { 3, 4 } };\n"
	  "struct { int a, b; } pairs[] = { { 1 }, { 2 }, { 3 } };\n"
	  "enum { RED, GREEN, BLUE };\n"
	  "int of[] = { [BLUE] = 3 };\n"
	  CELL
	  "printf(\"%zu %zu %zu %zu %zu %zu %zu\\n\", sizeof ops / sizeof *ops, sizeof m, sizeof n,\n"
	  "    sizeof names / sizeof *names, sizeof grid / sizeof *grid, sizeof pairs / sizeof *pairs,\n"
	  "    sizeof of / sizeof *of);",
	  "3 3 4 5 2 3 3\n" },
	{ "sizes by a list without inner braces",
	  "#pragma GCC diagnostic ignored \"-Wmissing-braces\"\n"
	  "struct p { int x, y; };\nstruct p ps[] = { 1, 2, 3, 4 };\nint g[][2] = { 1, 2, 3 };\n"
	  CELL "printf(\"%zu %zu\\n\", sizeof ps / sizeof *ps, sizeof g / sizeof *g);", "2 2\n" },
	{ "sizes of arrays of functions and through macros",
	  "#define LIST 1, 2, 3\nint add(int a, int b) { return a + b; }\n"
	  "static int sub(int a, int b) { return a - b; }\n"
	  "int (*ops[])(int, int) = { add, sub };\nint l[] = { LIST };\n"
	  CELL "printf(\"%d %zu %zu\\n\", ops[1](5, 3), sizeof ops / sizeof *ops, sizeof l / sizeof *l);",
	  "2 2 3\n" },
	{ "initialisers that are not constant",
	  "int f(int x) { return x * 2; }\n"
	  "int n = f(3);\nconst int c = f(4);\n"
	  "struct P { int x, y; };\nstruct P p = { .x = f(1), .y = n };\n"
	  "int a[3] = { f(1), f(2) };\nint z[] = { f(5), 1, [4] = f(6) };\n"
	  "const struct P q = p;\n"
	  CELL "printf(\"%d %d %d %d %d %d %d %zu %d\\n\", n, c, p.x, p.y, a[1], a[2], z[4],\n"
	  "    sizeof z / sizeof *z, q.y);",
	  "6 8 2 6 4 0 12 5 6\n" },
	{ "dynamic initialisers keep their place among the statements",
	  "int x = 1;\nx++;\nint y = x;\nx = 10;\nint w = x, v = x + y;\nw + v + y", "= 24\n" },
	{ "a dynamic initialiser that refers to itself",
	  "struct node { int v; struct node *next; };\nint one(void) { return 1; }\n"
	  "struct node n = { one(), &n };\n" CELL "n.next->next->v", "= 1\n" },
	{ "half of a declaration dynamic",
	  "int f(void) { return 7; }\nint a = 1, b = f(), c;\n" CELL "a + b + c", "= 8\n" },
	{ "anonymous struct with a dynamic initialiser",
	  "int f(void) { return 7; }\nstruct { int q; } r = { f() };\n" CELL "r.q", "= 7\n" },
	{ "a dynamic list in an anonymous struct of unknown length",
	  "int f(void) { return 7; }\nstruct { int q; } r[] = { { f() }, { 2 } };\n"
	  CELL "r[0].q + r[1].q + (int)(sizeof r / sizeof *r)", "= 11\n" },
	{ "enumerators, macros and addresses are constant",
	  "#define N 3\n#define TWICE(x) ((x) * 2)\nenum { E = 4 };\nint base = 1;\n"
	  "int a = N, b = TWICE(N), c = E;\nint *p = &base;\nsize_t s = sizeof(base);\n"
	  "int *q = &base, d = -N;\n"
	  CELL "a + b + c + *p + (int)s + *q + d", "= 16\n" },
	{ "what the compiler finds not constant is tried again",
	  "int v = 1,\n  e = (int)MB_CUR_MAX;\n" CELL "v + e\n", "= 2\n" },
	{ "__auto_type",
	  "int f(void) { return 7; }\n__auto_type z = 3.5;\n__auto_type s = \"hi\";\n__auto_type d = f();\n"
	  CELL "printf(\"%g %s %d %zu\\n\", z, s, d, sizeof d);", "3.5 hi 7 4\n" },
	{ "thread local", "int f(void) { return 7; }\n_Thread_local int t = 7;\nstatic __thread int u = 1;\n"
	  "_Thread_local int v = f();\n"
	  CELL "t++; u++;\n" CELL "t + u + v", "= 17\n" },
	{ "extern and tentative definitions",
	  "extern int x;\nint x;\nint x = 3;\nextern int y;\n" CELL "x++; x\n", "= 4\n" },
	{ "a variable is redefined with another type",
	  "int v = 3;\nint get(void) { return v; }\n" CELL "double v = 1.5;\n"
	  CELL "printf(\"%g %d\\n\", v, get());", "1.5 3\n" },
	{ "types made by macros", "#define VEC(T) struct { T *data; int n; }\nVEC(int) v;\n" CELL "v.n++; v.n", "= 1\n" },
	{ "const and volatile and alignment",
	  "static const volatile _Alignas(32) int x = 5;\nextern const int y;\nconst int y = 6;\n"
	  CELL "(int)((size_t)&x % 32) + x + y", "= 11\n" },
	{ "function pointers and arrays of pointers",
	  "int add(int a, int b) { return a + b; }\nint (*op)(int, int) = add;\n"
	  "int (*get(void))(int, int) { return op; }\nint (*table[2])(int, int) = { add, add };\n"
	  CELL "get()(1, 2) + table[1](3, 4) + op(1, 1)", "= 12\n" },
	{ "compound literals", "int *p = (int[]){ 1, 2, 3 };\n" CELL "p[2]", "= 3\n" },
	{ "compound literals whose address is kept have room of their own",
	  "int f(int x) { return x; }\nstruct n { int v; const struct n *next; };\n"
	  "int *p = (int[]){ f(3), 2 };\n"
	  "const struct n *list = &(const struct n){ f(1), &(struct n){ f(2), 0 } };\n"
	  "struct { struct n *a, *b; } pair = { &(struct n){ f(4), 0 }, &(struct n){ .v = f(5) } };\n"
	  "const char *const *words = (const char *const[]){ f(1) ? \"odd\" : \"even\", 0 };\n"
	  CELL "int waste(void) { char b[4000]; memset(b, 7, sizeof b); return b[3999]; }\nwaste();\n"
	  "printf(\"%d %d %d %d %d %d %s\\n\", p[0], p[1], list->v, list->next->v, pair.a->v, pair.b->v, words[0]);",
	  "3 2 1 2 4 5 odd\n" },

	/* Functions */
	{ "static, inline and static inline functions, with static locals",
	  "static int a(void) { static int n; return ++n; }\n"
	  "inline int b(void) { static int n; return ++n; }\n"
	  "static inline int c(void) { static int n; return ++n; }\n"
	  "extern int d(void) { return 1; }\n"
	  "a(); b(); c();\n"
	  CELL "a(); b(); c();\n" CELL "a() + b() + c() + d()", "= 10\n" },
	{ "static prototypes before", "static int f(int);\nint g(void) { return f(2); }\n"
	  "static int f(int x) { return x + 1; }\n" CELL "g() + f(1)", "= 5\n" },
	{ "K&R definitions", "int f(a, b) int a; int b; { return a + b; }\n" CELL "f(1, 2)", "= 3\n" },
	{ "a struct defined where a function returns it",
	  "struct R { int q; } f(void) { struct R r = { 4 }; return r; }\n"
	  CELL "struct R r = f(); r.q", "= 4\n" },
	{ "an enum defined where a function returns it",
	  "enum E { A, B } f(void) { return B; }\n" CELL "f() == B", "= 1\n" },
	{ "a nameless struct defined where a function returns it",
	  "static struct { int q; } f(void) { __typeof__(f()) r = { 4 }; return r; }\n"
	  "enum { A, B } g(void) { return B; }\n" CELL "f().q + g() + B", "= 6\n" },
	{ "# lines inside declarations",
	  "int a[] = {\n#ifdef NO\n1, 2, 3,\n#else\n4, 5\n#endif\n};\n"
	  "int f(int x,\n#ifdef NO\n    long y\n#else\n    int y\n#endif\n    )\n{\n\treturn x + y;\n}\n"
	  CELL "f(a[1], 1) + (int)(sizeof a / sizeof *a)", "= 8\n" },
	{ "always inline functions are repeated",
	  "static inline __attribute__((always_inline)) int f(int x) { return x + 1; }\n"
	  CELL "f(1)", "= 2\n" },
	{ "names of libc",
	  "#include <stdio.h>\nint write(int a) { return a + 1; }\nvoid kill(void) { puts(\"mine\"); }\n"
	  CELL "kill(); write(1)", "mine\n= 2\n" },
	{ "names to which glibc gives other symbols",
	  "#include <stdio.h>\n#include <string.h>\nint scanf(const char *f, ...) { return f[0] - '0'; }\n"
	  "int sscanf(const char *s, const char *f, ...) { return s[0] == f[0]; }\nscanf(\"7\")\n"
	  CELL "#include <stdlib.h>\nscanf(\"5\") + sscanf(\"a\", \"a\") + (int)strtol(\"20\", 0, 10)\n",
	  "= 7\n= 26\n" },
	{ "names that gcc knows without a declaration",
	  "#ifdef __clang__\n#pragma GCC diagnostic ignored \"-Wincompatible-library-redeclaration\"\n"
	  "#else\n#pragma GCC diagnostic ignored \"-Wbuiltin-declaration-mismatch\"\n#endif\n"
	  "int printf(const char *, ...);\n#include <stddef.h>\n"
	  "int strlen(void) { return 40; }\nint log(int);\nstatic int index(int i) { return i; }\n"
	  CELL "strlen() + index(1)\n" CELL "int log(int x) { return x; }\n"
	  CELL "printf(\"%d %d\\n\", log(3), strlen() + index(2));\n", "= 41\n3 42\n" },
	{ "the standard prelude does not stand in the way",
	  "#ifndef __clang__\n#pragma GCC diagnostic ignored \"-Wbuiltin-declaration-mismatch\"\n#endif\n"
	  "double y1 = 2.5;\nint random(int n) { return n; }\nstruct s { int quot; };\nint rem = 3;\n"
	  "random((int)y1) + div(7, 2).rem\n"
	  CELL "random((int)y1) * 10 + rem\n" CELL "static int select(void) { return 5; }\nselect()\n",
	  "= 3\n= 23\n= 5\n" },
	{ "names like ours",
	  "int p1 = 1, b1 = 2, store = 3, show = 4, unit = 5, b2 = 6;\nint block(void) { return 7; }\n"
	  CELL "p1++; b1 + p1 + store + show + unit + block() + b2", "= 29\n" },
	{ "mutual recursion across cells",
	  "int odd(int);\nint even(int n) { return n == 0 ? 1 : odd(n - 1); }\n"
	  CELL "int unrelated;\n" CELL "int odd(int n) { return n == 0 ? 0 : even(n - 1); }\n"
	  CELL "even(10) * 2 + odd(7)", "= 3\n" },
	{ "a prototype without a definition is libc's", "int abs(int);\nabs(-3)", "= 3\n" },
	{ "a redefined function leaves its old callers alone",
	  "int f(void) { return 1; }\nint g(void) { return f(); }\n"
	  CELL "int f(void) { return 2; }\n"
	  CELL "printf(\"%d %d\\n\", f(), g());\n"
	  CELL "double f(double x) { return x; }\n" CELL "printf(\"%g %d\\n\", f(2.5), g());",
	  "2 1\n2.5 1\n" },
	{ "variable length parameters and _Generic",
	  "int sum(int n, int a[n]) { int s = 0; for (int i = 0; i < n; i++) s += a[i]; return s; }\n"
	  "#define T(x) _Generic((x), int: 1, double: 2, default: 3)\n"
	  CELL "int a[] = { 1, 2, 3 };\nsum(3, a) + T(1.0)", "= 8\n" },
	{ "functions with attributes and _Noreturn",
	  "__attribute__((noinline)) static int f(int x) { return x; }\n"
	  "static _Noreturn void die(void) { exit(3); }\n"
	  "__attribute__((constructor)) static void before(void) { puts(\"before\"); }\n"
	  CELL "if (f(0)) die();\nf(1)", "before\n= 1\n" },
	{ "variadic functions", "#include <stdarg.h>\n#include <stdio.h>\n"
	  "int first(int n, ...) { va_list v; va_start(v, n); n = va_arg(v, int); va_end(v); return n; }\n"
	  CELL "first(0, 4)", "= 4\n" },

	/* Types */
	{ "typedefs, unions, enums, forward declarations",
	  "typedef struct node node;\nstruct node { node *next; int v; };\ntypedef enum { X, Y } e;\n"
	  "union u { int i; float f; };\ntypedef int (*fn)(int);\ntypedef struct { int a; } t, *tp;\n"
	  CELL "node n = { 0, 3 };\nunion u u = { .i = 1 };\ne y = Y;\nt s = { 4 };\ntp q = &s;\n"
	  "n.v + u.i + y + q->a", "= 9\n" },
	{ "a redefined struct", "struct s { int a; };\nstruct s x = { 1 };\nint f(struct s *p) { return p->a; }\n"
	  CELL "struct s { double d; char c; };\nstruct s y = { 2.5, 'c' };\n"
	  CELL "printf(\"%g\\n\", y.d);\n" CELL "int f(struct s *p) { return (int)p->d; }\nf(&y)",
	  "2.5\n= 2\n" },
	{ "a type said again in the same words is the same",
	  "typedef struct { int x; } point;\nint get(point *p) { return p->x; }\n"
	  CELL "typedef struct { int x; } point;\npoint p = { 4 };\nget(&p)", "= 4\n" },
	{ "enumerators are redefined", "enum { A = 1 };\n" CELL "enum { A = 2, B };\n" CELL "A + B", "= 5\n" },
	{ "packing goes on", "#pragma pack(push, 1)\nstruct p { char c; int i; };\n#pragma pack(pop)\n"
	  CELL "struct q { char c; int i; };\n(int)(sizeof(struct p) * 10 + sizeof(struct q))", "= 58\n" },

	/* Directives */
	{ "macros, redefined and undefined",
	  "#define N 1\n#define F(x) ((x) + N)\n" CELL "F(1)\n" CELL "#define N 5\nF(1)\n"
	  CELL "#undef N\n#define N 7\nF(1)\n" CELL "#undef N\n" CELL "#ifdef N\n0\n#else\n9\n#endif\n",
	  "= 2\n= 6\n= 8\n= 9\n" },
	{ "what was made with an older meaning of a macro keeps it",
	  "#define N 4\nstruct buf { char a[N]; };\nint f(char (*a)[N]) { return (int)sizeof *a; }\n"
	  CELL "struct buf b;\n#undef N\n#define N 8\n(int)sizeof b.a + f(&b.a) * 100 + N * 10000\n"
	  CELL "#define N 16\n" CELL "#define N 32\nchar c[N];\n"
	  CELL "struct buf d; (int)sizeof d + f(&d.a) * 100 + N * 10000 + (int)sizeof c * 1000000\n",
	  "= 80404\n= 32320404\n" },
	{ "a function takes the place of a macro, and the other way round",
	  "#define max(a, b) ((a) > (b) ? (a) : (b))\n#define A 1\n"
	  CELL "max(1, 2) + A\n" CELL "int max(int a, int b) { return a > b ? a * 10 : b * 10; }\n"
	  CELL "max(1, 2) + A\n" CELL "int twice(int x) { return 2 * x; }\n#define twice(x) (twice(x) + 1)\n"
	  CELL "twice(4)\n" CELL "puts(\"x\");\n#define A 7\nputs(\"y\");\nA\n" CELL "A\n",
	  "= 3\n= 21\n= 9\nx\ny\n= 7\n= 7\n" },
	{ "a macro's definition keeps its place",
	  "#define N 1\nint a = N;\n#undef N\n#define N 2\nint b = N;\na + b", "= 3\n" },
	{ "#if around items",
	  "#define YES\n#ifdef YES\nint f(void) { return 1; }\n#else\nint f(void) { return 2; }\n#endif\n"
	  "#if defined(NO)\nint g = 3;\n#elif defined(YES)\nint g = 4;\n#else\nint g = 5;\n#endif\n"
	  CELL "f() + g", "= 5\n" },
	{ "#if around and within statements",
	  "#define A 1\nint n = 0;\n#if A\nn += 1;\n#else\nn += 10;\n#endif\nn += 100;\n"
	  "#if A\nint m = 5;\nn += m;\n#endif\nn", "= 106\n" },
	{ "#if inside bodies", "int f(void)\n{\n#ifdef NO\n\treturn 1;\n#else\n\treturn 2;\n#endif\n}\n" CELL "f()", "= 2\n" },
	{ "include guards as in headers",
	  "#ifndef LIB_H\n#define LIB_H\nint twice(int x) { return 2 * x; }\n#endif\n" CELL "twice(4)", "= 8\n" },
	{ "feature macros stand above everything",
	  "#include <stdio.h>\n#include <string.h>\nint x;\n"
	  CELL "#define _GNU_SOURCE\n#include <string.h>\nstrchrnul(\"abc\", 'z') != 0\n", "= 1\n" },
	{ "token pasting keeps everything", "int val_a = 3;\n#define GET(x) val_##x\n" CELL "GET(a)", "= 3\n" },
	{ "X macros", "#define COLORS X(RED) X(GREEN)\nenum color {\n#define X(n) n,\nCOLORS\n#undef X\nNCOLORS };\n"
	  "const char *names[] = {\n#define X(n) #n,\nCOLORS\n#undef X\n};\n"
	  CELL "printf(\"%s %d\\n\", names[GREEN], NCOLORS);", "GREEN 2\n" },
	{ "macros that make functions", "#define GETTER(n) int get_##n(void) { return n; }\nint a = 3;\nGETTER(a)\n"
	  CELL "get_a()", "= 3\n" },
	{ "macros of an earlier cell that make declarations",
	  "#define GETTER(n) int get_##n(void) { return n; }\n#define HIDDEN(n) static int n = 4\n"
	  "#define BOTH(n) struct n { int x; }; static int make_##n(void) { return (struct n){ 5 }.x; }\n"
	  "int a = 3;\n" CELL "GETTER(a)\nHIDDEN(h);\nBOTH(s)\n"
	  CELL "struct s v = { make_s() };\nget_a() + h++ + v.x\n" CELL "h", "= 12\n= 5\n" },
	{ "macros with open braces, and # lines inside bodies",
	  "#define BEGIN_FN(n) static int n(int x) {\n#define END_FN }\n#define REPEAT(n) for (int i = 0; i < n; i++) {\n"
	  "int n = 0;\nBEGIN_FN(f)\n\tif (x) { x++; }\n\tn += x;\n\treturn n;\nEND_FN\nREPEAT(2)\n\tn++;\n\tn++;\nEND_FN\n"
	  "struct s {\n#define FLAG 10\n\tint a;\n};\nint g(void)\n{\n#define LOCAL 100\n\treturn LOCAL;\n}\n"
	  CELL "f(1) + FLAG + LOCAL + g()\n", "= 216\n" },
	{ "macros that make loops", "#define FOREVER for (;;)\n#define EACH(i, n) for (int i = 0; i < n; i++)\n"
	  "int n = 0;\nEACH(i, 3) n += i;\nEACH(i, 3) { n += i; }\nFOREVER break;\nn", "= 6\n" },
	{ "a macro's own words", "#define LOG(x) printf(\"%d\\n\", x)\nLOG(3);\n" CELL "LOG(4);\n", "3\n4\n" },
	{ "includes end the standard prelude", "#include <stdio.h>\nprintf(\"hi\\n\");\n" CELL "printf(\"ho\\n\");", "hi\nho\n" },
	{ "a prelude file", "//prelude\n#include <stdio.h>\nint helper(void) { return 3; }\n" CELL "abs(-helper())", "= 3\n" },

	/* Statements */
	{ "all statements",
	  "int i = 0;\nif (i == 0) i = 1; else i = 2;\nwhile (i < 5) i++;\ndo { i++; } while (i < 8);\n"
	  "switch (i) {\ncase 8: i = 80; break;\ndefault: i = 90;\n}\n{ int j = i; i = j + 1; }\n;\ni", "= 81\n" },
	{ "goto and labels", "int i = 0;\nagain: i++;\nif (i < 3) goto again;\ngoto out;\ni = 100;\nout: i++;\ni", "= 4\n" },
	{ "functions after statements", "puts(\"a\");\nint f(void) { return 1; }\nputs(\"b\");\nint g(void) { return f(); }\ng()",
	  "a\nb\n= 1\n" },
	{ "statement expressions", "int n = ({ int a = 3; a * 2; });\nn + ({ int b = 1; b; })", "= 7\n" },
	{ "block scope declarations of file scope names", "int counter = 2;\n"
	  CELL "int f(void) { extern int counter; return counter; }\nf()", "= 2\n" },
	{ "locals and members named like variables of the session",
	  "int i = 1, n = 2, x = 3;\nstruct s { int x; };\n"
	  CELL "struct s v = { 5 }, *p = &v;\nint f(int n) { int k = n; for (int i = 0; i < n; i++) k += i; return k + i; }\n"
	  "f(3) + p->x + v.x + x", "= 20\n" },
	{ "return ends a run of statements", "puts(\"a\");\nif (1) return;\nputs(\"b\");\n" CELL "puts(\"c\");", "a\nc\n" },
	{ "pragmas before statements", "int n = 0;\n#pragma GCC unroll 4\nfor (int i = 0; i < 4; i++) n += i;\nn", "= 6\n" },
	{ "static assertions and file scope asm", "_Static_assert(sizeof(int) == 4, \"int\");\n__asm__(\"\");\nputs(\"x\");\n"
	  "_Static_assert(1, \"\");\nputs(\"y\");\n", "x\ny\n" },

	/* Trailing expressions */
	{ "what is shown and what is not",
	  "struct s { int a, b, c; } s;\nint arr[5];\nvoid nothing(void) { puts(\"ran\"); }\n"
	  CELL "s\n" CELL "arr\n" CELL "nothing()\n" CELL "\"hello\"\n" CELL "nothing\n" CELL "&s\n" CELL "s.b = 3\n"
	  CELL "s.b++\n" CELL "(void)0\n",
	  "= (12 bytes)\n= (20 bytes)\nran\n= (6 bytes)\n= (8 bytes)\n= (8 bytes)\n= 3\n= 3\n" },
	{ "a bit-field is shown as what it promotes to",
	  "struct s { unsigned b : 3; } s = { 5 };\n" CELL "s.b\n" CELL "((&s)->b)", "= 5\n= 5\n" },
	{ "a trailing expression with labels inside", "({ int i = 0; again: i++; if (i < 3) goto again; i; })", "= 3\n" },
	{ "a trailing expression in an #if", "#if 1\n4\n#endif\n", "= 4\n" },
	{ "an expression over several lines with comments", "1 + /* one */\n  // two\n  2 // three\n", "= 3\n" },

	/* Programs */
	{ "a program does not leak and may use the session",
	  "int counter = 1;\nint next(void) { return ++counter; }\nint helper(void) { return 1; }\n"
	  CELL "#include <stdio.h>\nstatic int helper(void) { return 50; }\n"
	  "int main(void)\n{\n\tprintf(\"%d %d\\n\", next(), helper());\n\treturn 4;\n}\n"
	  CELL "counter + helper()", "2 50\nexit 4\n= 2\n" },
	{ "programs that define the same names",
	  "#include <stdio.h>\nint f(void) { return 1; }\nint main(void) { printf(\"%d\\n\", f()); return 0; }\n"
	  CELL "#include <stdio.h>\ntypedef int T;\nT f(void) { return 2; }\nint main(int argc, char **argv) { (void)argv; printf(\"%d %d\\n\", f(), argc); return 0; }\n",
	  "1\nexit 0\n2 1\nexit 0\n" },
	{ "a program with a type of its own",
	  "struct s { int a; };\nint f(struct s *p) { return p->a; }\n"
	  CELL "#include <stdio.h>\nstruct s { double d; };\nint main(void) { struct s s = { 1.5 }; printf(\"%g\\n\", s.d); return 0; }\n"
	  CELL "struct s s = { 3 };\nf(&s)", "1.5\nexit 0\n= 3\n" },
};

#endif
