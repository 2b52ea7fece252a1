#include "runner/cell/split.h"

#include <string.h>

#include "runner/cell/lex.h"
#include "runner/cell/tokens.h"
#include "tangle/base/arena.h"
#include "tangle/base/mem.h"

struct splitter {
	struct tokens ts;
	struct split_context *context;
	struct arena *arena;
	size_t at;			/* the token that is looked at */
	size_t last;			/* the one before it inside the item */
	struct item *items;
	size_t nitems, items_cap;

	/* what the item at hand consists of so far */
	struct declarator *declarators;
	size_t ndeclarators, declarators_cap;
	struct tag *tags;
	size_t ntags, tags_cap;
	struct str *enumerators, *storage;
	size_t nenumerators, enumerators_cap, nstorage, storage_cap;

	enum word *pending;		/* statements around the one at hand: WORD_IF, WORD_DO */
	size_t npending, pending_cap;
};

/* ---- moving about ---- */

static const struct token *
token(const struct splitter *s, size_t i)
{
	return &s->ts.token[i];
}

static const struct token *
here(const struct splitter *s)
{
	return &s->ts.token[s->at];
}

static size_t
next(const struct splitter *s, size_t i)
{
	return token_next(&s->ts, i);
}

static bool
opens(const struct token *t)
{
	return token_is(t, '(') || token_is(t, '[') || token_is(t, '{');
}

/* The last token of what begins at i: itself, or the closing bracket. */
static size_t
last_of(const struct splitter *s, size_t i)
{
	return opens(token(s, i)) ? token(s, i)->after - 1 : i;
}

/* The token behind what begins at i. */
static size_t
behind(const struct splitter *s, size_t i)
{
	return next(s, last_of(s, i));
}

static void
step(struct splitter *s)
{
	s->last = s->at;
	s->at = next(s, s->at);
}

/* Over one token, or a bracket with all that it holds. */
static void
skip(struct splitter *s)
{
	s->last = last_of(s, s->at);
	s->at = next(s, s->last);
}

static bool
at_end(const struct splitter *s)
{
	return here(s)->kind == TOKEN_END;
}

static bool
at(const struct splitter *s, char punctuator)
{
	return token_is(here(s), punctuator);
}

/* To the first of one or two punctuators outside brackets, or to the end. */
static void
skip_to(struct splitter *s, char a, char b)
{
	while (!at_end(s) && !at(s, a) && !at(s, b))
		skip(s);
}

/* From token i to token `to`. */
static struct str
span(const struct splitter *s, size_t i, size_t to)
{
	const char *from = token(s, i)->text.data;
	struct str last = token(s, to)->text;

	return (struct str){ from, (size_t)(last.data + last.len - from) };
}

static struct str
name_at(const struct splitter *s, size_t i)
{
	return token_text(token(s, i), s->arena);
}

static bool
is_identifier(const struct token *t)
{
	return t->kind == TOKEN_IDENTIFIER && t->word == WORD_NONE;
}

/* A word that can begin or continue declaration specifiers. */
static bool
is_specifier(const struct token *t)
{
	switch (t->word) {
	case WORD_SPECIFIER: case WORD_TYPE: case WORD_TAG: case WORD_TYPEOF:
	case WORD_ATOMIC: case WORD_ATTRIBUTE:
		return true;
	case WORD_NONE: case WORD_EXTENSION: case WORD_ASM: case WORD_ASSERT:
	case WORD_PRAGMA: case WORD_IF: case WORD_ELSE: case WORD_WHILE: case WORD_FOR:
	case WORD_DO: case WORD_CASE: case WORD_DEFAULT: case WORD_JUMP: case WORD_OPERATOR:
		return false;
	}
	return false;
}

/* Written like a macro: capitals, digits, underscores, two or more. */
static bool
is_capitals(const struct token *t)
{
	bool letter = false;

	if (!is_identifier(t) || t->text.len < 2)
		return false;
	for (size_t i = 0; i < t->text.len; i++) {
		char c = t->text.data[i];

		if (c >= 'a' && c <= 'z')
			return false;
		letter |= c >= 'A' && c <= 'Z';
	}
	return letter;
}

