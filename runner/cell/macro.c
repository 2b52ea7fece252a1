#include "runner/cell/macro.h"

#include "runner/cell/lex.h"
#include "tangle/base/buf.h"

struct expansion {
	struct str parameters[MACRO_PARAMETERS];
	size_t nparameters;
	bool is_variadic;
	const struct str *args;
	size_t nargs;
	size_t option_depth;	/* inside __VA_OPT__(...): parentheses that are open */
	struct buf *out;
};

/* The names between the parentheses; false if there are too many or it is no list. */
static bool
read_parameters(struct expansion *e, struct lexer *x)
{
	struct token t;

	while (lexer_next(x, &t) && !token_is(&t, ')')) {
		struct str name = t.text;

		if (e->is_variadic || e->nparameters == MACRO_PARAMETERS)
			return false;
		if (str_eq(name, STR("..."))) {
			e->is_variadic = true;
			name = STR("__VA_ARGS__");
		} else if (t.kind != TOKEN_IDENTIFIER) {
			return false;
		}
		e->parameters[e->nparameters++] = name;
		if (!lexer_next(x, &t))
			return false;
		if (str_eq(t.text, STR("..."))) {	/* GNU: args... */
			e->is_variadic = true;
			if (!lexer_next(x, &t))
				return false;
		}
		if (token_is(&t, ')'))
			return true;
		if (!token_is(&t, ','))
			return false;
	}
	return token_is(&t, ')');
}

/* An empty list is one empty argument; a missing ... is none. */
static bool
does_fit(const struct expansion *e)
{
	if (e->nparameters == 0)
		return e->nargs == 1 && e->args[0].len == 0;
	return e->nargs == e->nparameters || (e->is_variadic && e->nargs + 1 >= e->nparameters);
}

/* The parameter's place; nparameters if t is none. */
static size_t
parameter(const struct expansion *e, const struct token *t)
{
	size_t k = 0;

	if (t->kind != TOKEN_IDENTIFIER)
		return e->nparameters;
	while (k < e->nparameters && !str_eq(e->parameters[k], t->text))
		k++;
	return k;
}

static bool
is_variadic_part(const struct expansion *e, size_t k)
{
	return e->is_variadic && k + 1 == e->nparameters;
}

static void
add_argument(struct expansion *e, size_t k)
{
	size_t end = is_variadic_part(e, k) ? e->nargs : k + 1;

	for (size_t i = k; i < end && i < e->nargs && e->out->len <= MACRO_LONGEST; i++) {
		if (i > k)
			buf_add(e->out, STR(", "));
		buf_add(e->out, e->args[i]);
	}
}

/* #parameter: strings and characters inside get their quotes escaped. */
static void
add_string(struct expansion *e, size_t k)
{
	size_t from = e->out->len;
	struct buf b = {0};
	struct str s;
	struct lexer x;
	struct token t;

	add_argument(e, k);
	buf_add(&b, str_slice(buf_str(e->out), from, e->out->len));
	e->out->len = from;
	buf_byte(e->out, '"');
	s = buf_str(&b);
	lexer_init(&x, s);
	for (const char *end = s.data; lexer_next(&x, &t); end = x.at) {
		bool quoted = t.kind == TOKEN_STRING || t.kind == TOKEN_CHARACTER;

		if (end != s.data && t.text.data > end)
			buf_byte(e->out, ' ');
		for (size_t i = 0; i < t.text.len; i++) {
			char c = t.text.data[i];

			if (quoted && (c == '"' || c == '\\'))
				buf_byte(e->out, '\\');
			buf_byte(e->out, c == '\n' ? ' ' : c);
		}
	}
	buf_byte(e->out, '"');
	buf_release(&b);
}

static bool
is_paste(const struct token *t)
{
	return str_eq(t->text, STR("##")) || str_eq(t->text, STR("%:%:"));
}

/* ", ## args" without args: the comma goes too. */
static void
drop_comma(struct expansion *e)
{
	while (e->out->len > 0 && e->out->data[e->out->len - 1] == ' ')
		e->out->len--;
	if (e->out->len > 0 && e->out->data[e->out->len - 1] == ',')
		e->out->len--;
}

static bool
has_variadic(const struct expansion *e)
{
	for (size_t k = e->nparameters - 1; k < e->nargs; k++)
		if (!str_is_blank(e->args[k]))
			return true;
	return false;
}

/* __VA_OPT__( was read up to its parenthesis: over all of it, or only over that. */
static bool
read_option(struct expansion *e, struct lexer *x, struct token *t)
{
	size_t depth = 1;
	bool more = true;

	if (has_variadic(e)) {
		e->option_depth = 1;
		return lexer_next(x, t);
	}
	while (depth > 0 && (more = lexer_next(x, t))) {
		depth += token_is(t, '(');
		depth -= token_is(t, ')');
	}
	return more && lexer_next(x, t);
}

/* The parenthesis that ends the __VA_OPT__ at hand. */
static bool
ends_option(struct expansion *e, const struct token *t)
{
	if (e->option_depth == 0)
		return false;
	e->option_depth += token_is(t, '(');
	e->option_depth -= token_is(t, ')');
	return e->option_depth == 0;
}

static void
substitute(struct expansion *e, struct lexer *x, bool function_like)
{
	struct token t, following;
	const char *end = x->at;
	bool pasted = true, more = lexer_next(x, &t);

	for (; more && e->out->len <= MACRO_LONGEST; t = following) {
		size_t k = parameter(e, &t);

		more = lexer_next(x, &following);
		if (ends_option(e, &t))
			continue;
		if (e->is_variadic && more && str_eq(t.text, STR("__VA_OPT__")) && token_is(&following, '(')) {
			more = read_option(e, x, &following);
			continue;
		}
		if (is_paste(&t)) {
			end = t.text.data + t.text.len;
			pasted = true;
			if (more && parameter(e, &following) < e->nparameters &&
			    is_variadic_part(e, parameter(e, &following)) && e->nargs < e->nparameters)
				drop_comma(e);
			continue;
		}
		if (!pasted && t.text.data > end)
			buf_byte(e->out, ' ');
		pasted = false;
		if (function_like && more && token_is(&t, '#') &&
		    parameter(e, &following) < e->nparameters) {
			add_string(e, parameter(e, &following));
			t = following;
			more = lexer_next(x, &following);
		} else if (k < e->nparameters) {
			add_argument(e, k);
		} else {
			buf_add(e->out, t.text);
		}
		end = t.text.data + t.text.len;
	}
}

bool
macro_expand(struct str rest, const struct str *args, size_t nargs, struct buf *out)
{
	struct expansion e = { .args = args, .nargs = nargs, .out = out };
	struct lexer x;
	struct token t;
	bool function_like;

	lexer_init(&x, rest);
	if (!lexer_next(&x, &t) || t.kind != TOKEN_IDENTIFIER)
		return false;
	function_like = x.at < x.end && *x.at == '(';
	if (function_like && (!lexer_next(&x, &t) || !read_parameters(&e, &x) || !does_fit(&e)))
		return false;
	substitute(&e, &x, function_like);
	return out->len <= MACRO_LONGEST;
}
