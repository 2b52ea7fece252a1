#include "runner/cell/names.h"

#include <assert.h>
#include <string.h>

#include "runner/cell/scan.h"
#include "tangle/base/arena.h"

void *
names_room(struct arena *a, void *array, size_t *cap, size_t n, size_t size)
{
	void *more;

	if (n < *cap)
		return array;
	*cap = *cap ? *cap * 2 : 4;
	more = arena_alloc(a, *cap, size);
	if (n > 0)
		memcpy(more, array, n * size);
	return more;
}

void
names_list_add(struct arena *a, struct list *l, void *value)
{
	l->list = names_room(a, l->list, &l->cap, l->n, sizeof *l->list);
	l->list[l->n++] = value;
}

void
names_mention_add(struct arena *a, struct mentions *m, struct mention one)
{
	m->list = names_room(a, m->list, &m->cap, m->n, sizeof *m->list);
	m->list[m->n++] = one;
}

struct name *
names_get(struct interface *i, struct str text)
{
	struct name *n = map_get(&i->names, text);

	if (!n) {
		n = arena_alloc(i->arena, 1, sizeof *n);
		n->text = arena_str(i->arena, text);
		map_put(&i->names, n->text, n);
	}
	return n;
}

bool
names_is_visible(const struct entry *e, size_t cell)
{
	return e->cell < cell && cell < e->hidden_from;
}

/* The parameters of "#define NAME(a, b)" are no names of the session: take them for seen. */
static void
pass_parameters(struct interface *i, struct str text, size_t stamp)
{
	struct lexer x;
	struct token hash, define, macro, t;

	lexer_init(&x, text);
	if (!lexer_next(&x, &hash) || !token_is(&hash, '#') || !lexer_next(&x, &define)
	    || !str_eq(define.text, STR("define")) || !lexer_next(&x, &macro)
	    || !lexer_next(&x, &t) || !token_is(&t, '(')
	    || t.text.data != macro.text.data + macro.text.len)
		return;
	while (lexer_next(&x, &t) && !token_is(&t, ')')) {
		struct name *name = t.kind == TOKEN_IDENTIFIER
		    ? names_get(i, token_text(&t, i->arena)) : NULL;

		if (name) {
			name->seen = stamp;
			name->was_member = false;
		}
	}
}

const struct reference *
names_in(struct interface *i, struct str text, bool has_own, size_t *n)
{
	struct reference *list = NULL;
	size_t cap = 0, stamp = ++i->stamp;
	struct scan s;
	struct token t;
	enum said how;

	*n = 0;
	pass_parameters(i, text, stamp);
	scan_init(&s, text);
	while (scan_next(&s, &t, &how)) {
		struct name *name = names_get(i, token_text(&t, i->arena));
		bool is_weak = has_own && (how == SAID_AS_OWN || how == SAID_AS_MEMBER);

		if (name->meaning == MEANS_TYPE && how == SAID_PLAINLY)
			scan_was_type(&s);
		if (how == SAID_AS_TAG || name->seen != stamp || (name->was_member && !is_weak)) {
			list = names_room(i->arena, list, &cap, *n, sizeof *list);
			list[(*n)++] = (struct reference){ name, how == SAID_AS_TAG, is_weak };
			name->was_member = has_own && how == SAID_AS_MEMBER;
		}
		name->seen = stamp;
	}
	return list;
}

size_t
names_version(const struct name *n, size_t index)
{
	size_t v = n->nversions;

	while (v > 1 && n->versions[v - 1] > index)
		v--;
	return v;
}

size_t
names_cell_index(const struct interface *i, size_t number)
{
	size_t low = 0, high = i->cells.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct interface_cell *c = i->cells.list[middle];

		if (c->source.number < number)
			low = middle + 1;
		else
			high = middle;
	}
	assert(low < i->cells.n && "cells are added before they are asked for");
	return low;
}

/* Symbols that are ours: skein_b1, skein_store, ... */
static bool
is_reserved(struct str name)
{
	static const char *const ours[] = { "store", "show", "unit", "block", "value", "type" };
	size_t k;

	for (k = 0; k < sizeof ours / sizeof *ours; k++)
		if (str_eq(name, str_of(ours[k])))
			return true;
	if (str_starts(name, STR("s_")) || str_starts(name, STR("image"))
	    || str_starts(name, STR("svg")))
		return true;
	return name.len > 1 && (name.data[0] == 'b' || name.data[0] == 'p')
	    && name.data[1] >= '0' && name.data[1] <= '9';
}

struct str
names_symbol(const struct interface *i, const struct name *n, size_t index)
{
	size_t v = names_version(n, index);
	const char *escape = is_reserved(n->text) ? "0" : "";

	if (v == 0)
		return (struct str){ 0 };
	if (v == 1)
		return arena_printf(i->arena, "skein_%s%.*s", escape, STR_ARG(n->text));
	return arena_printf(i->arena, "skein_%s%.*s__%zu", escape, STR_ARG(n->text), v);
}


