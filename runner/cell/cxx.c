#include "runner/cell/cxx.h"

#include <string.h>

#include "runner/cell/tokens.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/mem.h"

enum { FARTHEST = 4096 };	/* tokens between < and > */

struct reader {
	struct tokens ts;
	struct arena *arena;
	size_t at;		/* next token */
	size_t line;		/* next # line */
	size_t open;		/* namespaces */
	struct cxx_item *items;
	size_t n, cap;
	struct str *names, *statics;	/* of the item at hand */
	size_t nnames, names_cap, nstatics, statics_cap;
};

/* What the words in front of a declarator say. */
struct specifiers {
	bool has_type;		/* a type was met */
	bool is_sure;		/* a keyword says that this is a declaration */
	bool has_auto, is_typedef, is_extern, is_inline;
	bool has_body;		/* of a class or an enum */
	bool is_class;		/* it is (or begins) with class, struct, union, enum */
	struct str tag;
};

static const struct token *
token(const struct reader *r, size_t i)
{
	return &r->ts.token[i < r->ts.n ? i : r->ts.n];
}

static bool
is(const struct reader *r, size_t i, char punctuator)
{
	return token_is(token(r, i), punctuator);
}

static bool
says(const struct reader *r, size_t i, const char *text)
{
	return str_eq(token(r, i)->text, str_of(text));
}

static bool
is_one_of(const struct token *t, const char *words)
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

static bool
is_specifier(const struct token *t)
{
	return is_one_of(t, " static inline constexpr consteval constinit const volatile extern"
	    " typedef register mutable explicit virtual typename friend thread_local __thread"
	    " __inline __inline__ __extension__ __restrict _Thread_local ");
}

static bool
is_type(const struct token *t)
{
	return is_one_of(t, " void bool char short int long float double signed unsigned auto"
	    " wchar_t char8_t char16_t char32_t __int128 __float128 _Float16 ");
}

static bool
is_class_key(const struct token *t)
{
	return is_one_of(t, " class struct union enum ");
}

static bool
is_statement_word(const struct token *t)
{
	return is_one_of(t, " if else for while do switch case default return goto break continue"
	    " try catch throw new delete co_return co_await co_yield this sizeof static_cast"
	    " dynamic_cast reinterpret_cast const_cast ");
}

static bool
is_open(const struct token *t)
{
	return token_is(t, '(') || token_is(t, '[') || token_is(t, '{');
}

static bool
is_name(const struct token *t)
{
	return t->kind == TOKEN_IDENTIFIER && !is_specifier(t) && !is_type(t) && !is_class_key(t)
	    && !is_statement_word(t)
	    && !is_one_of(t, " operator template using namespace requires noexcept override final ");
}

/* The token behind, over brackets as a whole. */
static size_t
next(const struct reader *r, size_t i)
{
	const struct token *t = token(r, i);

	if (i < r->ts.n && is_open(t) && t->after != TOKEN_NONE)
		return t->after;
	return token_next(&r->ts, i);
}

/* Behind <...>; i itself if that is no list. */
static size_t
behind_angles(const struct reader *r, size_t i)
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

/* Behind [[...]], __attribute__((...)), alignas(...); i itself if there is none. */
static size_t
behind_attributes(const struct reader *r, size_t i)
{
	for (;;) {
		if (is(r, i, '[') && is(r, i + 1, '['))
			i = next(r, i);
		else if (is_one_of(token(r, i), " __attribute__ __attribute alignas __declspec ")
		    && is(r, i + 1, '('))
			i = next(r, i + 1);
		else
			return i;
	}
}

/*
 * A name with what qualifies it: a, ::a, a::b<int>::c, P::~P, P::operator+.
 * Stops in front of `operator`.  i itself if there is none.
 */
static size_t
behind_name(const struct reader *r, size_t i, size_t *last)
{
	size_t from = i;

	if (says(r, i, "::"))
		i++;
	for (;;) {
		if (is(r, i, '~'))
			i++;
		if (!is_name(token(r, i)))
			return says(r, i, "operator") && i > from ? i : from;
		*last = i;
		i = next(r, i);
		i = behind_angles(r, i);
		if (!says(r, i, "::") || is(r, i + 1, '*'))
			return i;
		i++;
		if (says(r, i, "template"))
			i++;
	}
}

