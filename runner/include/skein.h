/*
 * <skein.h>: what a cell of a skein document may use.
 *
 *	skein_show(x)	print the value of any expression, as one line
 *
 *	skein_markdown(format, ...), skein_html(text), skein_svg(text), skein_image(path)
 *	skein_image_alt(path, text)
 *	skein_table_begin(columns), skein_table_row(t, format, ...), skein_table_end(t)
 *	skein_table_numbers(columns, values, rows, digits)
 *	skein_plot_line(title, x, y, n), skein_plot_points, skein_plot_bars, skein_plot(...)
 *	skein_progress(done, total, label)
 *
 * Values are written as C writes them: {.id = 7, .name = "seven"}.  The program
 * that runs cells knows all types; elsewhere numbers, strings and arrays of them
 * are written, and of all else the bytes.
 *
 * Pictures, tables and texts stand below the cell.  Outside of skein the same calls
 * print what they say: a table in columns, a plot in letters.  See skein.h(3).
 *
 * Includes nothing, so that a cell's own feature-test macros still count.
 */
#ifndef SKEIN_H
#define SKEIN_H

#pragma GCC system_header

/* Between a cell's object and the program that runs it. */
#define SKEIN_VERSION_ABI	1

#ifndef __TINYC__	/* tcc can ask nothing about types, and names none */

#ifdef __cplusplus
extern "C"
#endif
/*
 * Print a value; `type` is a static variable that points to values of its type,
 * which can be found in the debug information.  0 if that cannot be done.
 */
int __skein_show(const void *type, const void *value, unsigned long size)
    __attribute__((weak));

/* What a type is, where nobody else knows: b c i u f F s p, or 0. */
static inline __attribute__((unused)) void
__skein_print_one(int kind, const unsigned char *value, unsigned long size)
{
	union {
		signed char c;
		unsigned char uc;
		short s;
		unsigned short us;
		int i;
		unsigned u;
		long long ll;
		unsigned long long ull;
		float f;
		double d;
		long double l;
		const char *text;
		void *p;
	} v;
	unsigned long n;

	if (kind)
		__builtin_memcpy(&v, value, size < sizeof v ? size : sizeof v);
	switch (kind) {
	case 'b':
		__builtin_printf("%s", v.uc ? "true" : "false");
		return;
	case 'c':
		__builtin_printf(v.c >= ' ' && v.c < 127 ? "'%c'" : "%d", v.c);
		return;
	case 'i':
		__builtin_printf("%lld", size == 1 ? v.c : size == 2 ? v.s : size == 4 ? v.i : v.ll);
		return;
	case 'u':
		__builtin_printf("%llu", size == 1 ? v.uc : size == 2 ? v.us : size == 4 ? v.u : v.ull);
		return;
	case 'f':
		__builtin_printf("%.9g", (double)v.f);
		return;
	case 'd':
		__builtin_printf("%.15g", v.d);
		return;
	case 'F':
		__builtin_printf("%.18Lg", v.l);
		return;
	case 's':
		if (v.text)
			__builtin_printf("\"%s\"", v.text);
		else
			__builtin_printf("NULL");
		return;
	case 'p':
		__builtin_printf("%p", v.p);
		return;
	}
	__builtin_printf("(%lu byte%s)", size, size == 1 ? "" : "s");
	for (n = 0; n < size && n < 16; n++)
		__builtin_printf(" %02x", value[n]);
	if (n < size)
		__builtin_printf(" ...");
}

static inline __attribute__((unused)) void
__skein_print(int kind, int is_array, const void *value, unsigned long size,
    unsigned long each)
{
	const unsigned char *at = (const unsigned char *)value;
	unsigned long n;

	if (is_array && kind == 'c') {
		__builtin_printf("\"%.*s\"", (int)size, (const char *)value);
	} else if (is_array && kind && each) {
		for (n = 0; n < size / each && n < 100; n++) {
			__builtin_printf(n ? ", " : "{");
			__skein_print_one(kind, at + n * each, each);
		}
		__builtin_printf(n < size / each ? ", ...}" : n ? "}" : "{}");
	} else {
		__skein_print_one(kind, at, size);
	}
	__builtin_printf("\n");
}

#ifdef __cplusplus

extern "C++" {

template <class T> struct __skein_kind { enum { kind = 0, is_array = 0, each = 0 }; };
template <class T> struct __skein_kind<T *> { enum { kind = 'p', is_array = 0, each = sizeof(T *) }; };
template <class T, unsigned long N> struct __skein_kind<T[N]> {
	enum { kind = __skein_kind<T>::is_array ? 0 : __skein_kind<T>::kind, is_array = 1, each = sizeof(T) };
};
#define __SKEIN_KIND(type, letter) \
template <> struct __skein_kind<type> { enum { kind = letter, is_array = 0, each = sizeof(type) }; }
__SKEIN_KIND(bool, 'b');
__SKEIN_KIND(char, 'c');
__SKEIN_KIND(signed char, 'i');
__SKEIN_KIND(short, 'i');
__SKEIN_KIND(int, 'i');
__SKEIN_KIND(long, 'i');
__SKEIN_KIND(long long, 'i');
__SKEIN_KIND(unsigned char, 'u');
__SKEIN_KIND(unsigned short, 'u');
__SKEIN_KIND(unsigned, 'u');
__SKEIN_KIND(unsigned long, 'u');
__SKEIN_KIND(unsigned long long, 'u');
__SKEIN_KIND(float, 'f');
__SKEIN_KIND(double, 'd');
__SKEIN_KIND(long double, 'F');
__SKEIN_KIND(char *, 's');
__SKEIN_KIND(const char *, 's');
#undef __SKEIN_KIND

/* Of this object alone: another one may have another type of that name. */
template <class T>
static inline void
skein_show(const T &value)
{
	static const T *type __attribute__((used));
	typedef __skein_kind<T> kind;

	if (!__skein_show || !__skein_show(&type, (const void *)&value, sizeof value))
		__skein_print(kind::kind, kind::is_array, (const void *)&value, sizeof value, kind::each);
}

} /* extern "C++" */

