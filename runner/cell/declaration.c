#include "runner/cell/splitter.h"

#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/mem.h"

/*
 * The names in tokens i up to `end` of an enum's body: each stands at the front or
 * behind a comma.  Macros of the document may make them.
 */
static bool
read_enumerators(struct splitter *s, const struct splitter *e, size_t i, size_t end, bool expected)
{
	while (i < end) {
		struct buf b = {0};
		struct str name;
		size_t last = last_of(e, i);

		if (e == s)
			directive_learn(s, token(s, i)->lines);

		if (expected && call_expand(e, i, &b, &name, &last)) {
			struct splitter inner = call_splitter(e, name);

			tokens_read(&inner.ts, buf_take(&b, s->arena));
			expected = read_enumerators(s, &inner, 0, inner.ts.n, true);
			splitter_release(&inner);
		} else {
			if (expected && is_identifier(token(e, i)))
				add_str(&s->enumerators, &s->nenumerators, &s->enumerators_cap,
				    name_at(e, i));
			expected = token_is(token(e, i), ',') ||
			    (expected && !is_identifier(token(e, i)));
		}
		buf_release(&b);
		i = last + 1;
	}
	return expected;
}

/* struct, union or enum at i, with all that may follow it. */
static void
add_tag(struct splitter *s, size_t i, size_t end)
{
	struct tag *t;
	size_t from = i;

	s->tags = mem_grow(s->tags, &s->tags_cap, s->ntags + 1, sizeof *s->tags);
	t = &s->tags[s->ntags++];
	*t = (struct tag){ .keyword = token_text(token(s, i), s->arena), .name = STR("") };
	for (i++; i < end && (token(s, i)->word == WORD_ATTRIBUTE || opens(token(s, i))) &&
	    !token_is(token(s, i), '{'); i = last_of(s, i) + 1)
		;
	if (i < end && is_identifier(token(s, i)))
		t->name = name_at(s, i++);
	if (i < end && token_is(token(s, i), ':') && str_eq(t->keyword, STR("enum")))
		while (i < end && !token_is(token(s, i), '{') && !token_is(token(s, i), ';'))
			i = last_of(s, i) + 1;
	if (i < end && token_is(token(s, i), '{')) {
		t->body = span(s, i, last_of(s, i));
		t->text = span(s, from, last_of(s, i));
		if (str_eq(t->keyword, STR("enum")))
			read_enumerators(s, s, i + 1, last_of(s, i), true);
	}
}

/* What the specifiers from token i up to `end` say, inside braces too. */
static void
read_tags(struct splitter *s, size_t i, size_t end)
{
	*s->work += end - i;
	for (; i < end; i++)
		if (token(s, i)->word == WORD_TAG)
			add_tag(s, i, end);
}

unsigned
declaration_attributes(const struct splitter *s, size_t i)
{
	size_t end = last_of(s, i);
	unsigned set = 0;

	for (; i < end; i++) {
		struct str w = token(s, i)->text;

		if (str_eq(w, STR("always_inline")) || str_eq(w, STR("__always_inline__")))
			set |= SPEC_ALWAYS_INLINE;
		if (str_eq(w, STR("constructor")) || str_eq(w, STR("__constructor__")) ||
		    str_eq(w, STR("destructor")) || str_eq(w, STR("__destructor__")))
			set |= SPEC_CONSTRUCTOR;
	}
	return set;
}

/* Over __attribute__((...)), [[...]]; false if there is none. */
static bool
skip_attribute(struct splitter *s, struct item *it)
{
	if (is_brackets_attribute(s, s->at)) {
		it->specifiers |= declaration_attributes(s, s->at);
		skip(s);
	} else if (here(s)->word == WORD_ATTRIBUTE) {
		step(s);
		if (at(s, '(')) {
			it->specifiers |= declaration_attributes(s, s->at);
			skip(s);
		}
	} else {
		return false;
	}
	return true;
}

static void
skip_tag(struct splitter *s, struct item *it)
{
	bool is_enum = str_eq(here(s)->text, STR("enum"));

	step(s);
	while (skip_attribute(s, it))
		;
	if (is_identifier(here(s)))
		step(s);
	if (is_enum && at(s, ':'))
		while (!at_end(s) && !at(s, '{') && !at(s, ';'))
			skip(s);
	if (at(s, '{'))
		skip(s);
}

/* A name among the specifiers; false if it is the declarator's. */
static bool
skip_type_name(struct splitter *s, bool *has_type, bool certain, bool is_typedef)
{
	size_t j = next(s, s->at);
	bool is_call = token_is(token(s, j), '(');

	if (*has_type) {
		/* WINAPI, ALIGNED(8): what stands between a type and the name */
		if (!guess_is_prefix(s, s->at))
			return false;
	} else {
		if (!guess_is_type(s, s->at, certain) && !(is_typedef && is_call))
			return false;
		is_call = is_call && guess_is_type_call(s, s->at, certain);
		/* API int f(void), or T const x */
		*has_type = !is_specifier(token(s, j));
	}
	step(s);
	if (is_call)
		skip(s);
	return true;
}

