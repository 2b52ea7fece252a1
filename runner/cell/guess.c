#include "runner/cell/splitter.h"

bool
guess_is_capitals(const struct token *t)
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

bool
guess_is_type_name(const struct splitter *s, size_t i)
{
	const struct token *t = token(s, i);

	return is_identifier(t) && !is_variable(s, i) && (is_typedef(s, i) ||
	    str_ends(t->text, STR("_t")) || str_eq(t->text, STR("FILE")) ||
	    str_eq(t->text, STR("bool")) || str_eq(t->text, STR("va_list")));
}

bool
guess_ends_declarator(const struct token *t)
{
	return token_is(t, ';') || token_is(t, '=') || token_is(t, ',') || token_is(t, '[') ||
	    t->word == WORD_ATTRIBUTE || t->word == WORD_ASM;
}

/* Over stars and qualifiers. */
size_t
guess_behind_stars(const struct splitter *s, size_t i)
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
	return is_identifier(token(s, guess_behind_stars(s, inner))) &&
	    guess_ends_declarator(token(s, behind(s, suffix)));
}

/* (name) at i is a declarator: T (f)(int a) {, T (f)(int);, static T (a)[3]; */
static bool
is_wrapped(const struct splitter *s, size_t i, bool certain)
{
	size_t name = next(s, i), list = behind(s, i);

	if (!is_identifier(token(s, name)) || last_of(s, i) != next(s, name))
		return false;
	if (certain && (token_is(token(s, list), '[') || token_is(token(s, list), '(')))
		return true;
	if (!token_is(token(s, list), '('))
		return false;
	return token_is(token(s, behind(s, list)), '{') || guess_has_type_argument(s, list);
}

/* i stands at the stars of `T *name`: does it go on like a declarator? */
static bool
is_pointer_declarator(const struct splitter *s, size_t i)
{
	size_t name = guess_behind_stars(s, i), j;
	const struct token *t;

	if (guess_is_prefix(s, name) && !token_is(token(s, next(s, name)), '('))
		name = next(s, name);	/* T *WINAPI name */
	if (is_function_pointer(s, name))
		return true;
	if (!is_identifier(token(s, name)))
		return false;
	j = next(s, name);
	if (!token_is(token(s, j), '('))
		return guess_ends_declarator(token(s, j));
	t = token(s, behind(s, j));
	return token_is(t, '{') || token_is(t, ';') || token_is(t, ',') ||
	    t->kind == TOKEN_IDENTIFIER;
}

bool
guess_has_type_argument(const struct splitter *s, size_t i)
{
	size_t j = next(s, i);

	return is_specifier(token(s, j)) || guess_is_type_name(s, j) ||
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
bool
guess_has_kr_parameters(const struct splitter *s, size_t i)
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
		return !guess_is_capitals(token(s, i)) && guess_has_kr_parameters(s, open);
	if (token_is(token(s, next(s, open)), ')'))
		return !guess_is_capitals(token(s, i));
	return guess_has_type_argument(s, open);
}

bool
guess_is_prefix(const struct splitter *s, size_t i)
{
	size_t j = next(s, i);

	if (!is_identifier(token(s, i)))
		return false;
	if (token_is(token(s, j), '(')) {	/* ALIGNED(8) x, ALIGNED(8) *x */
		if (guess_has_kr_parameters(s, j))
			return false;
		j = behind(s, j);
		return guess_is_capitals(token(s, i)) &&
		    (is_identifier(token(s, j)) || token_is(token(s, j), '*'));
	}
	return is_identifier(token(s, j)) &&
	    (guess_is_capitals(token(s, i)) || !guess_is_capitals(token(s, j)));
}