static bool
is_variable(const struct splitter *s, size_t i)
{
	return map_get(&s->context->variables, name_at(s, i)) != NULL;
}

static bool
is_typedef(const struct splitter *s, size_t i)
{
	return is_identifier(token(s, i)) &&
	    map_get(&s->context->typedefs, name_at(s, i)) != NULL;
}

/* A typedef we know, or a name that headers use for one. */
static bool
is_type_name(const struct splitter *s, size_t i)
{
	const struct token *t = token(s, i);

	return is_identifier(t) && !is_variable(s, i) && (is_typedef(s, i) ||
	    str_ends(t->text, STR("_t")) || str_eq(t->text, STR("FILE")) ||
	    str_eq(t->text, STR("bool")) || str_eq(t->text, STR("va_list")));
}

/* [[...]] begins at i. */
static bool
is_brackets_attribute(const struct splitter *s, size_t i)
{
	return token_is(token(s, i), '[') && token_is(token(s, next(s, i)), '[');
}

/* ---- statements ---- */

static bool
is_label(const struct splitter *s, size_t i)
{
	return is_identifier(token(s, i)) && token_is(token(s, next(s, i)), ':');
}

static bool
begins_statement(const struct splitter *s, size_t i)
{
	const struct token *t = token(s, i);

	return token_is(t, '{') || is_label(s, i) ||
	    (t->word >= WORD_IF && t->word <= WORD_JUMP);
}

static void
skip_parentheses(struct splitter *s)
{
	if (at(s, '('))
		skip(s);
}

/* case X:, X with its own colons. */
static void
skip_case(struct splitter *s)
{
	size_t questions = 0;

	for (step(s); !at_end(s) && !at(s, ';') && !at(s, '{'); skip(s)) {
		if (at(s, '?'))
			questions++;
		else if (at(s, ':') && questions-- == 0)
			break;
	}
	if (at(s, ':'))
		step(s);
}

/* NAME(...) { or NAME(...) if: a loop made by a macro. */
static bool
is_macro_loop(const struct splitter *s, size_t i)
{
	size_t j = next(s, i);

	if (!is_identifier(token(s, i)))
		return false;
	return token_is(token(s, j), '{') ||
	    (token_is(token(s, j), '(') && begins_statement(s, behind(s, j)));
}

/*
 * Over what leads to another statement: if (x), for (...), do, a label.  False
 * if there is nothing of the kind.
 */
static bool
skip_lead(struct splitter *s)
{
	const struct token *t = here(s);
	bool is_lead = true;

	if (t->word == WORD_IF || t->word == WORD_DO) {
		s->pending = mem_grow(s->pending, &s->pending_cap, s->npending + 1,
		    sizeof *s->pending);
		s->pending[s->npending++] = t->word;
		step(s);
		if (t->word == WORD_IF)
			skip_parentheses(s);
	} else if (t->word == WORD_FOR || t->word == WORD_WHILE) {
		step(s);
		skip_parentheses(s);
	} else if (t->word == WORD_ELSE) {
		step(s);
	} else if (t->word == WORD_CASE) {
		skip_case(s);
	} else if (is_label(s, s->at) || t->word == WORD_DEFAULT) {
		step(s);
		if (at(s, ':'))
			step(s);
	} else if (t->word == WORD_ATTRIBUTE) {
		step(s);
		skip_parentheses(s);
	} else if (is_brackets_attribute(s, s->at)) {
		skip(s);
	} else if (is_macro_loop(s, s->at)) {
		step(s);
		skip_parentheses(s);
	} else {
		is_lead = false;
	}
	return is_lead;
}