/* A macro that stands for specifiers or a type; false if there is none. */
static bool
skip_macro(struct splitter *s, struct item *it, bool *has_type)
{
	unsigned set = 0;
	bool storage = false;
	enum call class = call_class(s, s->at, &set, &storage);
	size_t from = s->at;

	if (class == CALL_NONE || class == CALL_OTHER || (class == CALL_TYPE && *has_type))
		return false;
	call_skip(s);
	*has_type |= class == CALL_TYPE;
	it->specifiers |= set;
	if (storage)
		add_str(&s->storage, &s->nstorage, &s->storage_cap, span(s, from, s->last));
	return true;
}

/* A keyword, attribute, struct body, ... of a declaration; false if there is none. */
static bool
skip_specifier(struct splitter *s, struct item *it, bool *has_type)
{
	const struct token *t = here(s);

	if (skip_attribute(s, it))
		return true;
	if (!is_specifier(t) && t->word != WORD_EXTENSION)
		return skip_macro(s, it, has_type);
	it->specifiers |= t->specifiers;
	*has_type |= t->word == WORD_TYPE || t->word == WORD_TAG || t->word == WORD_TYPEOF;
	if (t->is_storage)
		add_str(&s->storage, &s->nstorage, &s->storage_cap, t->text);
	if (t->word == WORD_TAG) {
		skip_tag(s, it);
		return true;
	}
	step(s);
	if (t->word == WORD_TYPEOF || t->word == WORD_ATOMIC) {
		*has_type |= at(s, '(');
		skip_parentheses(s);
	}
	return true;
}

/*
 * Behind storage classes: LIST_HEAD(x); or PATH_FUNC(x, y) and then a line that
 * begins a declaration.  It is a type if a type stands in the parentheses.
 */
static bool
is_opaque(const struct splitter *s, size_t i)
{
	size_t open = next(s, i);
	const struct token *t;
	unsigned set = 0;
	bool storage = false;

	if (call_class(s, i, &set, &storage) == CALL_OTHER)
		return true;
	if (!guess_is_capitals(token(s, i)) || !token_is(token(s, open), '(') ||
	    guess_has_type_argument(s, open))
		return false;
	t = token(s, behind(s, open));
	return token_is(t, ';') || (t->is_first && (is_specifier(t) ||
	    str_eq(t->text, token(s, i)->text)));
}

static void
read_opaque(struct splitter *s, size_t first, struct item *it)
{
	if (call_read(s, first, it))
		return;
	it->kind = ITEM_MACRO;
	it->name = name_at(s, s->at);
	step(s);
	skip(s);
	if (at(s, ';'))
		step(s);
}

/* False if an opaque macro is all of the item. */
static bool
read_specifiers(struct splitter *s, struct item *it)
{
	size_t first = s->at;
	bool has_type = false, certain = false, is_auto = false;

	for (;; certain = true) {
		is_auto |= str_eq(here(s)->text, STR("auto"));
		if (skip_specifier(s, it, &has_type))
			continue;
		if (certain && !has_type && is_opaque(s, s->at)) {
			read_opaque(s, first, it);
			return false;
		}
		if (!skip_type_name(s, &has_type, certain, it->specifiers & SPEC_TYPEDEF))
			break;
	}
	if (is_auto && !has_type)	/* C23 */
		it->specifiers |= SPEC_AUTO_TYPE;
	return true;
}

/* Over stars, parentheses and what may stand among them, to the name. */
static void
read_declarator_front(struct splitter *s, struct item *it, size_t *nopen, size_t *nplain)
{
	for (;;) {
		if (at(s, '(')) {
			++*nopen;
			++*nplain;
		} else if (at(s, '*') || at(s, '^')) {
			*nplain = 0;
		} else if (skip_attribute(s, it)) {
			continue;
		} else if (is_identifier(here(s))) {
			if (guess_is_prefix(s, s->at)) {
				step(s);
				skip_parentheses(s);
				continue;
			}
			if (!token_is(token(s, next(s, s->at)), '*'))
				return;
		} else if (here(s)->word != WORD_SPECIFIER && here(s)->word != WORD_ATOMIC) {
			return;
		}
		step(s);
	}
}

/* What makes the name at hand a function, an array or neither. */
static void
read_derivation(struct splitter *s, struct declarator *d, size_t nplain)
{
	size_t i = s->at;

	while (is_brackets_attribute(s, i))
		i = behind(s, i);
	while (nplain > 0 && token_is(token(s, i), ')')) {
		nplain--;
		i = next(s, i);
	}
	d->is_function = token_is(token(s, i), '(');
	d->is_array = token_is(token(s, i), '[') && !is_brackets_attribute(s, i);
	d->has_unknown_size = d->is_array && last_of(s, i) == i + 1;
}

