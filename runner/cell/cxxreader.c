#include "runner/cell/cxxreader.h"

#include <string.h>

#include "tangle/base/mem.h"

enum { FARTHEST = 4096 };	/* tokens between < and > */

bool
cxx_is_one_of(const struct token *t, const char *words)
{
	size_t len = t->text.len;
	const char *at = words;

	if (t->kind != TOKEN_IDENTIFIER)
		return false;
	while ((at = strchr(at, ' ')) != NULL) {
		at++;
		if (strncmp(at, t->text.data, len) == 0 && at[len] == ' ')
			return true;
	}
	return false;
}

bool
cxx_is_specifier(const struct token *t)
{
	return cxx_is_one_of(t, " static inline constexpr consteval constinit const volatile extern"
	    " typedef register mutable explicit virtual typename friend thread_local __thread"
	    " __inline __inline__ __extension__ __restrict _Thread_local ");
}

bool
cxx_is_type(const struct token *t)
{
	return cxx_is_one_of(t, " void bool char short int long float double signed unsigned auto"
	    " wchar_t char8_t char16_t char32_t __int128 __float128 _Float16 ");
}

bool
cxx_is_class_key(const struct token *t)
{
	return cxx_is_one_of(t, " class struct union enum ");
}

bool
cxx_is_statement_word(const struct token *t)
{
	return cxx_is_one_of(t, " if else for while do switch case default return goto break continue"
	    " try catch throw new delete co_return co_await co_yield this sizeof static_cast"
	    " dynamic_cast reinterpret_cast const_cast ");
}

bool
cxx_is_name(const struct token *t)
{
	return t->kind == TOKEN_IDENTIFIER && !cxx_is_specifier(t) && !cxx_is_type(t)
	    && !cxx_is_class_key(t) && !cxx_is_statement_word(t)
	    && !cxx_is_one_of(t, " operator template using namespace requires noexcept override final ");
}

size_t
cxx_behind_angles(const struct cxx_reader *r, size_t i)
{
	size_t from = i, steps = 0;
	long depth = 0;

	if (!is(r, i, '<'))
		return i;
	for (; i < r->ts.n && steps < FARTHEST; i = next(r, i), steps++) {
		if (is(r, i, '<'))
			depth++;
		else if (is(r, i, '>'))
			depth--;
		else if (says(r, i, ">>"))
			depth -= 2;
		else if (is(r, i, ';') || is(r, i, '}'))
			break;
		if (depth <= 0)
			return next(r, i);
	}
	return from;
}

size_t
cxx_behind_attributes(const struct cxx_reader *r, size_t i)
{
	for (;;) {
		if (is(r, i, '[') && is(r, i + 1, '['))
			i = next(r, i);
		else if (cxx_is_one_of(token(r, i), " __attribute__ __attribute alignas __declspec ")
		    && is(r, i + 1, '('))
			i = next(r, i + 1);
		else
			return i;
	}
}

size_t
cxx_behind_name(const struct cxx_reader *r, size_t i, size_t *last)
{
	size_t from = i;

	if (says(r, i, "::"))
		i++;
	for (;;) {
		if (is(r, i, '~'))
			i++;
		if (!cxx_is_name(token(r, i)))
			return says(r, i, "operator") && i > from ? i : from;
		*last = i;
		i = next(r, i);
		i = cxx_behind_angles(r, i);
		if (!says(r, i, "::") || is(r, i + 1, '*'))
			return i;
		i++;
		if (says(r, i, "template"))
			i++;
	}
}

void
cxx_add_name(struct cxx_reader *r, struct str name)
{
	r->names = mem_grow(r->names, &r->names_cap, r->nnames + 1, sizeof *r->names);
	r->names[r->nnames++] = name;
}
