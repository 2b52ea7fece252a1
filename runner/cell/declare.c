#include "runner/cell/declare.h"

#include "runner/cell/lex.h"
#include "tangle/base/buf.h"

void
declare_one_line(struct buf *b, struct str text)
{
	struct lexer x;
	struct token t;
	const char *end = text.data;
	bool directive = false;	/* # lines inside keep their lines */

	lexer_init(&x, text);
	while (lexer_next(&x, &t)) {
		bool begins = t.is_first && token_is(&t, '#') && t.text.data > text.data;

		if (begins || (directive && t.is_first))
			buf_byte(b, '\n');
		else if (t.text.data > end)
			buf_byte(b, ' ');
		directive = begins || (directive && !t.is_first);
		buf_add(b, t.text);
		end = t.text.data + t.text.len;
	}
	if (directive)
		buf_byte(b, '\n');
}

bool
declare_has_body(const struct item *it)
{
	return it->ntags > 0 && it->tags[0].body.data;
}

/* Is part a view into whole? */
static bool
lies_in(struct str part, struct str whole)
{
	return part.data && whole.data && part.data >= whole.data
	    && part.data + part.len <= whole.data + whole.len;
}

/* Append text up to `to`, and leave in *text what follows `behind`. */
static void
copy_until(struct buf *b, struct str *text, struct str cut)
{
	size_t from = (size_t)(cut.data - text->data);

	buf_add(b, str_slice(*text, 0, from));
	*text = str_slice(*text, from + cut.len, text->len);
}

/*
 * The specifiers, storage classes and 'inline' left out.  With `tag` the body
 * of the outermost struct, union or enum is left out too, and a nameless one
 * is called that.
 */
static void
declare_specifiers(struct buf *b, const struct item *it, struct str tag)
{
	struct str rest = it->spec;
	bool mention = tag.len > 0 && declare_has_body(it) && lies_in(it->tags[0].body, rest);
	struct str body = mention ? it->tags[0].body : (struct str){ 0 };
	size_t i, start = b->len;

	for (i = 0; i < it->nstorage; i++) {
		struct str s = it->storage[i];

		if (!lies_in(s, rest))
			continue;
		if (mention && body.data < s.data) {
			copy_until(b, &rest, body);
			if (it->tags[0].name.len == 0)
				buf_printf(b, " %.*s ", STR_ARG(tag));
			mention = false;
		}
		if (lies_in(s, rest))
			copy_until(b, &rest, s);
	}
	if (mention) {
		copy_until(b, &rest, body);
		if (it->tags[0].name.len == 0)
			buf_printf(b, " %.*s ", STR_ARG(tag));
	}
	buf_add(b, rest);
	if (str_is_blank(str_slice(buf_str(b), start, b->len)))
		buf_add(b, STR("int"));		/* implicit */
}

void
declare_tag(struct buf *b, const struct item *it, struct str tag)
{
	const struct tag *t = &it->tags[0];
	struct str rest = it->spec;
	struct buf raw = { 0 };

	if (t->name.len > 0 || tag.len == 0) {
		declare_specifiers(b, it, (struct str){ 0 });
	} else {
		copy_until(&raw, &rest, (struct str){ t->body.data, 0 });
		buf_printf(&raw, " %.*s ", STR_ARG(tag));
		buf_add(&raw, rest);
		/* Storage stands before the tag or after the body; 'static' is not
		 * wrong enough in an empty declaration to be cut with care. */
		buf_add(b, buf_str(&raw));
		buf_release(&raw);
	}
	buf_add(b, STR(";"));
}

static bool
is_digit_or_literal(const struct token *t)
{
	return t->kind == TOKEN_NUMBER || t->kind == TOKEN_STRING || t->kind == TOKEN_CHARACTER;
}

static size_t
count(struct str text, char punctuator)
{
	struct lexer x;
	struct token t;
	size_t n = 0;

	lexer_init(&x, text);
	while (lexer_next(&x, &t))
		if (token_is(&t, punctuator))
			n++;
	return n;
}

static bool
is_pointer(const struct declarator *d)
{
	return count(d->text, '*') > 0;
}