bool
guess_is_type_call(const struct splitter *s, size_t i, bool certain)
{
	size_t open = next(s, i), j = behind(s, open);
	const struct token *t = token(s, j);

	if (!certain && is_variable(s, i))
		return false;
	if (is_function_pointer(s, open))
		return false;
	if (!certain && is_identifier(t) && token_is(token(s, next(s, j)), '(') &&
	    token_is(token(s, behind(s, next(s, j))), ';') && !guess_has_type_argument(s, open) &&
	    !guess_has_type_argument(s, next(s, j)))
		return false;		/* FOREACH(x) f(x); */
	if (is_identifier(t) || is_specifier(t))
		return certain || !t->is_first || !guess_is_capitals(token(s, i));
	return token_is(t, '*') && is_pointer_declarator(s, j) &&
	    (certain || guess_is_capitals(token(s, i)) || guess_has_type_argument(s, open));
}

/*
 * The unknown name at i is a type (or a macro in front of one).  Certain:
 * specifiers stood before it, so only its place is in question.
 */
bool
guess_is_type(const struct splitter *s, size_t i, bool certain)
{
	const struct token *t = token(s, next(s, i));
	unsigned set = 0;
	bool storage = false;
	enum call class = call_class(s, i, &set, &storage);

	if (!is_identifier(token(s, i)))
		return false;
	if (is_typedef(s, i) || (class != CALL_NONE && class != CALL_OTHER))
		return true;
	if ((!certain && is_variable(s, i)) || is_implicit_function(s, i))
		return false;
	if (is_identifier(t) || is_specifier(t))
		return true;
	if (token_is(t, '*'))
		return certain || is_pointer_declarator(s, next(s, i));
	if (token_is(t, '('))
		return is_function_pointer(s, next(s, i)) || is_wrapped(s, next(s, i), certain) ||
		    guess_is_type_call(s, i, certain);
	return false;
}

/* A name that says what the macro is for. */
static bool
sounds_like(struct str name, const char *const *words, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		struct str w = str_of(words[k]);

		for (size_t at = 0; at + w.len <= name.len; at++)
			if (str_eq_nocase(str_slice(name, at, at + w.len), w))
				return true;
	}
	return false;
}

/* UTEST_MAIN(), UTEST_STATE();  what a test header makes of it stands at file level. */
static bool
is_test_part(struct str name, const char *const *testing, size_t n)
{
	return str_ends(name, STR("_MAIN")) || (str_ends(name, STR("_STATE"))
	    && sounds_like(name, testing, n));
}

bool
guess_is_opaque(const struct splitter *s, size_t i)
{
	static const char *const defining[] = { "define", "declare", "generate", "prototype",
	    "implement", "khash" };
	static const char *const testing[] = { "test", "defun", "define", "benchmark" };
	size_t open = next(s, i);
	const struct token *t;
	struct str name;
	bool defines;

	if (!is_identifier(token(s, i)) || !token_is(token(s, open), '('))
		return false;
	t = token(s, behind(s, open));
	name = str_slice(token(s, i)->text, 0, 64);
	if (token_is(t, '{'))
		return sounds_like(name, testing, sizeof testing / sizeof *testing);
	defines = sounds_like(name, defining, sizeof defining / sizeof *defining)
	    || is_test_part(name, testing, sizeof testing / sizeof *testing);
	if (token(s, next(s, open))->is_storage)
		return true;		/* rb_gen(static, ...) */
	if (token_is(t, ';') || (is_specifier(t) && !t->is_first))
		return (defines || str_ends(name, STR("_HEAD"))) &&	/* <sys/queue.h> */
		    guess_is_capitals(token(s, i));
	if (t->kind == TOKEN_END)
		return guess_is_capitals(token(s, i)) &&
		    (defines || guess_has_type_argument(s, open));
	return t->is_first && t->kind == TOKEN_IDENTIFIER &&
	    (defines || guess_is_capitals(token(s, i)));
}

bool
guess_begins_declaration(const struct splitter *s, size_t i)
{
	while (token(s, i)->word == WORD_EXTENSION)
		i = next(s, i);
	return is_specifier(token(s, i)) || is_brackets_attribute(s, i) ||
	    guess_is_type(s, i, false) || is_implicit_function(s, i);
}
