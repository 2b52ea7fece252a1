load ../helper

need_cxx() {
  command -v g++ >/dev/null || skip "no C++ compiler"
}

@test "a C cell calls a C++ cell's extern \"C\" function, and its streams keep their order" {
  need_cxx
  doc a.md <<'E'
'''c
#include <stdio.h>
struct point { double x, y; };
static int calls;
int twice(int x) { calls++; return 2 * x; }
#define LIMIT 10
int squares[] = {1, 4, 9};
const char *words[] = {"a", "b"};
'''
'''cpp
#include <iostream>
#include <map>
#include <string>
#include <vector>
std::map<std::string, int> seen{{"one", 1}};
extern "C" {
    enum level { LOW, HIGH = 4 };
    typedef struct { int w; bool ok; } flagged;
    flagged make(int w) noexcept { return {w, true}; }
    int shared = 7;
    const int limit = LIMIT;
    double mean(const double *v, size_t n)
    {
        std::vector<double> copy(v, v + n);
        double sum = 0;
        for (double x : copy) sum += x;
        std::cout << "sum " << sum << "\n";
        return sum / copy.size();
    }
}
extern "C" int look(const char *word)
{
    static_assert(sizeof squares == 3 * sizeof(int) && sizeof words == 2 * sizeof *words, "");
    point p = {1, 2};
    std::ios::sync_with_stdio(false);
    std::cout << seen.size() << " " << twice((int)p.y) << "\n";
    return seen[word];
}
'''
'''c
double d[] = {1, 2, 6};
enum level l = HIGH;
printf("before\n");
printf("mean %g, %d %d\n", mean(d, 3), l, make(limit).w);
fflush(stdout);
printf("%d %d %d\n", look("one"), shared, limit);
calls
'''
E
  run -0 --separate-stderr skein run -o - a.md
  has $'before\nsum 9\nmean 3, 4 10\n'
  has $'1 4\n'
  has $'1 7 10\n'
  has $'\n1\n```'
}

@test "a later C++ cell sees classes, templates, namespaces, variables and operators of an earlier one" {
  need_cxx
  doc a.md <<'E'
'''c++ {#stats}
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <vector>
using namespace std;
class Stats {
public:
    void add(double v) { values.push_back(v); }
    double mean() const;
    static int made;
private:
    vector<double> values;
};
double Stats::mean() const
{
    double sum = 0;
    for (double v : values) sum += v;
    return sum / values.size();
}
int Stats::made = 5;
ostream &operator<<(ostream &o, const Stats &s) { return o << "mean " << s.mean(); }
static int counter = (puts("once"), 3);
namespace geo {
    struct Box { int w, h; int area() const { return w * h; } };
    int scaled(Box b, int n = 2) { return b.area() * n; }
    int unit = 1;
}
namespace { int hidden(int z) { return z + 1; } }
template <class T> T biggest(const vector<T> &v) { return *max_element(v.begin(), v.end()); }
auto square = [](int x) { return x * x; };
inline int ticks() { static int n; return ++n; }
const int N = 3;
int table[N] = {1, 2};
enum Color { RED, GREEN };
int (*pick)(int) = nullptr;
int odd(int n);
int even(int n) { return n == 0 || odd(n - 1); }
'''
'''c++
int odd(int n) { return n != 0 && even(n - 1); }
extern "C" void all(void)
{
    Stats s;
    int more[N] = {GREEN};
    s.add(counter++);
    s.add(counter);
    pick = hidden;
    cout << s << " " << Stats::made << " " << geo::scaled({2, 3}) << " " << hidden(geo::unit) << " "
         << biggest(vector<int>{3, 9, 2}) << " " << square(5) << " " << ticks() << more[0] << table[1]
         << even(10) << endl;
}
'''
'''c++
extern "C" int rest(void) { return ticks() * 100 + counter * 10 + pick(1); }
'''
'''c
all();
rest()
'''
E
  run -0 skein run -o - a.md
  has $'```output\nonce\n```'
  has $'```output\nmean 3.5 5 12 2 9 25 1121\n242\n```'
}