/* int a[], char *a[]: what it holds cannot be filled by several clauses. */
static bool
holds_scalars(const struct item *it, const struct declarator *d)
{
	struct lexer x;
	struct token t;

	if (count(d->text, '[') != 1)
		return false;
	if (is_pointer(d))
		return true;
	lexer_init(&x, it->spec);
	while (lexer_next(&x, &t))
		if (t.word != WORD_TYPE && t.word != WORD_SPECIFIER)
			return false;
	return true;
}

/* Skip from an opening bracket to behind the one that closes it. */
static void
skip_brackets(struct lexer *x, struct token *t, struct buf *copy)
{
	size_t depth = 0;

	do {
		if (token_is(t, '(') || token_is(t, '[') || token_is(t, '{'))
			depth++;
		else if (token_is(t, ')') || token_is(t, ']') || token_is(t, '}'))
			depth--;
		if (copy) {
			buf_add(copy, t->text);
			buf_byte(copy, ' ');
		}
	} while (lexer_next(x, t) && depth > 0);
}

/*
 * One clause of a braced list, t being its first token: appends its outer
 * designator and {0}.  Returns whether it surely fills exactly one element.
 */
static bool
copy_clause(struct buf *b, struct lexer *x, struct token *t, bool scalars)
{
	bool one;

	if (token_is(t, '[')) {
		skip_brackets(x, t, b);
		buf_add(b, STR("= "));
		while (t->kind != TOKEN_END && !token_is(t, '=') && !token_is(t, '{')
		    && !token_is(t, ',') && !token_is(t, '}'))
			lexer_next(x, t);
		if (token_is(t, '='))
			lexer_next(x, t);
	}
	one = token_is(t, '{') || t->kind == TOKEN_STRING
	    || (scalars && (is_digit_or_literal(t) || token_is(t, '&') || token_is(t, '-')
	    || token_is(t, '(')));
	while (t->kind != TOKEN_END && !token_is(t, ',') && !token_is(t, '}')) {
		if (token_is(t, '(') || token_is(t, '[') || token_is(t, '{'))
			skip_brackets(x, t, NULL);
		else
			lexer_next(x, t);
	}
	buf_add(b, STR("{0},"));
	return one;	/* a name may be a macro that stands for several */
}

/* An initialiser of the same length without its values; false if that is unsure. */
static bool
copy_shape(struct buf *b, const struct item *it, const struct declarator *d)
{
	bool scalars = holds_scalars(it, d), sure = true;
	struct lexer x;
	struct token t;

	lexer_init(&x, d->initialiser);
	if (!lexer_next(&x, &t))
		return false;
	buf_byte(b, '{');
	lexer_next(&x, &t);
	if (t.kind == TOKEN_STRING && scalars && !is_pointer(d)) {	/* {"abc"} of chars */
		b->len--;
		buf_add(b, d->initialiser);
		return true;
	}
	while (t.kind != TOKEN_END && !token_is(&t, '}')) {
		if (token_is(&t, '#') && t.is_first)
			sure = false;
		sure = copy_clause(b, &x, &t, scalars) && sure;
		if (token_is(&t, ','))
			lexer_next(&x, &t);
	}
	buf_byte(b, '}');
	return sure;
}

static bool
is_braced(struct str initialiser)
{
	struct lexer x;
	struct token t;

	lexer_init(&x, initialiser);
	return lexer_next(&x, &t) && token_is(&t, '{');
}

void
declare_size(struct buf *b, const struct item *it, const struct declarator *d, bool is_constant)
{
	struct buf shape = { 0 };

	buf_printf(b, "extern __typeof__(%.*s[0]) %.*s[sizeof(", STR_ARG(d->name),
	    STR_ARG(d->name));
	if (!is_braced(d->initialiser)) {	/* a string, perhaps in several parts */
		declare_one_line(b, d->initialiser);
	} else {
		bool sure = copy_shape(&shape, it, d);

		/* C++ would take "(a[0]) []" for the operand without the const */
		buf_printf(b, "(__typeof__(%.*s[0]) const [])", STR_ARG(d->name));
		declare_one_line(b, sure || !is_constant ? buf_str(&shape) : d->initialiser);
		buf_release(&shape);
	}
	buf_printf(b, ") / sizeof(%.*s[0])];", STR_ARG(d->name));
}