static void
add_name(struct reader *r, struct str name)
{
	r->names = mem_grow(r->names, &r->names_cap, r->nnames + 1, sizeof *r->names);
	r->names[r->nnames++] = name;
}

/* The enumerators of "enum E {"; those of a scoped one are no names of ours. */
static void
add_enumerators(struct reader *r, size_t brace)
{
	size_t end = token(r, brace)->after, i = brace + 1;

	while (i + 1 < end) {
		if (is_name(token(r, i)))
			add_name(r, token(r, i)->text);
		while (i + 1 < end && !is(r, i, ','))
			i = next(r, i);
		i++;
	}
}

/* class X final : public Y {...}: behind it all. */
static size_t
read_class(struct reader *r, size_t i, struct specifiers *s)
{
	bool is_enum = says(r, i, "enum"), is_scoped = false;
	size_t last = 0, behind;

	s->is_class = s->is_sure = s->has_type = true;
	i++;
	if (is_enum && is_class_key(token(r, i))) {
		is_scoped = true;
		i++;
	}
	i = behind_attributes(r, i);
	behind = behind_name(r, i, &last);
	if (behind > i && behind == last + 1)	/* else a specialisation */
		s->tag = token(r, last)->text;
	i = behind;
	if (is_one_of(token(r, i), " final "))
		i++;
	if (is(r, i, ':')) {
		while (i < r->ts.n && !is(r, i, '{') && !is(r, i, ';'))
			i = is(r, i, '<') && behind_angles(r, i) > i ? behind_angles(r, i) : next(r, i);
	}
	if (!is(r, i, '{'))
		return i;
	s->has_body = true;
	if (is_enum && !is_scoped)
		add_enumerators(r, i);
	return next(r, i);
}

static void
note_specifier(struct reader *r, size_t i, struct specifiers *s)
{
	const struct token *t = token(r, i);

	s->is_sure = true;
	s->is_typedef |= says(r, i, "typedef");
	s->is_extern |= says(r, i, "extern");
	s->is_inline |= is_one_of(t, " inline __inline __inline__ constexpr consteval ");
	if (says(r, i, "static")) {
		r->statics = mem_grow(r->statics, &r->statics_cap, r->nstatics + 1,
		    sizeof *r->statics);
		r->statics[r->nstatics++] = t->text;
	}
}

/* May a declarator, or more of a type, follow a name that stands first? */
static bool
goes_on_as_declaration(const struct reader *r, size_t i)
{
	const struct token *t = token(r, i);

	return is_name(t) || is_specifier(t) || is_type(t) || is_class_key(t)
	    || says(r, i, "operator") || is_one_of(t, " __attribute__ ")
	    || ((token_is(t, '*') || token_is(t, '&') || says(r, i, "&&"))
	    && (is_name(token(r, i + 1)) || is_specifier(token(r, i + 1))
	    || is(r, i + 1, '*') || is(r, i + 1, '&') || says(r, i + 1, "operator")));
}

static size_t
read_specifiers(struct reader *r, size_t i, struct specifiers *s)
{
	for (; i < r->ts.n;) {
		const struct token *t = token(r, i);
		size_t last, behind = behind_attributes(r, i);

		if (behind > i) {
			i = behind;
		} else if (is_specifier(t)) {
			note_specifier(r, i, s);
			i = next(r, i);
		} else if (is_type(t)) {
			s->has_type = s->is_sure = true;
			s->has_auto |= says(r, i, "auto");
			i = next(r, i);
			if (is(r, i, '(') && s->has_auto && is(r, i + 1, ')'))
				return i;
		} else if (is_one_of(t, " decltype typeof __typeof__ __typeof ") && is(r, i + 1, '(')) {
			s->has_type = s->is_sure = true;
			i = next(r, i + 1);
		} else if (is_class_key(t) && !s->has_type) {
			i = read_class(r, i, s);
		} else if (!s->has_type && (behind = behind_name(r, i, &last)) > i
		    && !says(r, behind - 1, "::") && goes_on_as_declaration(r, behind)) {
			/* API int f(): a macro, then the type */
			s->has_type = !is_type(token(r, behind)) && !is_class_key(token(r, behind));
			i = behind;
		} else {
			return i;
		}
	}
	return i;
}

/* ---- declarators ---- */

struct declarator {
	struct str name;	/* empty: none, or one that cannot be said plainly */
	bool is_there;
	bool is_qualified, is_operator;
	bool is_function;
	size_t parameters;	/* the parenthesis */
	size_t behind;
};

