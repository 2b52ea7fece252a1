#include "runner/build/sanitizer.h"

#include "tangle/base/arena.h"
#include "tangle/base/buf.h"

static const struct {
	const char *name;
	unsigned set;
} known[] = {
	{ "address", SANITIZER_ADDRESS },
	{ "thread", SANITIZER_THREAD },
	{ "leak", SANITIZER_LEAK },
	{ "undefined", SANITIZER_UNDEFINED },
};

static const struct {
	const char *name, *why;
} refused[] = {
	{ "memory", "it would have to be in libc as well; sanitize=address finds other misuse" },
	{ "hwaddress", "the host's own memory is not tagged; sanitize=address does the same work" },
	{ "kernel-address", "it is for kernels" }, { "kernel-hwaddress", "it is for kernels" },
	{ "fuzzer", "it brings a main of its own" },
	{ "cfi", "it needs -flto" },
	{ "dataflow", "what is not compiled with it, libc too, has to be wrapped" },
	{ "safe-stack", "each object would need its own" },
	{ "shadow-call-stack", "each object would need its own" },
};

unsigned
sanitizer_named(struct str name)
{
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (str_eq(name, str_of(known[i].name)))
			return known[i].set;
	return 0;
}

const char *
sanitizer_refusal(struct str name)
{
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		if (str_eq(name, str_of(refused[i].name)))
			return refused[i].why;
	return NULL;
}

/* Take the list behind "-fsanitize=" (or another spelling). */
static bool
names_in(struct str flag, const char *spelling, struct str *names)
{
	struct str s = str_of(spelling);

	if (!str_starts(flag, s))
		return false;
	*names = str_slice(flag, s.len, flag.len);
	return true;
}

unsigned
sanitizer_after(unsigned set, struct str flag)
{
	struct str rest, name;
	unsigned one;

	if (names_in(flag, "-fsanitize=", &rest)) {
		while (rest.len > 0) {
			one = sanitizer_named(str_cut(rest, ',', &rest));
			/* shift, bounds, null, ...: all checks of one library */
			set |= one ? one : (unsigned)SANITIZER_UNDEFINED;
		}
	} else if (names_in(flag, "-fno-sanitize=", &rest)) {
		while (rest.len > 0) {
			name = str_cut(rest, ',', &rest);
			set = str_eq(name, STR("all")) ? 0 : set & ~sanitizer_named(name);
		}
	}
	return set;
}

struct str
sanitizer_refused_in(struct str flag)
{
	struct str rest, name;

	if (!names_in(flag, "-fsanitize=", &rest))
		return (struct str){0};
	while (rest.len > 0) {
		name = str_cut(rest, ',', &rest);
		if (sanitizer_refusal(name))
			return name;
	}
	return (struct str){0};
}

bool
sanitizer_clash(unsigned set)
{
	return set & SANITIZER_THREAD && set & (SANITIZER_ADDRESS | SANITIZER_LEAK);
}

struct str
sanitizer_names(unsigned set, struct arena *a)
{
	struct buf b = {0};

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (set & known[i].set)
			buf_printf(&b, "%s%s", b.len > 0 ? "," : "", known[i].name);
	return buf_take(&b, a);
}

size_t
sanitizer_flags(unsigned set, struct str to[SANITIZER_FLAGS], struct arena *a)
{
	size_t n = 0;

	to[n++] = arena_printf(a, "-fsanitize=%.*s", STR_ARG(sanitizer_names(set, a)));
	if (set & SANITIZER_UNDEFINED)	/* what was computed then is not to be trusted */
		to[n++] = STR("-fno-sanitize-recover=undefined");
	if (set & ~(unsigned)SANITIZER_UNDEFINED)	/* or the calls to malloc are lost */
		to[n++] = STR("-fno-omit-frame-pointer");
	return n;
}