/* A statement has ended: so have those around it, unless more of them follows. */
static bool
close_pending(struct splitter *s)
{
	while (s->npending > 0) {
		enum word w = s->pending[--s->npending];

		if (w == WORD_IF && here(s)->word == WORD_ELSE) {
			step(s);
			return false;
		}
		if (w == WORD_DO && here(s)->word == WORD_WHILE) {
			step(s);
			skip_parentheses(s);
			if (at(s, ';'))
				step(s);
		}
	}
	return true;
}

/* False if the text ends before the statement does. */
static bool
skip_statement(struct splitter *s)
{
	s->npending = 0;
	for (;;) {
		while (skip_lead(s))
			;
		if (at(s, '{')) {
			skip(s);
		} else {
			skip_to(s, ';', ';');
			if (at_end(s))
				return false;
			step(s);
		}
		if (close_pending(s))
			return true;
	}
}

/* ---- what an unknown name is ---- */

static bool
ends_declarator(const struct token *t)
{
	return token_is(t, ';') || token_is(t, '=') || token_is(t, ',') || token_is(t, '[') ||
	    t->word == WORD_ATTRIBUTE || t->word == WORD_ASM;
}

/* Over stars and qualifiers. */
static size_t
behind_stars(const struct splitter *s, size_t i)
{
	while (token_is(token(s, i), '*') || token(s, i)->word == WORD_SPECIFIER ||
	    token(s, i)->word == WORD_ATOMIC)
		i = next(s, i);
	return i;
}

/* (*name)(...) or (*name)[...] at i, then the end of a declarator. */
static bool
is_function_pointer(const struct splitter *s, size_t i)
{
	size_t inner = next(s, i), suffix;

	if (!token_is(token(s, i), '(') || !token_is(token(s, inner), '*'))
		return false;
	suffix = behind(s, i);
	if (!token_is(token(s, suffix), '(') && !token_is(token(s, suffix), '['))
		return false;
	return is_identifier(token(s, behind_stars(s, inner))) &&
	    ends_declarator(token(s, behind(s, suffix)));
}

/* i stands at the stars of `T *name`: does it go on like a declarator? */
static bool
is_pointer_declarator(const struct splitter *s, size_t i)
{
	size_t name = behind_stars(s, i), j;
	const struct token *t;

	if (is_function_pointer(s, name))
		return true;
	if (!is_identifier(token(s, name)))
		return false;
	j = next(s, name);
	if (!token_is(token(s, j), '('))
		return ends_declarator(token(s, j));
	t = token(s, behind(s, j));
	return token_is(t, '{') || token_is(t, ';') || token_is(t, ',') ||
	    t->kind == TOKEN_IDENTIFIER;
}

/* The first argument behind the parenthesis i is a type. */
static bool
has_type_argument(const struct splitter *s, size_t i)
{
	size_t j = next(s, i);

	return is_specifier(token(s, j)) || is_type_name(s, j) ||
	    (is_identifier(token(s, j)) && is_identifier(token(s, next(s, j))));
}

/* Plain names between the parentheses at i, how many; 0 if other things are. */
static size_t
count_names(const struct splitter *s, size_t i)
{
	size_t end = last_of(s, i), n = 0;

	for (size_t j = i + 1; j < end; j += 2, n++)
		if (!is_identifier(token(s, j)) ||
		    (j + 1 < end && !token_is(token(s, j + 1), ',')))
			return 0;
	return n;
}

/*
 * The K&R declarations behind the parameter list at i end in a brace.  There
 * are at most as many as there are parameters.
 */
static bool
has_kr_parameters(const struct splitter *s, size_t i)
{
	size_t names = count_names(s, i), j = behind(s, i);

	if (names == 0 || (!is_specifier(token(s, j)) && !is_identifier(token(s, j))))
		return false;
	while (names-- > 0) {
		for (size_t words = 0; !token_is(token(s, j), ';'); j = behind(s, j), words++)
			if (words > 64 || token(s, j)->kind == TOKEN_END ||
			    token_is(token(s, j), '='))
				return false;
		j = next(s, j);
		if (token_is(token(s, j), '{'))
			return true;
	}
	return false;
}

