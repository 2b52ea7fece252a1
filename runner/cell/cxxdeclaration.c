#include "runner/cell/cxxdeclaration.h"

#include "runner/cell/cxxreader.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/mem.h"

/* The enumerators of "enum E {"; those of a scoped one are no names of ours. */
static void
add_enumerators(struct cxx_reader *r, size_t brace)
{
	size_t end = token(r, brace)->after, i = brace + 1;

	while (i + 1 < end) {
		if (cxx_is_name(token(r, i)))
			cxx_add_name(r, token(r, i)->text);
		while (i + 1 < end && !is(r, i, ','))
			i = next(r, i);
		i++;
	}
}

/* class X final : public Y {...}: behind it all. */
static size_t
read_class(struct cxx_reader *r, size_t i, struct cxx_specifiers *s)
{
	bool is_enum = says(r, i, "enum"), is_scoped = false;
	size_t last = 0, behind;

	s->is_class = s->is_sure = s->has_type = true;
	i++;
	if (is_enum && cxx_is_class_key(token(r, i))) {
		is_scoped = true;
		i++;
	}
	i = cxx_behind_attributes(r, i);
	behind = cxx_behind_name(r, i, &last);
	if (behind > i && behind == last + 1)	/* else a specialisation */
		s->tag = token(r, last)->text;
	i = behind;
	if (cxx_is_one_of(token(r, i), " final "))
		i++;
	if (is(r, i, ':')) {
		while (i < r->ts.n && !is(r, i, '{') && !is(r, i, ';'))
			i = is(r, i, '<') && cxx_behind_angles(r, i) > i ? cxx_behind_angles(r, i) : next(r, i);
	}
	if (!is(r, i, '{'))
		return i;
	s->has_body = true;
	if (is_enum && !is_scoped)
		add_enumerators(r, i);
	return next(r, i);
}

static void
note_specifier(struct cxx_reader *r, size_t i, struct cxx_specifiers *s)
{
	const struct token *t = token(r, i);

	s->is_sure = true;
	s->is_typedef |= says(r, i, "typedef");
	s->is_extern |= says(r, i, "extern");
	s->is_inline |= cxx_is_one_of(t, " inline __inline __inline__ constexpr consteval ");
	if (says(r, i, "static")) {
		r->statics = mem_grow(r->statics, &r->statics_cap, r->nstatics + 1,
		    sizeof *r->statics);
		r->statics[r->nstatics++] = t->text;
	}
}

bool
cxx_goes_on_as_declaration(const struct cxx_reader *r, size_t i)
{
	const struct token *t = token(r, i);

	return cxx_is_name(t) || cxx_is_specifier(t) || cxx_is_type(t) || cxx_is_class_key(t)
	    || says(r, i, "operator") || cxx_is_one_of(t, " __attribute__ ")
	    || ((token_is(t, '*') || token_is(t, '&') || says(r, i, "&&"))
	    && (cxx_is_name(token(r, i + 1)) || cxx_is_specifier(token(r, i + 1))
	    || is(r, i + 1, '*') || is(r, i + 1, '&') || says(r, i + 1, "operator")));
}

size_t
cxx_read_specifiers(struct cxx_reader *r, size_t i, struct cxx_specifiers *s)
{
	for (; i < r->ts.n;) {
		const struct token *t = token(r, i);
		size_t last, behind = cxx_behind_attributes(r, i);

		if (behind > i) {
			i = behind;
		} else if (cxx_is_specifier(t)) {
			note_specifier(r, i, s);
			i = next(r, i);
		} else if (cxx_is_type(t)) {
			s->has_type = s->is_sure = true;
			s->has_auto |= says(r, i, "auto");
			i = next(r, i);
			if (is(r, i, '(') && s->has_auto && is(r, i + 1, ')'))
				return i;
		} else if (cxx_is_one_of(t, " decltype typeof __typeof__ __typeof ") && is(r, i + 1, '(')) {
			s->has_type = s->is_sure = true;
			i = next(r, i + 1);
		} else if (cxx_is_class_key(t) && !s->has_type) {
			i = read_class(r, i, s);
		} else if (!s->has_type && (behind = cxx_behind_name(r, i, &last)) > i
		    && !says(r, behind - 1, "::") && cxx_goes_on_as_declaration(r, behind)) {
			/* API int f(): a macro, then the type */
			s->has_type = !cxx_is_type(token(r, behind)) && !cxx_is_class_key(token(r, behind));
			i = behind;
		} else {
			return i;
		}
	}
	return i;
}

/* ---- declarators ---- */

size_t
cxx_behind_pointers(const struct cxx_reader *r, size_t i)
{
	size_t last;

	for (;;) {
		if (is(r, i, '*') || is(r, i, '&') || says(r, i, "&&") || says(r, i, "...")
		    || cxx_is_specifier(token(r, i)))
			i = next(r, i);
		else if (cxx_behind_name(r, i, &last) > i && says(r, cxx_behind_name(r, i, &last), "::"))
			i = cxx_behind_name(r, i, &last) + 1;	/* P::* */
		else if (cxx_behind_attributes(r, i) > i)
			i = cxx_behind_attributes(r, i);
		else
			return i;
	}
}

