/*
 * C++ items: kinds and names; any bytes; time that grows as the text does.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/cell/cxx.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"

static const char letters[] = {
	[CXX_DIRECTIVE] = '#', [CXX_OPEN] = '{', [CXX_CLOSE] = '}', [CXX_C] = 'c', [CXX_TYPE] = 't',
	[CXX_INLINE] = 'i', [CXX_FUNCTION] = 'f', [CXX_VARIABLE] = 'v', [CXX_DECLARATION] = 'd',
	[CXX_USING] = 'u', [CXX_LOCAL] = 'l', [CXX_STATEMENT] = 's',
};

/* Each with the kinds of its items, and the names in order. */
static const struct { const char *text, *kinds, *names; } items[] = {
	{ "int f(int x) { return x; }", "f", "f" },
	{ "int f(int);", "d", "f" },
	{ "static int n = 3, *p;", "v", "n p" },
	{ "std::map<int, int> m{{1, 2}}, k;", "v", "m k" },
	{ "std::vector<int> v(10, 0);", "v", "v" },
	{ "std::string s(name.size(), 'x');", "v", "s" },
	{ "std::string greet(std::string name);", "d", "greet" },
	{ "std::string greet(std::string);", "d", "greet" },
	{ "T x(MAX);", "v", "x" },
	{ "void f(string);", "d", "f" },
	{ "auto f(int a) -> int { return a; }", "f", "f" },
	{ "auto f(int a) { return a; }", "i", "f" },
	{ "auto g = [](int a) { return a; };", "v", "g" },
	{ "constexpr int f(int a) { return a; }", "i", "f" },
	{ "template <class T> T f(T a) { return a; }", "i", "f" },
	{ "template <class T, class U = std::pair<int, int>> struct B { T t; };", "t", "B" },
	{ "template <> struct std::hash<P> { int x; };", "i", "" },
	{ "template <class T> T B<T>::get() const { return v; }", "i", "" },
	{ "template class std::vector<int>;", "l", "" },
	{ "template <class T> concept C = requires(T t) { t + t; };", "t", "C" },
	{ "template <class T> requires C<T> int f(T t) { return t; }", "i", "f" },
	{ "template <class T> using V = std::vector<T>;", "t", "V" },
	{ "Box(const char *) -> Box<int>;", "i", "" },
	{ "struct P { int x; };", "t", "P" },
	{ "struct P;", "d", "P" },
	{ "struct P { int x; } p = {1};", "v", "p" },
	{ "class D final : public B<int>, private C { void f() {} };", "t", "D" },
	{ "enum E { A, B = (1, 2), C };", "t", "A B C E" },
	{ "enum class E : char { A, B };", "t", "E" },
	{ "typedef int (*cb)(int);", "t", "cb" },
	{ "using T = int; using namespace std; using std::cout;", "tuu", "T" },
	{ "int P::f() const { return 1; }", "l", "" },
	{ "P::P(int a) : x(a), y{a} { f(); }", "l", "" },
	{ "P::~P() {}", "l", "" },
	{ "P::operator int() const { return 1; }", "l", "" },
	{ "int P::n = 4;", "l", "" },
	{ "std::ostream &operator<<(std::ostream &o, const P &p) { return o; }", "f", "" },
	{ "bool operator==(P a, P b);", "d", "" },
	{ "int operator\"\"_km(unsigned long long v) { return 1; }", "f", "" },
	{ "namespace a::b { int f(); int x; } int y;", "{dv}v", "f x y" },
	{ "namespace { int f() { return 1; } }", "{f}", "f" },
	{ "inline namespace v1 { struct S; }", "{d}", "S" },
	{ "namespace x = a::b;", "u", "x" },
	{ "extern \"C\" int f(void) { return 1; } int g;", "cv", "g" },
	{ "extern \"C\" { int f(void); struct s { int a; }; }", "c", "" },
	{ "extern \"C\" int v = 3;", "c", "" },
	{ "extern int x;", "d", "x" },
	{ "int (*fp)(int) = nullptr; int arr[] = {1, 2};", "vv", "fp arr" },
	{ "auto [a, b] = f();", "l", "" },
	{ "[[nodiscard]] int f(); alignas(16) char c[3];", "dv", "f c" },
	{ "static_assert(1 < 2, \"x\"); ;", "ll", "" },
	{ "#include <x>\n#if X\nint a;\n#else\nint b;\n#endif\n", "##v#v#", "a b" },
	{ "int f() try { return 1; } catch (...) { return 2; } int z;", "fv", "f z" },
	{ "const char *s = R\"(}; int x;)\"; int k = 1'000;", "vv", "s k" },
	{ "TEST(a, b) { x(); }", "l", "" },
	{ "REGISTER(x);", "l", "" },
	{ "API int f();", "d", "f" },
	{ "std::cout << x << y;", "s", "" },
	{ "f(3);", "s", "" }, { "x = 5;", "s", "" }, { "x++;", "s", "" }, { "v.push_back(1);", "s", "" },
	{ "for (int i = 0; i < 3; i++) { f(i); }", "s", "" }, { "return 3;", "s", "" },
	{ "if (x) f(); else g();", "s", "" }, { "{ int x; }", "s", "" }, { "x + 1", "s", "" },
	{ "}", "l", "" },
};