/* name(...) { without a type in front: an old function, not a loop by macro. */
static bool
is_implicit_function(const struct splitter *s, size_t i)
{
	size_t open = next(s, i);

	if (!is_identifier(token(s, i)) || !token_is(token(s, open), '('))
		return false;
	if (!token_is(token(s, behind(s, open)), '{'))
		return !is_capitals(token(s, i)) && has_kr_parameters(s, open);
	if (token_is(token(s, next(s, open)), ')'))
		return !is_capitals(token(s, i));
	return has_type_argument(s, open);
}

/* The call at i, a name and parentheses, stands for a type: VEC(int) v. */
static bool
is_type_call(const struct splitter *s, size_t i, bool certain)
{
	size_t open = next(s, i), j = behind(s, open);
	const struct token *t = token(s, j);

	if (!certain && is_variable(s, i))
		return false;
	if (is_function_pointer(s, open))
		return false;
	if (t->kind == TOKEN_IDENTIFIER && (is_identifier(t) || is_specifier(t)))
		return certain || !t->is_first || !is_capitals(token(s, i));
	return token_is(t, '*') && is_pointer_declarator(s, j) &&
	    (certain || is_capitals(token(s, i)) || has_type_argument(s, open));
}

/*
 * The unknown name at i is a type (or a macro in front of one).  Certain:
 * specifiers stood before it, so only its place is in question.
 */
static bool
is_type(const struct splitter *s, size_t i, bool certain)
{
	const struct token *t = token(s, next(s, i));

	if (!is_identifier(token(s, i)))
		return false;
	if (is_typedef(s, i))
		return true;
	if ((!certain && is_variable(s, i)) || is_implicit_function(s, i))
		return false;
	if (is_identifier(t) || is_specifier(t))
		return true;
	if (token_is(t, '*'))
		return certain || is_pointer_declarator(s, next(s, i));
	if (token_is(t, '('))
		return is_function_pointer(s, next(s, i)) || is_type_call(s, i, certain);
	return false;
}

static bool
begins_declaration(const struct splitter *s, size_t i)
{
	while (token(s, i)->word == WORD_EXTENSION)
		i = next(s, i);
	return is_specifier(token(s, i)) || is_brackets_attribute(s, i) ||
	    is_type(s, i, false) || is_implicit_function(s, i);
}

/* ---- declarations ---- */

static void
add_str(struct str **array, size_t *n, size_t *cap, struct str s)
{
	*array = mem_grow(*array, cap, *n + 1, sizeof **array);
	(*array)[(*n)++] = s;
}

/* The names in the enum body that opens at i. */
static void
add_enumerators(struct splitter *s, size_t i)
{
	size_t end = last_of(s, i);
	bool expected = true;

	for (i++; i < end; i = last_of(s, i) + 1) {
		if (expected && is_identifier(token(s, i)))
			add_str(&s->enumerators, &s->nenumerators, &s->enumerators_cap,
			    name_at(s, i));
		expected = token_is(token(s, i), ',') ||
		    (expected && !is_identifier(token(s, i)));
	}
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
			add_enumerators(s, i);
	}
}

/* What the specifiers from token i up to `end` say, inside braces too. */
static void
read_tags(struct splitter *s, size_t i, size_t end)
{
	for (; i < end; i++)
		if (token(s, i)->word == WORD_TAG)
			add_tag(s, i, end);
}