/* WORD or WORD(...) behind a declarator: an attribute in a macro. */
static bool
is_attribute_macro(const struct splitter *s, size_t i)
{
	size_t j = next(s, i);
	const struct token *t = token(s, j);

	if (!is_identifier(token(s, i)))
		return false;
	if (token_is(t, '('))
		t = token(s, behind(s, j));
	return guess_ends_declarator(t) || token_is(t, '{') ||
	    (guess_is_capitals(token(s, i)) && guess_is_capitals(t));
}

static void
read_declarator_back(struct splitter *s, struct item *it, size_t nopen)
{
	for (;;) {
		if (skip_attribute(s, it))
			continue;
		if (at(s, '(') || at(s, '[')) {
			skip(s);
		} else if (at(s, ')') && nopen > 0) {
			nopen--;
			step(s);
		} else if (here(s)->word == WORD_ASM || is_attribute_macro(s, s->at)) {
			step(s);
			skip_parentheses(s);
		} else {
			return;
		}
	}
}

/* The declarator's name; where it is a macro that stands for another name, that one. */
static struct str
declared_name(const struct splitter *s)
{
	struct buf b = {0};
	struct str name = name_at(s, s->at), macro;
	struct lexer x;
	struct token t;
	size_t last;

	if (call_expand(s, s->at, &b, &macro, &last) && last == s->at) {
		struct str text = buf_take(&b, s->arena);

		lexer_init(&x, text);
		if (lexer_next(&x, &t) && is_identifier(&t) && x.at == x.end)
			name = token_text(&t, s->arena);
	}
	buf_release(&b);
	return name;
}

static void
remember(struct splitter *s, const struct item *it, struct str name)
{
	bool is_typedef = it->specifiers & SPEC_TYPEDEF;

	if (name.len == 0)
		return;
	map_put(is_typedef ? &s->context->typedefs : &s->context->variables, name, s->context);
	map_remove(is_typedef ? &s->context->variables : &s->context->typedefs, name);
}

/* One declarator up to its '=', ',' or ';'. */
static struct declarator *
read_declarator(struct splitter *s, struct item *it)
{
	struct declarator *d;
	size_t from = s->at, nopen = 0, nplain = 0;

	s->declarators = mem_grow(s->declarators, &s->declarators_cap, s->ndeclarators + 1,
	    sizeof *s->declarators);
	d = &s->declarators[s->ndeclarators++];
	*d = (struct declarator){ .line = here(s)->line };
	read_declarator_front(s, it, &nopen, &nplain);
	if (is_identifier(here(s))) {
		d->name = declared_name(s);
		d->line = here(s)->line;
		step(s);
		read_derivation(s, d, nplain);
	}
	read_declarator_back(s, it, nopen);
	d->text = s->at > from ? stretch(s, from, from, s->last) : str_slice(here(s)->text, 0, 0);
	return d;
}

/* A body or K&R declarations and a body behind a function's declarator. */
static bool
read_body(struct splitter *s, struct item *it, size_t kr)
{
	if (!at(s, '{')) {
		size_t from = s->at;

		if (kr == TOKEN_NONE)
			return false;
		skip_to(s, '{', '{');
		it->parameters_kr = span(s, from, s->last);
	}
	it->body = span(s, s->at, last_of(s, s->at));
	it->kind = ITEM_FUNCTION;
	skip(s);
	return true;
}

/* The parameter list of an old function whose declarator begins at i, if it is one. */
static size_t
find_kr_list(const struct splitter *s, size_t i)
{
	i = guess_behind_stars(s, i);
	if (!is_identifier(token(s, i)))
		return TOKEN_NONE;
	i = next(s, i);
	return token_is(token(s, i), '(') && guess_has_kr_parameters(s, i) ? i : TOKEN_NONE;
}

static struct str
read_initialiser(struct splitter *s)
{
	size_t equals = s->at, from;

	step(s);
	from = s->at;
	skip_to(s, ',', ';');
	if (s->at == from)
		return str_slice(here(s)->text, 0, 0);
	return stretch(s, equals, from, s->last);
}

static void
read_declarators(struct splitter *s, struct item *it)
{
	for (;;) {
		size_t kr = s->ndeclarators == 0 ? find_kr_list(s, s->at) : TOKEN_NONE;
		struct declarator *d = read_declarator(s, it);

		remember(s, it, d->name);
		if (s->ndeclarators == 1 && d->is_function && read_body(s, it, kr))
			return;
		if (at(s, '=')) {
			d->initialiser = read_initialiser(s);
		} else if (!at(s, ',')) {
			skip_to(s, ';', ',');
		}
		if (d->name.len == 0)
			s->ndeclarators--;	/* not C, or of no use */
		if (!at(s, ','))
			break;
		step(s);
	}
	if (at(s, ';'))
		step(s);
}

void
declaration_read(struct splitter *s, struct item *it)
{
	size_t from = s->at;

	it->kind = ITEM_DECLARATION;
	if (!read_specifiers(s, it))
		return;
	read_tags(s, from, s->at);
	it->spec = s->at > from ? stretch(s, from, from, s->last) : str_slice(here(s)->text, 0, 0);
	if (at(s, ';'))
		step(s);
	else if (!at_end(s))
		read_declarators(s, it);
}