static size_t
behind_pointers(const struct reader *r, size_t i)
{
	size_t last;

	for (;;) {
		if (is(r, i, '*') || is(r, i, '&') || says(r, i, "&&") || says(r, i, "...")
		    || is_specifier(token(r, i)))
			i = next(r, i);
		else if (behind_name(r, i, &last) > i && says(r, behind_name(r, i, &last), "::"))
			i = behind_name(r, i, &last) + 1;	/* P::* */
		else if (behind_attributes(r, i) > i)
			i = behind_attributes(r, i);
		else
			return i;
	}
}

/* Could it be what a parameter begins with, rather than a value? */
static bool
is_parameter(const struct reader *r, size_t i, size_t end)
{
	const struct token *t = token(r, i);
	size_t last = i, behind;

	if (is_type(t) && is(r, i + 1, '('))
		return !(token(r, i + 2)->kind == TOKEN_NUMBER);
	if (i >= end || says(r, i, "...") || is_specifier(t) || is_type(t) || is_class_key(t)
	    || is_one_of(t, " decltype "))
		return true;
	behind = behind_name(r, i, &last);
	if (behind == i)
		return false;
	if (behind >= end || is(r, behind, ',')) {
		struct str word = token(r, last)->text;

		for (size_t k = 0; k < word.len; k++)	/* a constant is all capitals */
			if (word.data[k] >= 'a' && word.data[k] <= 'z')
				return true;
		return word.len == 1;
	}
	return is_name(token(r, behind)) || is(r, behind, '*') || is(r, behind, '&')
	    || says(r, behind, "&&") || says(r, behind, "...") || is_specifier(token(r, behind));
}

static size_t
read_operator(const struct reader *r, size_t i, struct declarator *d)
{
	d->is_operator = d->is_there = true;
	i++;
	if (is(r, i, '(') && is(r, i + 1, ')'))
		return next(r, i);
	while (i < r->ts.n && !is(r, i, '(') && !is(r, i, ';') && !is(r, i, '{'))
		i = next(r, i);
	return i;
}