/* The words of the attribute whose parentheses open at i. */
static unsigned
attribute_specifiers(const struct splitter *s, size_t i)
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
		it->specifiers |= attribute_specifiers(s, s->at);
		skip(s);
	} else if (here(s)->word == WORD_ATTRIBUTE) {
		step(s);
		if (at(s, '(')) {
			it->specifiers |= attribute_specifiers(s, s->at);
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
skip_type_name(struct splitter *s, bool *has_type, bool certain)
{
	size_t j = next(s, s->at);
	bool is_call = token_is(token(s, j), '(');

	if (*has_type) {
		/* WINAPI, ALIGNED(8): what stands between a type and the name */
		if (!is_identifier(here(s)) || (is_call && !is_capitals(here(s))))
			return false;
		if (is_call)
			j = behind(s, j);
		if (!is_identifier(token(s, j)) &&
		    !(is_call && token_is(token(s, j), '*')))
			return false;
	} else {
		if (!is_type(s, s->at, certain))
			return false;
		is_call = is_call && is_type_call(s, s->at, certain);
		/* API int f(void), or T const x */
		*has_type = !is_specifier(token(s, j));
	}
	step(s);
	if (is_call)
		skip(s);
	return true;
}

static void
read_specifiers(struct splitter *s, struct item *it)
{
	bool has_type = false, certain = false;

	for (;; certain = true) {
		const struct token *t = here(s);

		if (skip_attribute(s, it))
			continue;
		it->specifiers |= t->specifiers;
		switch (t->word) {
		case WORD_SPECIFIER:
			if (t->is_storage)
				add_str(&s->storage, &s->nstorage, &s->storage_cap, t->text);
			step(s);
			continue;
		case WORD_TYPE:
			has_type = true;
			/* fall through */
		case WORD_EXTENSION:
			step(s);
			continue;
		case WORD_TAG:
			has_type = true;
			skip_tag(s, it);
			continue;
		case WORD_TYPEOF: case WORD_ATOMIC:
			step(s);
			has_type |= at(s, '(');
			skip_parentheses(s);
			continue;
		default:
			if (!skip_type_name(s, &has_type, certain))
				return;
		}
	}
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
			const struct token *t = token(s, next(s, s->at));

			if (!is_identifier(t) && !token_is(t, '*'))
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
	return ends_declarator(t) || token_is(t, '{') ||
	    (is_capitals(token(s, i)) && is_capitals(t));
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
		d->name = name_at(s, s->at);
		d->line = here(s)->line;
		step(s);
		read_derivation(s, d, nplain);
	}
	read_declarator_back(s, it, nopen);
	d->text = s->at > from ? span(s, from, s->last) : str_slice(here(s)->text, 0, 0);
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
	i = behind_stars(s, i);
	if (!is_identifier(token(s, i)))
		return TOKEN_NONE;
	i = next(s, i);
	return token_is(token(s, i), '(') && has_kr_parameters(s, i) ? i : TOKEN_NONE;
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
			step(s);
			if (!at_end(s)) {
				size_t from = s->at;

				skip_to(s, ',', ';');
				if (s->at > from)
					d->initialiser = span(s, from, s->last);
			}
		} else if (!at(s, ',')) {
			skip_to(s, ';', ',');
		}
		if (!at(s, ','))
			break;
		step(s);
	}
	if (at(s, ';'))
		step(s);
}

static void
read_declaration(struct splitter *s, struct item *it)
{
	size_t from = s->at;

	it->kind = ITEM_DECLARATION;
	read_specifiers(s, it);
	read_tags(s, from, s->at);
	it->spec = s->at > from ? span(s, from, s->last) : str_slice(here(s)->text, 0, 0);
	if (at(s, ';'))
		step(s);
	else if (!at_end(s))
		read_declarators(s, it);
}

/* ---- items ---- */

static void
read_expression(struct splitter *s, struct item *it)
{
	it->kind = ITEM_EXPRESSION;
	skip_to(s, ';', ';');
	if (at(s, ';')) {
		it->kind = ITEM_STATEMENT;
		step(s);
	}
}

static void
read_asm(struct splitter *s, struct item *it)
{
	size_t i = next(s, s->at);

	it->kind = ITEM_NEUTRAL;
	if (!token_is(token(s, i), '('))
		it->kind = ITEM_STATEMENT;	/* volatile, goto */
	else
		for (size_t j = i + 1; j < last_of(s, i); j++)
			if (token_is(token(s, j), ':'))
				it->kind = ITEM_STATEMENT;
	skip_to(s, ';', ';');
	if (at(s, ';'))
		step(s);
}