#else

/* The expression stands three times, and is evaluated once. */
#define skein_show(...) __extension__ ({ \
	typedef __typeof__(__VA_ARGS__) skein_type_; \
	typedef __typeof__(((void)0, *(skein_type_ *)0)) skein_decayed_; \
	_Static_assert(!__builtin_types_compatible_p(skein_type_, void), \
	    "skein_show needs a value, and this expression has none"); \
	enum { skein_array_ = __builtin_classify_type(*(skein_decayed_ *)0) == 5 && \
	    !__builtin_types_compatible_p(skein_decayed_, skein_type_) && \
	    !__builtin_types_compatible_p(_Atomic(skein_decayed_), skein_type_) && \
	    !__builtin_types_compatible_p(skein_decayed_, skein_type_ *) }; \
	typedef __typeof__(*__builtin_choose_expr(skein_array_, *(skein_decayed_ *)0, \
	    (skein_decayed_ *)0)) skein_each_; \
	static skein_type_ *skein_marker_ __attribute__((used)); \
	__auto_type skein_copy_ = __builtin_choose_expr(skein_array_, 0, (__VA_ARGS__)); \
	__skein_show_or_print(&skein_marker_, \
	    (const void *)__builtin_choose_expr(skein_array_, (__VA_ARGS__), &skein_copy_), \
	    __builtin_choose_expr(skein_array_, sizeof(skein_type_), sizeof skein_copy_), \
	    __skein_kind(skein_each_), skein_array_, sizeof(skein_each_)); })

#define __skein_kind(type) _Generic(((void)0, *(type *)0), \
	_Bool: 'b', char: 'c', \
	signed char: 'i', short: 'i', int: 'i', long: 'i', long long: 'i', \
	unsigned char: 'u', unsigned short: 'u', unsigned: 'u', unsigned long: 'u', \
	unsigned long long: 'u', \
	float: 'f', double: 'd', long double: 'F', char *: 's', const char *: 's', \
	default: __builtin_types_compatible_p(type, __typeof__(((void)0, *(type *)0))) && \
	    __builtin_classify_type(*(type *)0) == 5 ? 'p' : 0)

static inline __attribute__((unused)) void
__skein_show_or_print(const void *type, const void *value, unsigned long size, int kind,
    int is_array, unsigned long each)
{
	if (!__skein_show || !__skein_show(type, value, size))
		__skein_print(kind, is_array, value, size, each);
}

#endif

#endif /* __TINYC__ */

/* ---- pictures, tables and texts ---- */

enum { SKEIN_LINE, SKEIN_POINTS, SKEIN_BARS };

struct skein_series {
	const char *name;
	const double *x, *y;		/* x NULL: 0, 1, 2, ... */
	long n;
	int as;				/* SKEIN_LINE, SKEIN_POINTS or SKEIN_BARS */
	const char *const *labels;	/* of bars, below them */
};

struct skein_plot {
	const char *title, *x_label, *y_label;
	int log_x, log_y;
	struct skein_series series[12];
};

struct skein_table;

/* The program that runs cells has them; a program of its own has them from here. */
#ifdef SKEIN_ALONE
#define __SKEIN_CALL(type, name, arguments) \
	static type name arguments __attribute__((unused))
#else
#define __SKEIN_CALL(type, name, arguments) type name arguments __asm__("__" #name)
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* A PNG, JPEG, GIF, WebP or SVG file; a whole SVG document; HTML; Markdown, as by printf. */
__SKEIN_CALL(void, skein_image, (const char *path));
/* With words for who cannot see it; else these are the file's name. */
__SKEIN_CALL(void, skein_image_alt, (const char *path, const char *alt));
__SKEIN_CALL(void, skein_svg, (const char *svg));
__SKEIN_CALL(void, skein_html, (const char *html));
__SKEIN_CALL(void, skein_markdown, (const char *format, ...))
    __attribute__((format(printf, 1, 2)));

/* "name|>size|^when": three columns, > to the right, ^ in the middle; rows as by printf. */
__SKEIN_CALL(struct skein_table *, skein_table_begin, (const char *columns));
__SKEIN_CALL(void, skein_table_row, (struct skein_table *t, const char *format, ...))
    __attribute__((format(printf, 2, 3)));
__SKEIN_CALL(void, skein_table_end, (struct skein_table *t));
/* Of an array, row after row, each number with so many digits. */
__SKEIN_CALL(void, skein_table_numbers,
    (const char *columns, const double *values, long rows, int digits));

/* One series; x NULL: 0, 1, 2, ... */
__SKEIN_CALL(void, skein_plot_line,
    (const char *title, const double *x, const double *y, long n));
__SKEIN_CALL(void, skein_plot_points,
    (const char *title, const double *x, const double *y, long n));
__SKEIN_CALL(void, skein_plot_bars,
    (const char *title, const char *const *labels, const double *y, long n));
/* All there is: skein_plot(.title = "t", .log_y = 1, .series = { { "a", x, y, n } }) */
__SKEIN_CALL(void, __skein_plot, (struct skein_plot p));

/* How far it is: on a terminal one line that is written over, and nowhere else. */
__SKEIN_CALL(void, skein_progress, (long done, long total, const char *label));

#ifdef __cplusplus
}
#define skein_plot(...) __skein_plot(::skein_plot{ __VA_ARGS__ })
#else
#define skein_plot(...) __skein_plot((struct skein_plot){ __VA_ARGS__ })
#endif

#endif