static size_t
read_declarator(const struct reader *r, size_t i, struct declarator *d)
{
	size_t last = 0, behind;

	*d = (struct declarator){0};
	i = behind_pointers(r, i);
	behind = behind_name(r, i, &last);
	if (behind > i) {
		d->is_there = true;
		d->name = token(r, last)->text;
		d->is_qualified = last > i;
	} else if (is(r, i, '(')) {		/* (*name)(int) */
		size_t inside = behind_pointers(r, i + 1);

		if (behind_name(r, inside, &last) == inside)
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
behind_initialisers(const struct reader *r, size_t i)
{
	size_t last;

	do {
		i = behind_name(r, i + 1, &last);
		if (is(r, i, '(') || is(r, i, '{'))
			i = next(r, i);
		if (says(r, i, "..."))
			i++;
	} while (is(r, i, ','));
	return i;
}

/*
 * The token behind the item's last.  A function's body ends it; *body is its
 * brace, or 0.
 */
static size_t
item_end(const struct reader *r, size_t i, bool is_function, size_t *body)
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
add_parameter(const struct reader *r, size_t from, size_t end, struct buf *b)
{
	size_t i, last = end, n = 0;

	for (i = from; i < end && !is(r, i, '='); i = token_next(&r->ts, i)) {
		last = i;
		n++;
	}
	/* Its own name says nothing. */
	if (n > 1 && is_name(token(r, last)) && !says(r, last - 1, "::")
	    && !is_class_key(token(r, last - 1)) && !says(r, last - 1, "const"))
		n--;
	for (i = from; n > 0; i = token_next(&r->ts, i), n--)
		buf_printf(b, "%.*s ", STR_ARG(token(r, i)->text));
}

static struct str
signature_of(const struct reader *r, size_t open)
{
	size_t end = token(r, open)->after - 1, from = open + 1, i = from;
	struct buf b = {0};

	while (i < end) {
		size_t over = behind_angles(r, i);

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

/* ---- items ---- */

static struct str
text_between(const struct reader *r, size_t from, size_t end)
{
	const char *start = token(r, from)->text.data;
	struct str last = token(r, end > from ? end - 1 : from)->text;

	return (struct str){ start, (size_t)(last.data + last.len - start) };
}

static size_t
end_line(struct str text, size_t line)
{
	for (size_t i = 0; i < text.len; i++)
		line += text.data[i] == '\n';
	return line;
}

static struct cxx_item *
add_item(struct reader *r, enum cxx_kind kind, size_t end)
{
	struct cxx_item *it;

	r->items = mem_grow(r->items, &r->cap, r->n + 1, sizeof *r->items);
	it = &r->items[r->n++];
	*it = (struct cxx_item){ .kind = kind, .text = text_between(r, r->at, end),
	    .line = token(r, r->at)->line };
	it->end_line = end_line(it->text, it->line);
	it->names = arena_copy(r->arena, r->names, r->nnames, sizeof *r->names);
	it->nnames = r->nnames;
	it->statics = arena_copy(r->arena, r->statics, r->nstatics, sizeof *r->statics);
	it->nstatics = r->nstatics;
	r->at = end;
	return it;
}

/* namespace a::b {, inline namespace c {, namespace {, namespace x = y; */
static void
read_namespace(struct reader *r)
{
	size_t i = r->at + (says(r, r->at, "inline") ? 2 : 1), last = 0, from = r->at, name;

	i = behind_attributes(r, i);
	name = i;
	i = behind_name(r, i, &last);
	if (is(r, i, '{')) {
		struct cxx_item *it = add_item(r, CXX_OPEN, i + 1);

		it->head = text_between(r, from, i);
		it->is_unnamed = i == name;
		r->open++;
		return;
	}
	if (i > name)
		add_name(r, token(r, last)->text);
	while (i < r->ts.n && !is(r, i, ';'))
		i = next(r, i);
	add_item(r, CXX_USING, i + 1 < r->ts.n ? i + 1 : r->ts.n);
}

static void
read_using(struct reader *r)
{
	bool is_alias = is_name(token(r, r->at + 1)) && is(r, behind_attributes(r, r->at + 2), '=');
	size_t body;

	if (is_alias)
		add_name(r, token(r, r->at + 1)->text);
	add_item(r, is_alias ? CXX_TYPE : CXX_USING, item_end(r, r->at, false, &body));
}

static bool
is_extern_c(const struct reader *r, size_t i)
{
	return says(r, i, "extern") && says(r, i + 1, "\"C\"");
}

/* One declaration, or a block of them: where C ends is found the same way. */
static void
read_extern_c(struct reader *r)
{
	size_t first = r->at + 2, body, i = first, from = r->at;
	struct specifiers s = {0};
	struct declarator d;
	struct cxx_item *it;

	if (is(r, first, '{')) {
		size_t end = token(r, first)->after;
		struct str open = token(r, first)->text;

		it = add_item(r, CXX_C, end);
		it->head = text_between(r, from, first + 1);
		it->body = (struct str){ open.data + open.len,
		    (size_t)(it->text.data + it->text.len - open.data) - open.len
		    - str_ends(it->text, STR("}")) };
		return;
	}
	i = read_declarator(r, read_specifiers(r, i, &s), &d);
	r->nnames = r->nstatics = 0;
	it = add_item(r, CXX_C, item_end(r, d.is_there ? d.behind : i, d.is_function, &body));
	it->body = str_slice(it->text, (size_t)(token(r, first)->text.data - it->text.data),
	    it->text.len);
}

/* Names of all declarators of a definition. */
static void
add_declarators(struct reader *r, size_t i, size_t end)
{
	struct declarator d;

	while (i < end) {
		size_t behind = read_declarator(r, i, &d);

		if (d.is_there && d.name.len > 0 && !d.is_qualified)
			add_name(r, d.name);
		for (i = behind; i < end && !is(r, i, ',') && !is(r, i, ';'); ) {
			size_t over = behind_angles(r, i);

			i = over > i ? over : next(r, i);
		}
		i++;
	}
}

/* What is no declaration: a call that a macro may stand behind, or a statement. */
static void
read_other(struct reader *r, size_t behind, size_t last)
{
	struct str word = token(r, last)->text;
	bool is_call = behind > r->at && is(r, behind, '('), is_capital = true;
	size_t body, end = item_end(r, is_call ? next(r, behind) : r->at, is_call, &body);

	for (size_t k = 0; k < word.len; k++)
		is_capital &= !(word.data[k] >= 'a' && word.data[k] <= 'z');
	if (is_call && says(r, next(r, behind), "->"))	/* Box(T) -> Box<T>; */
		add_item(r, CXX_INLINE, end);
	else if (is_call && (body || is_capital))
		add_item(r, CXX_LOCAL, end);
	else
		add_item(r, CXX_STATEMENT, end > r->at ? end : r->at + 1);
}

static enum cxx_kind
kind_of_function(const struct specifiers *s, const struct declarator *d, size_t body, bool template)
{
	if (body == 0)
		return CXX_DECLARATION;
	if (template || s->is_inline || (s->has_auto))
		return CXX_INLINE;
	return d->is_qualified ? CXX_LOCAL : CXX_FUNCTION;
}

/* `auto f() -> int` says its type. */
static bool
says_result(const struct reader *r, const struct declarator *d, size_t body)
{
	for (size_t i = d->behind; i < body; i = next(r, i))
		if (says(r, i, "->"))
			return true;
	return false;
}

static void
finish_function(struct reader *r, struct specifiers *s, const struct declarator *d, bool template)
{
	size_t from = r->at, body, end = item_end(r, d->behind, true, &body);
	struct cxx_item *it;

	s->has_auto &= !says_result(r, d, body);
	r->nnames = 0;
	if (!d->is_operator && !d->is_qualified)
		add_name(r, d->name);
	it = add_item(r, kind_of_function(s, d, body, template), end);
	it->is_function = true;
	it->signature = signature_of(r, d->parameters);
	if (template)
		it->signature = arena_printf(r->arena, "<> %.*s", STR_ARG(it->signature));
	if (body)
		it->head = text_between(r, from, body);
}

static void
finish_variables(struct reader *r, const struct specifiers *s, size_t i,
    const struct declarator *d, bool template)
{
	size_t body, end = item_end(r, d->is_there ? d->behind : i, false, &body);
	bool is_binding = s->has_auto && is(r, behind_pointers(r, i), '[');
	bool has_value = false;
	size_t from = r->at, behind = behind_attributes(r, from);
	struct cxx_item *it;

	for (size_t k = i; k < end; k = next(r, k))
		has_value |= is(r, k, '=') || is(r, k, '{');
	add_declarators(r, i, end);
	it = add_item(r, s->is_typedef ? CXX_TYPE : template ? CXX_INLINE
	    : s->is_extern && !has_value ? CXX_DECLARATION
	    : is_binding || d->is_qualified ? CXX_LOCAL : CXX_VARIABLE, end);
	it->tag = s->has_body ? s->tag : (struct str){0};
	it->is_nameless_type = s->has_body && s->tag.len == 0;
	it->attributes = (size_t)(token(r, behind)->text.data - token(r, from)->text.data);
}

/* From the specifiers on; `i` is behind "template <...>" if there is one. */
static void
read_declaration(struct reader *r, size_t i, bool template)
{
	struct specifiers s = {0};
	struct declarator d = {0};
	size_t first = i, last = i, body;

	i = read_specifiers(r, i, &s);
	if (s.is_class && is(r, i, ';')) {
		if (s.tag.len > 0)
			add_name(r, s.tag);
		add_item(r, template && s.tag.len == 0 ? CXX_INLINE :
		    s.has_body || template ? CXX_TYPE : CXX_DECLARATION, i + 1);
		return;
	}
	if (!s.is_sure && !s.has_type) {
		size_t behind = behind_name(r, first, &last);

		if (behind > first && (is(r, behind, '(') || says(r, behind, "operator"))) {
			read_declarator(r, first, &d);	/* P::P(int), P::operator int() */
			item_end(r, d.behind, true, &body);
			if ((d.is_qualified && body) || template) {
				d.is_function = true;
				finish_function(r, &s, &d, template);
				return;
			}
		}
		read_other(r, behind, last);
		return;
	}
	read_declarator(r, i, &d);
	if (d.parameters && !d.is_function) {
		item_end(r, d.behind, true, &body);	/* with a body it is one, whatever it looks like */
		d.is_function = body && !is(r, d.behind, '=') && !is(r, d.behind, ',');
	}
	if (d.is_function)
		finish_function(r, &s, &d, template);
	else
		finish_variables(r, &s, i, &d, template);
}

static void
read_template(struct reader *r)
{
	size_t i = r->at, body;

	if (!is(r, i + 1, '<')) {	/* an explicit instantiation */
		add_item(r, CXX_LOCAL, item_end(r, i, false, &body));
		return;
	}
	while (says(r, i, "template") && behind_angles(r, i + 1) > i + 1)
		i = behind_angles(r, i + 1);
	if (says(r, i, "requires")) {
		for (i++; i < r->ts.n && (is_name(token(r, i)) || is(r, i, '(') || says(r, i, "::")
		    || says(r, i, "&&") || says(r, i, "||") || is(r, i, '<')); ) {
			size_t over = behind_angles(r, i), last;

			if (is_name(token(r, i)) && goes_on_as_declaration(r, behind_name(r, i, &last))) {
				i = behind_name(r, i, &last);
				break;
			}
			i = over > i ? over : next(r, i);
		}
	}
	if (says(r, i, "using") || says(r, i, "concept")) {
		add_name(r, token(r, i + 1)->text);
		add_item(r, CXX_TYPE, item_end(r, i, false, &body));
	} else if (i > r->at) {
		read_declaration(r, i, true);
	} else {
		add_item(r, CXX_LOCAL, item_end(r, i, false, &body));
	}
}

static void
read_close(struct reader *r)
{
	add_item(r, r->open > 0 ? CXX_CLOSE : CXX_LOCAL, r->at + 1);
	r->open -= r->open > 0;
}

static void
read_item(struct reader *r)
{
	size_t i = r->at, body;
	const struct token *t = token(r, i);

	if (is(r, i, '}'))
		read_close(r);
	else if (is(r, i, ';'))
		add_item(r, CXX_LOCAL, i + 1);
	else if (is_one_of(t, " static_assert _Static_assert asm __asm__ __asm "))
		add_item(r, CXX_LOCAL, item_end(r, i, false, &body));
	else if (is_extern_c(r, i))
		read_extern_c(r);
	else if (says(r, i, "extern") && says(r, i + 1, "template"))
		add_item(r, CXX_USING, item_end(r, i, false, &body));
	else if (says(r, i, "namespace") || (says(r, i, "inline") && says(r, i + 1, "namespace")))
		read_namespace(r);
	else if (says(r, i, "using"))
		read_using(r);
	else if (says(r, i, "template"))
		read_template(r);
	else if (is(r, i, '{') || is_statement_word(t))
		read_other(r, i, i);
	else
		read_declaration(r, i, false);
}

/* A block or a control statement goes to where its parts end. */
static void
join_statements(struct reader *r)
{
	struct cxx_item *before = r->n > 1 ? &r->items[r->n - 2] : NULL;
	struct cxx_item *it = &r->items[r->n - 1];

	if (!before || it->kind != CXX_STATEMENT || before->kind != CXX_STATEMENT)
		return;
	before->text.len = (size_t)(it->text.data + it->text.len - before->text.data);
	before->end_line = it->end_line;
	r->n--;
}

static void
add_lines(struct reader *r, size_t until)
{
	for (; r->line < until; r->line++) {
		const struct line *l = &r->ts.line[r->line];

		r->items = mem_grow(r->items, &r->cap, r->n + 1, sizeof *r->items);
		r->items[r->n++] = (struct cxx_item){ .kind = CXX_DIRECTIVE, .text = l->text,
		    .line = l->line, .end_line = l->end_line };
	}
}

/* # lines within an item are part of it. */
static void
pass_lines(struct reader *r)
{
	const struct cxx_item *it = &r->items[r->n - 1];
	const char *last = it->text.data + it->text.len;

	while (r->line < r->ts.nlines && r->ts.line[r->line].text.data < last)
		r->line++;
}

const struct cxx_item *
cxx_split(struct str text, struct arena *a, size_t *n)
{
	struct reader r = { .arena = a, .ts.is_cxx = true };
	const struct cxx_item *items;

	tokens_read(&r.ts, text);
	while (r.at < r.ts.n) {
		size_t from = r.at;

		add_lines(&r, token(&r, r.at)->lines);
		r.nnames = r.nstatics = 0;
		read_item(&r);
		if (r.at <= from)
			r.at = from + 1;
		pass_lines(&r);
		join_statements(&r);
	}
	add_lines(&r, r.ts.nlines);
	items = arena_copy(a, r.items, r.n, sizeof *r.items);
	*n = r.n;
	mem_free(r.items);
	mem_free(r.names);
	mem_free(r.statics);
	tokens_release(&r.ts);
	return items;
}