/* With these, and f or l behind them; from gcc 12, by trying the names of libc and libm. */
static const char BUILTINS[] =
    " _exit abort abs acos acosh aligned_alloc asin asinh atan atan2 atanh bcmp bcopy bzero cabs"
    " cacos cacosh calloc carg casin casinh catan catanh cbrt ccos ccosh ceil cexp cimag clog"
    " clog10 conj copysign cos cosh cpow cproj creal csin csinh csqrt ctan ctanh dcgettext"
    " dgettext drem erf erfc execl execle execlp execv execve execvp exit exp exp10 exp2 expm1"
    " fabs fdim feclearexcept fegetenv fegetexceptflag fegetround feholdexcept feraiseexcept"
    " fesetenv fesetexceptflag fesetround fetestexcept feupdateenv ffs ffsl ffsll finite floor"
    " fma fmax fmin fmod fork fprintf fputc fputc_unlocked fputs fputs_unlocked free frexp"
    " fscanf fwrite fwrite_unlocked gamma gettext hypot ilogb imaxabs index isalnum isalpha"
    " isascii isblank iscntrl isdigit isgraph isinf islower isnan isprint ispunct isspace"
    " isupper iswalnum iswalpha iswblank iswcntrl iswdigit iswgraph iswlower iswprint iswpunct"
    " iswspace iswupper iswxdigit isxdigit j0 j1 jn labs ldexp lgamma lgamma_r llabs llrint"
    " llround log log10 log1p log2 logb lrint lround malloc memchr memcmp memcpy memmove mempcpy"
    " memset modf nan nearbyint nextafter nexttoward posix_memalign pow pow10 printf putc"
    " putc_unlocked putchar putchar_unlocked puts realloc remainder remquo rindex rint round"
    " roundeven scalb scalbln scalbn scanf significand sin sincos sinh snprintf sprintf sqrt"
    " sscanf stpcpy stpncpy strcasecmp strcat strchr strcmp strcpy strcspn strdup strfmon"
    " strftime strlen strncasecmp strncat strncmp strncpy strndup strnlen strpbrk strrchr strspn"
    " strstr tan tanh tgamma toascii tolower toupper towlower towupper trunc vfprintf vfscanf"
    " vprintf vscanf vsnprintf vsprintf vsscanf y0 y1 yn ";

/* By the __REDIRECT lines of glibc's headers: C99, C23, POSIX and large files. */
static const char REDIRECTED[] =
    " basename creat fallocate fgetpos fopen freopen fscanf fseeko fsetpos fstat fstatat"
    " fstatfs fstatvfs ftello ftruncate ftw fwscanf getpgrp getrlimit glob globfree lockf lseek"
    " lstat mkostemp mkostemps mkstemp mkstemps mmap nftw open openat posix_fadvise"
    " posix_fallocate pread preadv pwrite pwritev readdir readdir_r scandir scanf sendfile"
    " setrlimit sigpause signal sscanf stat statfs statvfs strerror_r strtoimax strtol strtoll"
    " strtoul strtoull strtoumax swscanf tmpfile truncate versionsort vfscanf vfwscanf vscanf"
    " vsscanf vswscanf vwscanf wcstoimax wcstol wcstoll wcstoul wcstoull wcstoumax wscanf ";

static bool
is_listed(const char *list, struct str name)
{
	char word[24];

	if (name.len == 0 || name.len + 3 > sizeof word)
		return false;
	word[0] = ' ';
	memcpy(word + 1, name.data, name.len);
	word[name.len + 1] = ' ';
	word[name.len + 2] = '\0';
	return strstr(list, word) != NULL;
}

bool
names_is_builtin(struct str name)
{
	return is_listed(BUILTINS, name) || ((str_ends(name, STR("f")) || str_ends(name, STR("l")))
	    && is_listed(BUILTINS, str_slice(name, 0, name.len - 1)));
}

bool
names_is_redirected(struct str name)
{
	return is_listed(REDIRECTED, name);
}

struct str
interface_nearest(const struct interface *i, struct str name)
{
	unsigned limit = name.len <= 4 ? 1 : 2;
	struct str best = {0};

	for (const struct map_entry *e = map_first(&i->names); e; e = map_next(e)) {
		const struct name *n = map_value(e);
		unsigned far = n->nversions > 0 ? str_distance(name, n->text, limit) : limit + 1;

		if (far <= limit && far > 0) {
			best = n->text;
			limit = far - 1;
		}
	}
	return best;
}

bool
interface_later(const struct interface *i, struct str text, size_t number, size_t *later)
{
	const struct name *n = map_get(&i->names, text);

	for (size_t k = 0; n && k < n->nversions; k++) {
		const struct interface_cell *c = i->cells.list[n->versions[k]];

		*later = c->source.number;
		if (*later > number)
			return true;
	}
	return false;
}