static void
check(size_t k)
{
	struct arena a;
	struct buf kinds = {0}, names = {0};
	size_t n;
	const struct cxx_item *list;

	arena_init(&a);
	list = cxx_split(str_of(items[k].text), &a, &n);
	for (size_t i = 0; i < n; i++) {
		buf_byte(&kinds, letters[list[i].kind]);
		for (size_t j = 0; j < list[i].nnames; j++)
			buf_printf(&names, "%s%.*s", names.len ? " " : "", STR_ARG(list[i].names[j]));
	}
	if (!str_eq(buf_str(&kinds), str_of(items[k].kinds)) ||
	    !str_eq(buf_str(&names), str_of(items[k].names))) {
		fprintf(stderr, "%s\n  %.*s, not %s; names '%.*s', not '%s'\n", items[k].text,
		    STR_ARG(buf_str(&kinds)), items[k].kinds, STR_ARG(buf_str(&names)), items[k].names);
		exit(1);
	}
	buf_release(&kinds);
	buf_release(&names);
	arena_release(&a);
}

/* Items cover what they are given in order, whatever it is. */
static void
check_any(unsigned seed)
{
	static const char *const words[] = {
		"template", "<", ">", ">>", "class", "X", "(", ")", "{", "}", "[", "]", "::", ";", "=", ",",
		"operator", "requires", "extern", "\"C\"", "namespace", "enum", ":", "int", "\n#if 1\n",
		"\n#else\n", "\n#endif\n", "try", "catch", "~", "...", "&", "*", "using", "->", "\"", "'",
		"R\"(", "\\", "auto", "final",
	};
	struct buf b = {0};
	struct arena a;
	const struct cxx_item *list;
	const char *at;
	size_t n;

	for (size_t i = 0; i < 400; i++) {
		seed = seed * 1103515245 + 12345;
		buf_printf(&b, "%s ", words[(seed >> 16) % (sizeof words / sizeof *words)]);
	}
	arena_init(&a);
	list = cxx_split(buf_str(&b), &a, &n);
	at = b.data;
	for (size_t i = 0; i < n; i++) {
		assert(list[i].text.data >= at && list[i].text.data + list[i].text.len <= b.data + b.len);
		at = list[i].text.data;
	}
	arena_release(&a);
	buf_release(&b);
}

int
main(void)
{
	for (size_t k = 0; k < sizeof items / sizeof *items; k++)
		check(k);
	for (unsigned seed = 1; seed <= 300; seed++)
		check_any(seed);
	return 0;
}