/* K&R: "f(a, b)" as "f()". */
static void
copy_without_parameters(struct buf *b, const struct declarator *d)
{
	size_t behind = lies_in(d->name, d->text) ?
	    (size_t)(d->name.data - d->text.data) + d->name.len : str_find_byte(d->text, '(');
	struct str rest = str_slice(d->text, behind, d->text.len);
	size_t open = str_find_byte(rest, '('), close = open;
	size_t depth = 0;

	for (; close < rest.len; close++) {
		if (rest.data[close] == '(')
			depth++;
		if (rest.data[close] == ')' && --depth == 0)
			break;
	}
	buf_add(b, str_slice(d->text, 0, behind));
	buf_add(b, str_slice(rest, 0, open));
	buf_byte(b, '(');
	buf_add(b, str_slice(rest, close, rest.len));
}

size_t
declare_front(struct str spec)
{
	struct lexer x;
	struct token t;
	size_t depth = 0, end = 0;

	lexer_init(&x, spec);
	while (lexer_next(&x, &t)) {
		if (token_is(&t, '['))
			depth++;
		else if (depth == 0)
			break;
		else if (token_is(&t, ']') && --depth == 0)
			end = (size_t)(x.at - spec.data);
	}
	return end;
}

size_t
declare_label_place(const struct declarator *d)
{
	const char *end = d->text.data + d->text.len;
	bool is_inside = lies_in(d->name, d->text), named = false;
	struct lexer x;
	struct token t;
	size_t depth = 0;

	lexer_init(&x, d->text);
	while (lexer_next(&x, &t)) {
		if (token_is(&t, '(') || token_is(&t, '['))
			depth++;
		else if (token_is(&t, ')') || token_is(&t, ']'))
			depth -= depth > 0;
		else if (t.kind == TOKEN_IDENTIFIER && named && depth == 0)
			return (size_t)(end - d->text.data);
		named = named || (is_inside ? t.text.data >= d->name.data
		    : t.kind == TOKEN_IDENTIFIER && t.word == WORD_NONE);
		if (named && depth == 0)
			end = t.text.data + t.text.len;
	}
	return (size_t)(end - d->text.data);
}

void
declare_label(struct buf *b, struct str label)
{
	if (label.len > 0)
		buf_printf(b, " __asm__(\"%.*s\") ", STR_ARG(label));
}

void
declare_name(struct buf *b, const struct item *it, const struct declarator *d, struct str tag,
    struct str label, bool is_constant)
{
	struct buf line = { 0 };

	if (it->specifiers & SPEC_AUTO_TYPE) {
		buf_add(&line, STR("extern __typeof__(((void)0, "));
		buf_add(&line, d->initialiser);
		buf_printf(&line, ")) %.*s", STR_ARG(d->name));
		declare_label(&line, label);
		buf_byte(&line, ';');
	} else {
		struct buf spec = { 0 };
		size_t front;

		declare_specifiers(&spec, it, tag);
		front = declare_front(buf_str(&spec));
		buf_add(&line, str_slice(buf_str(&spec), 0, front));
		if (!d->is_function)
			buf_add(&line, STR(" extern "));
		buf_add(&line, str_slice(buf_str(&spec), front, spec.len));
		buf_release(&spec);
		buf_byte(&line, ' ');
		if (it->parameters_kr.len > 0) {
			copy_without_parameters(&line, d);
			declare_label(&line, label);
		} else {
			size_t place = declare_label_place(d);

			buf_add(&line, str_slice(d->text, 0, place));
			declare_label(&line, label);
			buf_add(&line, str_slice(d->text, place, d->text.len));
		}
		buf_byte(&line, ';');
	}
	declare_one_line(b, buf_str(&line));
	buf_release(&line);
	if (d->has_unknown_size && d->initialiser.data)
		declare_size(b, it, d, is_constant);
}