static void
read_item(struct splitter *s, struct item *it)
{
	size_t i = s->at;
	const struct token *t = here(s);

	if (token_is(t, ';') || token_is(t, '}') || token_is(t, ')') || token_is(t, ']')) {
		it->kind = ITEM_NEUTRAL;
		step(s);
	} else if (t->word == WORD_ASSERT) {
		it->kind = ITEM_NEUTRAL;
		skip_to(s, ';', ';');
		if (at(s, ';'))
			step(s);
	} else if (t->word == WORD_PRAGMA) {
		it->kind = ITEM_DIRECTIVE;
		it->directive = DIRECTIVE_PRAGMA;
		step(s);
		skip_parentheses(s);
	} else if (t->word == WORD_ASM) {
		read_asm(s, it);
	} else {
		while (token(s, i)->word == WORD_ATTRIBUTE || is_brackets_attribute(s, i))
			i = token(s, i)->word == WORD_ATTRIBUTE &&
			    token_is(token(s, next(s, i)), '(') ? behind(s, next(s, i)) : behind(s, i);
		if (begins_statement(s, i) || (i != s->at && token_is(token(s, i), ';'))) {
			it->kind = skip_statement(s) ? ITEM_STATEMENT : ITEM_EXPRESSION;
		} else if (begins_declaration(s, i)) {
			read_declaration(s, it);
		} else if (is_macro_loop(s, i)) {
			it->kind = skip_statement(s) ? ITEM_STATEMENT : ITEM_EXPRESSION;
		} else {
			read_expression(s, it);
		}
	}
}

/* ---- # lines ---- */

static enum directive
pragma_kind(struct str rest)
{
	static const char *const statements[] = {
		"GCC unroll", "GCC ivdep", "clang loop", "unroll", "nounroll", "ivdep", "omp", "acc",
	};
	static const char *const others[] = {
		"omp declare", "omp threadprivate", "omp requires", "omp end declare",
		"omp begin declare", "acc routine", "acc declare",
	};

	rest = str_trim(rest);
	for (size_t k = 0; k < sizeof others / sizeof *others; k++)
		if (str_starts(rest, str_of(others[k])))
			return DIRECTIVE_PRAGMA;
	for (size_t k = 0; k < sizeof statements / sizeof *statements; k++)
		if (str_starts(rest, str_of(statements[k])))
			return DIRECTIVE_PRAGMA_STATEMENT;
	return DIRECTIVE_PRAGMA;
}

static void
read_define(struct splitter *s, const struct line *l, struct item *it)
{
	struct lexer x;
	struct token t;

	lexer_init(&x, l->rest);
	if (lexer_next(&x, &t) && t.kind == TOKEN_IDENTIFIER)
		it->name = token_text(&t, s->arena);
	if (it->directive == DIRECTIVE_UNDEF)
		return;
	it->function_like = x.at < x.end && *x.at == '(';
	while (lexer_next(&x, &t))
		it->pastes |= str_eq(t.text, STR("##")) || str_eq(t.text, STR("%:%:"));
}

static struct str
included_name(struct str rest)
{
	char close;

	rest = str_trim(rest);
	if (rest.len == 0 || (rest.data[0] != '<' && rest.data[0] != '"'))
		return rest;
	close = rest.data[0] == '<' ? '>' : '"';
	return str_slice(rest, 0, str_find_byte(str_slice(rest, 1, rest.len), close) + 2);
}

static enum directive
directive_of(const struct line *l)
{
	switch (l->group) {
	case GROUP_IF:
		return DIRECTIVE_IF;
	case GROUP_ELSE:
		return DIRECTIVE_ELSE;
	case GROUP_ENDIF:
		return DIRECTIVE_ENDIF;
	case GROUP_NONE:
		break;
	}
	if (str_eq(l->word, STR("include")) || str_eq(l->word, STR("include_next")) ||
	    str_eq(l->word, STR("import")))
		return DIRECTIVE_INCLUDE;
	if (str_eq(l->word, STR("define")))
		return DIRECTIVE_DEFINE;
	if (str_eq(l->word, STR("undef")))
		return DIRECTIVE_UNDEF;
	if (str_eq(l->word, STR("pragma")))
		return pragma_kind(l->rest);
	return DIRECTIVE_OTHER;
}