@test "what a C++ cell defines anew counts from then on; overloads stand side by side" {
  need_cxx
  doc a.md <<'E'
'''c++
int twice(int x) { return 2 * x; }
int count = 1;
struct P { int a; };
int use(P p) { return p.a; }
namespace n { int k = 4; int f() { return 1; } }
extern "C" int hook(int x) { return x + 1; }
extern "C" int first(void) { return twice(2) + count + use({1}) + n::k + n::f() + hook(0); }
'''
'''c++
int twice(double x) { return 100 + (int)x; }
int twice(int x) { return 3 * x; }
double count = 2.5;
struct P { int a, b; int sum() const; };
int P::sum() const { return a + b; }
int use(P p) { return p.sum(); }
namespace n { int k = 5; int f(); int g() { return f() + k; } int f() { return 2; } }
extern "C" int hook(int x) { return x + 2; }
extern "C" int second(void) { return twice(2) + (int)count + use({1, 2}) + n::g() + twice(0.0) + hook(0); }
'''
'''c++
extern "C" int third(void) { return twice(2) + (int)count + use(P{1, 2}) + n::g() + twice(0.0) + hook(0); }
'''
'''c
printf("%d %d %d %d\n", first(), second(), third(), first());
'''
E
  run -0 skein run -o - a.md
  has $'```output\n12 120 120 12\n```'
  lacks "warning"
}

@test "statements in a C++ cell are refused, with a way to wrap them" {
  need_cxx
  doc a.md <<'E'
'''c++
#include <iostream>
int z = 4;
  std::cout << z;
'''
'''c++ {fails=compile}
extern "C" { int f(void) { return 1; } f(); }
'''
'''c++ {fails=compile}
int g(void) { return 2; }
g()
'''
'''c
printf("goes on\n");
'''
E
  run -4 skein run -o - a.md
  has 'a.md:4:3: error: a C++ cell holds no statements: put this into a function in extern "C" { }, and call that from a C cell [compile]'
  has $'line 1: error: a C++ cell holds no statements'
  has $'line 2: error: a C++ cell holds no statements'
  has "goes on"
}

@test "an exception that leaves a cell is told with its type and words, and the state is as before" {
  need_cxx
  doc a.md <<'E'
'''c++
#include <stdexcept>
#include <vector>
struct Odd { int why; };
extern "C" int at(int i) { std::vector<int> v(3); return v.at(i); }
extern "C" void odd(void) { throw Odd{1}; }
extern "C" int caught(int (*f)(int)) { try { return f(9); } catch (const std::exception &) { return -1; } }
'''
'''c
int kept = 1;
int through(int i) { return at(i) + 1; }
'''
'''c {fails=crash}
kept = 2;
printf("going\n");
through(5);
'''
'''c {fails=crash}
odd();
'''
'''c
printf("%d %d\n", kept, caught(through));
'''
'''c++ {fails=crash}
struct Loud { Loud() { throw "no"; } };
Loud loud;
'''
'''c++ {fails=crash}
#include <stdexcept>
int main() { throw std::runtime_error("two\nlines"); }
'''
E
  run -0 skein run -o - a.md
  has $'crashed: uncaught exception std::out_of_range: vector::_M_range_check: __n (which is 5) >= this->size() (which is 3)\nline 3: through(5);\n'
  has 'in at, an earlier cell, line 4: extern "C" int at'
  has "crashed: uncaught exception Odd"
  has $'1 -1\n'
  has $'uncaught exception char const*: no\nline 2: Loud loud;\nin Loud, line 1'
  has "uncaught exception std::runtime_error: two lines"
}