/* Could it be what a parameter begins with, rather than a value? */
static bool
is_parameter(const struct cxx_reader *r, size_t i, size_t end)
{
	const struct token *t = token(r, i);
	size_t last = i, behind;

	if (cxx_is_type(t) && is(r, i + 1, '('))
		return !(token(r, i + 2)->kind == TOKEN_NUMBER);
	if (i >= end || says(r, i, "...") || cxx_is_specifier(t) || cxx_is_type(t) || cxx_is_class_key(t)
	    || cxx_is_one_of(t, " decltype "))
		return true;
	behind = cxx_behind_name(r, i, &last);
	if (behind == i)
		return false;
	if (behind >= end || is(r, behind, ',')) {
		struct str word = token(r, last)->text;

		for (size_t k = 0; k < word.len; k++)	/* a constant is all capitals */
			if (word.data[k] >= 'a' && word.data[k] <= 'z')
				return true;
		return word.len == 1;
	}
	return cxx_is_name(token(r, behind)) || is(r, behind, '*') || is(r, behind, '&')
	    || says(r, behind, "&&") || says(r, behind, "...") || cxx_is_specifier(token(r, behind));
}

static size_t
read_operator(const struct cxx_reader *r, size_t i, struct cxx_declarator *d)
{
	d->is_operator = d->is_there = true;
	i++;
	if (is(r, i, '(') && is(r, i + 1, ')'))
		return next(r, i);
	while (i < r->ts.n && !is(r, i, '(') && !is(r, i, ';') && !is(r, i, '{'))
		i = next(r, i);
	return i;
}

size_t
cxx_read_declarator(const struct cxx_reader *r, size_t i, struct cxx_declarator *d)
{
	size_t last = 0, behind;

	*d = (struct cxx_declarator){0};
	i = cxx_behind_pointers(r, i);
	behind = cxx_behind_name(r, i, &last);
	if (behind > i) {
		d->is_there = true;
		d->name = token(r, last)->text;
		d->is_qualified = last > i;
	} else if (is(r, i, '(')) {		/* (*name)(int) */
		size_t inside = cxx_behind_pointers(r, i + 1);

		if (cxx_behind_name(r, inside, &last) == inside)
			return i;
		d->is_there = true;
		d->name = token(r, last)->text;
		behind = next(r, i);
		while (is(r, behind, '(') || is(r, behind, '['))
			behind = next(r, behind);
		return d->behind = behind;
	}
	if (says(r, behind, "operator")) {
		d->name = (struct str){0};
		d->is_qualified = behind > i;
		behind = read_operator(r, behind, d);
	}
	if (d->is_there && is(r, behind, '(')) {
		d->parameters = behind;
		d->is_function = d->is_operator
		    || is_parameter(r, behind + 1, token(r, behind)->after - 1);
		behind = next(r, behind);
	}
	while (is(r, behind, '['))
		behind = next(r, behind);
	return d->behind = behind;
}

/* Behind ": a(1), b{2}", in front of the body. */
static size_t
behind_initialisers(const struct cxx_reader *r, size_t i)
{
	size_t last;

	do {
		i = cxx_behind_name(r, i + 1, &last);
		if (is(r, i, '(') || is(r, i, '{'))
			i = next(r, i);
		if (says(r, i, "..."))
			i++;
	} while (is(r, i, ','));
	return i;
}

size_t
cxx_item_end(const struct cxx_reader *r, size_t i, bool is_function, size_t *body)
{
	bool has_value = false, tries = false;

	*body = 0;
	while (i < r->ts.n && !is(r, i, '}')) {
		if (is(r, i, ';'))
			return i + 1;
		if (is(r, i, '{') && is_function && !has_value) {
			*body = i;
			i = next(r, i);
			while (tries && says(r, i, "catch"))
				i = next(r, next(r, i + 1));
			return i;
		}
		if (is(r, i, ':') && is_function && !has_value) {
			i = behind_initialisers(r, i);
			continue;
		}
		if (says(r, i, "requires") && says(r, i + 1, "requires")) {
			for (i += 2; is(r, i, '(') || is(r, i, '{'); )
				i = next(r, i);
			continue;
		}
		has_value |= is(r, i, '=');
		tries |= says(r, i, "try");
		i = next(r, i);
	}
	return i;
}

/* ---- signatures ---- */

static void
add_parameter(const struct cxx_reader *r, size_t from, size_t end, struct buf *b)
{
	size_t i, last = end, n = 0;

	for (i = from; i < end && !is(r, i, '='); i = token_next(&r->ts, i)) {
		last = i;
		n++;
	}
	/* Its own name says nothing. */
	if (n > 1 && cxx_is_name(token(r, last)) && !says(r, last - 1, "::")
	    && !cxx_is_class_key(token(r, last - 1)) && !says(r, last - 1, "const"))
		n--;
	for (i = from; n > 0; i = token_next(&r->ts, i), n--)
		buf_printf(b, "%.*s ", STR_ARG(token(r, i)->text));
}

struct str
cxx_signature_of(const struct cxx_reader *r, size_t open)
{
	size_t end = token(r, open)->after - 1, from = open + 1, i = from;
	struct buf b = {0};

	while (i < end) {
		size_t over = cxx_behind_angles(r, i);

		if (over > i && over <= end) {
			i = over;
			continue;
		}
		if (is(r, i, ',')) {
			add_parameter(r, from, i, &b);
			buf_byte(&b, ',');
			from = i + 1;
		}
		i = next(r, i);
	}
	if (from < end)
		add_parameter(r, from, end, &b);
	return str_trim(buf_take(&b, r->arena));
}