static void
read_directive(struct splitter *s, const struct line *l, struct item *it)
{
	*it = (struct item){ .kind = ITEM_DIRECTIVE, .text = l->text, .line = l->line,
	    .end_line = l->end_line, .directive = directive_of(l) };
	switch (it->directive) {
	case DIRECTIVE_INCLUDE:
		it->name = included_name(l->rest);
		break;
	case DIRECTIVE_DEFINE:
		read_define(s, l, it);
		map_put(&s->context->macros, it->name, arena_copy(s->arena, it, 1, sizeof *it));
		break;
	case DIRECTIVE_UNDEF:
		read_define(s, l, it);
		map_remove(&s->context->macros, it->name);
		break;
	case DIRECTIVE_OTHER: case DIRECTIVE_IF: case DIRECTIVE_ELSE: case DIRECTIVE_ENDIF:
	case DIRECTIVE_PRAGMA: case DIRECTIVE_PRAGMA_STATEMENT:
		break;
	}
}

/* ---- the whole ---- */

static struct item *
add_item(struct splitter *s)
{
	s->items = mem_grow(s->items, &s->items_cap, s->nitems + 1, sizeof *s->items);
	return &s->items[s->nitems++];
}

/* Move what was gathered into the item. */
static void
finish_item(struct splitter *s, struct item *it, size_t first)
{
	const struct token *t = token(s, s->last);

	it->text = span(s, first, s->last);
	it->line = token(s, first)->line;
	it->end_line = t->line;
	for (size_t i = 0; i < t->text.len; i++)
		it->end_line += t->text.data[i] == '\n';
	it->declarators = arena_copy(s->arena, s->declarators, s->ndeclarators, sizeof *s->declarators);
	it->ndeclarators = s->ndeclarators;
	it->tags = arena_copy(s->arena, s->tags, s->ntags, sizeof *s->tags);
	it->ntags = s->ntags;
	it->enumerators = arena_copy(s->arena, s->enumerators, s->nenumerators, sizeof *s->enumerators);
	it->nenumerators = s->nenumerators;
	it->storage = arena_copy(s->arena, s->storage, s->nstorage, sizeof *s->storage);
	it->nstorage = s->nstorage;
	s->ndeclarators = s->ntags = s->nenumerators = s->nstorage = 0;
}

static void
read_items(struct splitter *s)
{
	size_t line = 0;

	for (;;) {
		struct item it = {0};
		size_t first = s->at;

		while (line < here(s)->lines) {
			struct item directive;

			read_directive(s, &s->ts.line[line++], &directive);
			*add_item(s) = directive;
		}
		if (at_end(s))
			return;
		read_item(s, &it);
		finish_item(s, &it, first);
		*add_item(s) = it;
		line = token(s, s->last)->lines;
		s->at = s->last + 1;
	}
}

const struct item *
split(struct str text, struct split_context *c, struct arena *a, size_t *nitems)
{
	struct splitter s = { .context = c, .arena = a };
	const struct item *items;

	tokens_read(&s.ts, text);
	read_items(&s);
	items = arena_copy(a, s.items, s.nitems, sizeof *s.items);
	*nitems = s.nitems;
	mem_free(s.items);
	mem_free(s.declarators);
	mem_free(s.tags);
	mem_free(s.enumerators);
	mem_free(s.storage);
	mem_free(s.pending);
	tokens_release(&s.ts);
	return items;
}

void
split_context_release(struct split_context *c)
{
	map_release(&c->typedefs);
	map_release(&c->variables);
	map_release(&c->macros);
}

void
split_identifiers(struct str text, void (*fn)(void *arg, struct str identifier), void *arg)
{
	struct lexer x;
	struct token t;

	lexer_init(&x, text);
	while (lexer_next(&x, &t))
		if (is_identifier(&t))
			fn(arg, t.text);
}