@test "a C++ cell with a main is a program; each language has its standard, and its own warnings" {
  need_cxx
  doc a.md <<'E'
---
skein:
  std: c11
  cflags: -Wstrict-prototypes -Wmissing-prototypes -Woverloaded-virtual -Werror
---
'''c
#include <stdio.h>
int triple(int x);
int triple(int x) { return 3 * x; }
printf("%ld\n", __STDC_VERSION__);
'''
'''c++20 {args="a b"}
#include <concepts>
#include <iostream>
template <class T> concept Sum = requires(T t) { t + t; };
template <Sum T> T add(T a, T b) { return a + b; }
int main(int argc, char **argv)
{
    std::cout << add(argc, 1) << " " << argv[1] << " " << triple(2) << " " << __cplusplus << std::endl;
}
'''
'''c++ {std=c++14}
#include <cstdio>
int year = (std::printf("%ld\n", __cplusplus), 1);
'''
'''cc
#include <cstdio>
int usual = (std::printf("%ld\n", __cplusplus), 1);
'''
E
  run -0 skein run -o - a.md
  has $'201112\n'
  has $'4 a 6 202002\n'
  has $'201402\n'
  has $'201703\n'
  lacks "warning"
  printf '```c++ {std=c17}\nint x;\n```\n```c++ {cc=tcc}\nint y;\n```\n```c {cc=g++}\nprintf("C\\n");\n```\n' >b.md
  run ! skein run -o - b.md
  has "b.md:1:9: error: the value 'c17' of 'std' must be a C++ standard such as c++17 or gnu++20 [bad-value]"
  has "tcc does not know C++: take cc=gcc for this cell"
  has $'```output\nC\n```'
}

@test "an edit inside a C++ function compiles that cell only" {
  need_cxx
  doc a.md <<'E'
'''c++
#include <string>
std::string name() { return "a"; }
'''
'''c++
extern "C" int size(void) { return (int)name().size(); }
'''
'''c
size()
'''
E
  run -0 skein run -v a.md
  has "3 compiled"
  sed -i 's/return "a"/return "abc"/' a.md
  run -0 skein run -v a.md
  has "1 compiled"
  run -0 cat a.md
  has $'```output\n3\n```'
}

@test "C++ as it is written: what one cell says of everything, the next one can use" {
  need_cxx
  doc a.md <<'E'
'''c
#include <stdio.h>
typedef struct node { struct node *restrict next; _Bool on; } node;
int visit(node *restrict n, int (*f)(int)) { return f(n->on) + 1; }
enum state { OFF, ON };
_Thread_local int tls = 4;
#define SQ(x) ((x)*(x))
static inline __attribute__((always_inline)) int addall(int a) { return a + 1; }
'''

'''c++
#include <memory>
#include <functional>
#include <array>
#include <optional>
#include <string_view>
struct Base { virtual ~Base() = default; virtual int id() const = 0; };
struct Derived final : public Base { int id() const override { return 7; } };
class Counter {
public:
    explicit Counter(int n) : n_(n), name_{"c"} {}
    Counter(const Counter &) = delete;
    Counter &operator++();
    operator int() const { return n_; }
    friend bool operator==(const Counter &a, const Counter &b);
    template <class F> void each(F f) { for (int i = 0; i < n_; i++) f(i); }
private:
    int n_;
    std::string_view name_;
};
Counter &Counter::operator++() { n_++; return *this; }
bool operator==(const Counter &a, const Counter &b) { return a.n_ == b.n_; }
std::unique_ptr<Base> make() { return std::make_unique<Derived>(); }
auto keep = std::make_shared<int>(5);
template <typename T, size_t N> constexpr size_t len(const std::array<T, N> &) { return N; }
template <> struct std::hash<Derived> { size_t operator()(const Derived &d) const { return d.id(); } };
template <class T> struct Box { T v; T get() const; };
template <class T> T Box<T>::get() const { return v; }
Box(const char *) -> Box<std::string_view>;
constexpr int fact(int n) { return n < 2 ? 1 : n * fact(n - 1); }
auto add(int a, int b) -> int { return a + b; }
auto deduced(int a) { return a * 2.5; }
std::optional<int> maybe(bool b) { if (!b) return {}; return 3; }
int operator""_km(unsigned long long v) { return (int)v * 1000; }
using Fn = std::function<int(int)>;
Fn apply = [](int x) { return add(x, 1); };
namespace outer::inner { inline namespace v1 { struct S { int a; }; int use(S s) { return s.a; } } enum class E { A, B = 5 }; }
namespace oi = outer::inner;
typedef int (*cb)(int);
int arr[] = {1, 2, 3}, other = 9;
thread_local int tl = 3;
static_assert(fact(4) == 24, "no");
extern "C" int cb_user(cb f) { return f(2); }
[[nodiscard]] int nd(int x) { return x; }
alignas(16) unsigned char buffer[32];
struct Pt { int x, y; } origin = {3, 4};
int raw = sizeof(R"(}; int x;)");
#ifdef __cplusplus
extern "C" {
#endif
int guarded(int a);
int guarded(int a) { return a + 5; }
#ifdef __cplusplus
}
#endif
#if 1
int in_if = 1;
#else
int in_else = 2;
#endif
'''

'''c++
#include <cstdio>
extern "C" void everything(void)
{
    Counter c(2); ++c;
    int n = 0; c.each([&](int i) { n += i; });
    oi::S s{4}; Box b{"txt"};
    node nn = {nullptr, true};
    std::printf("%d %d %d %zu %zu %d %d %g %d %d %d %d %d %d %d %zu %d %d %d %d %d %d %d %d %zu %d\n", (int)c, n, make()->id(),
        len(std::array<int, 4>{}), std::hash<Derived>{}(Derived{}), fact(5), add(1, 2), deduced(2), *maybe(true), 3_km,
        apply(4), use(s), (int)oi::E::B, tl, origin.y, sizeof arr, other, *keep, c == Counter(3), visit(&nn, [](int v) { return v * 10; }),
        SQ(5), tls, nd(1), guarded(1), b.get().size(), raw + in_if + buffer[0] + ON + addall(1));
}
'''

'''c
everything();
guarded(2)
'''
E
  run -0 skein run -o - a.md
  has $'```output\n3 3 7 4 7 120 3 5 3 3000 5 4 5 3 4 12 9 5 1 11 25 4 1 6 3 14\n7\n```'
}

@test "names of C++ are told as they were written" {
  need_cxx
  doc a.md <<'E'
'''c++
struct Odd { };
'''
'''c++
struct Odd { int why; };
namespace geo { int area(int); }
extern "C" void odd(void) { throw Odd{1}; }
extern "C" int area(void) { return geo::area(3); }
template <typename Body> static int call(Body body) { return body(); }
extern "C" int through(int *x)
{
    return call([&] {
        return *x;
    });
}
'''
'''c {fails=crash}
odd();
'''
'''c {fails=crash}
through(NULL);
'''
'''c
area()
'''
E
  run ! skein run -o - a.md
  has $'crashed: uncaught exception Odd\n'
  has "undefined symbol 'geo::area'"
  has $'\nin a lambda of through, an earlier cell, line 9: return *x;\n'
}

@test "files of C++ among the sources are compiled as such" {
  need_cxx
  printf '#include <vector>\nextern "C" int three(void) { std::vector<int> v{1, 2}; return v[0] + v[1]; }\n' >x.cpp
  printf 'int class(void) { return 4; }\nint main(void) { return 1; }\n' >y.c
  doc a.md <<'E'
---
skein:
  sources: x.cpp y.c
  std: c11 c++14
  cflags: -Wstrict-prototypes -Werror
---
'''c++
extern "C" int three(void);
extern "C" int five(void) { return three() + 2; }
'''
'''c
int class(void);
printf("%d %d\n", class(), five());
'''
E
  run -0 skein run -o - a.md
  has $'```output\n4 5\n```'
}
