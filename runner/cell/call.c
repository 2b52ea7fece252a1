#include "runner/cell/splitter.h"

#include "runner/cell/macro.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"

/*
 * Macros of the document are expanded one step at a time, this many times.  How
 * much text that may make is bounded by split(), so that a long body that is
 * called often does not cost more than it is worth.
 */
enum { DEEPEST = 8 };

/* A macro that says more is no mere specifier or type. */
enum { LONGEST_CLASS = 1024 };

/* The #define of the call at i; NULL if it is none, or not to be expanded. */
static const struct item *
definition(const struct splitter *s, size_t i)
{
	const struct item *define;
	struct str name;

	if (!is_identifier(token(s, i)) || s->depth == DEEPEST)
		return NULL;
	name = name_at(s, i);
	define = map_get(&s->context->macros, name);
	if (!define || (define->function_like && !token_is(token(s, next(s, i)), '(')))
		return NULL;
	for (const struct splitter *o = s; o; o = o->around)
		if (str_eq(o->expanding, name))		/* as the preprocessor does */
			return NULL;
	return define;
}

/* Tokens i up to `end` as one line. */
static struct str
joined(const struct splitter *s, size_t i, size_t end)
{
	struct buf b = {0};

	for (size_t j = i; j < end; j = next(s, j)) {
		struct str before = j > i ? token(s, j - 1)->text : (struct str){0};
		struct str text = name_at(s, j);

		if (j > i && before.data + before.len != token(s, j)->text.data)
			buf_byte(&b, ' ');
		buf_add(&b, text);
	}
	return buf_take(&b, s->arena);
}

/* The arguments of the call at i; there is at least one, if an empty one. */
static struct str *
arguments(const struct splitter *s, size_t i, size_t *n)
{
	size_t open = next(s, i), end = last_of(s, open), cap = 0, from = next(s, open);
	struct str *args = NULL;

	*n = 0;
	for (size_t j = from;; j = behind(s, j)) {
		if (j < end && !token_is(token(s, j), ','))
			continue;
		args = mem_grow(args, &cap, *n + 1, sizeof *args);
		args[(*n)++] = joined(s, from, j < end ? j : end);
		if (j >= end)
			return args;
		from = next(s, j);
	}
}

static bool
can_pay(const struct splitter *s, size_t bytes)
{
	*s->work += bytes;
	if (bytes > *s->budget)
		return false;
	*s->budget -= bytes;
	return true;
}

bool
call_expand(const struct splitter *s, size_t i, struct buf *out, struct str *name, size_t *last)
{
	const struct item *define = definition(s, i);
	struct str rest, *args = NULL;
	size_t nargs = 0;
	struct lexer x;
	struct token t;
	bool done;

	if (!define)
		return false;
	*name = define->name;
	*last = define->function_like ? last_of(s, next(s, i)) : i;
	lexer_init(&x, define->text);	/* over # and define */
	lexer_next(&x, &t);
	lexer_next(&x, &t);
	rest = str_slice(define->text, (size_t)(x.at - define->text.data), define->text.len);
	if (define->function_like)
		args = arguments(s, i, &nargs);
	done = macro_expand(rest, args, nargs, out);
	mem_free(args);
	return can_pay(s, rest.len + out->len) && done;
}

struct splitter
call_splitter(const struct splitter *s, struct str name)
{
	return (struct splitter){ .context = s->context, .arena = s->arena, .around = s,
	    .depth = s->depth + 1, .budget = s->budget, .work = s->work, .expanding = name };
}

/* ---- what a macro is ---- */

/* A word that is no keyword: a macro again, or a type. */
static enum call
class_of_name(const struct splitter *e, unsigned *set, bool *storage)
{
	unsigned more = 0;
	bool more_storage = false;
	enum call class = call_class(e, e->at, &more, &more_storage);

	*set |= more;
	*storage |= more_storage;
	if (class == CALL_NONE)
		return guess_is_type_name(e, e->at) ? CALL_TYPE : CALL_OTHER;
	return class == CALL_EMPTY ? CALL_SPECIFIER : class;
}

/* One token, and what belongs to it, of a macro that may be all specifiers. */
static enum call
class_of_token(struct splitter *e, unsigned *set, bool *storage)
{
	const struct token *t = here(e);
	enum call class = CALL_SPECIFIER;

	*set |= t->specifiers;
	*storage |= t->is_storage;
	if (is_brackets_attribute(e, e->at)) {
		*set |= declaration_attributes(e, e->at);
		skip(e);
		return class;
	}
	if (t->word == WORD_TYPE || t->word == WORD_TYPEOF || t->word == WORD_TAG)
		class = CALL_TYPE;
	else if (!is_specifier(t) && t->word != WORD_EXTENSION)
		class = class_of_name(e, set, storage);
	if (class == CALL_OTHER)
		return class;
	step(e);
	if (t->word == WORD_TAG) {		/* struct name */
		if (!is_identifier(here(e)))
			return CALL_OTHER;
		step(e);
	} else if (at(e, '(') && t->word != WORD_TYPE) {
		if (t->word == WORD_ATTRIBUTE)
			*set |= declaration_attributes(e, e->at);
		skip(e);
	}
	return class;
}

/* Depth is bounded by DEEPEST, through definition(). */
enum call
call_class(const struct splitter *s, size_t i, unsigned *specifiers, bool *storage)
{
	enum call class = CALL_EMPTY;
	struct splitter e;
	struct buf b = {0};
	struct str name;
	size_t last;
	const struct item *define = definition(s, i);

	if (define && define->text.len > LONGEST_CLASS)
		return CALL_OTHER;
	if (!define || !call_expand(s, i, &b, &name, &last)) {
		buf_release(&b);
		return CALL_NONE;
	}
	e = call_splitter(s, name);
	tokens_read(&e.ts, buf_str(&b));
	while (!at_end(&e) && class != CALL_OTHER) {
		enum call c = class_of_token(&e, specifiers, storage);

		if (c > class)
			class = c;
	}
	if (class == CALL_TYPE && *storage)
		class = CALL_OTHER;	/* it cannot be blanked */
	splitter_release(&e);
	buf_release(&b);
	return class;
}

void
call_skip(struct splitter *s)
{
	const struct item *define = definition(s, s->at);

	if (define && define->function_like)
		step(s);
	skip(s);
}

/* ---- items by macro ---- */

/*
 * The last token of what may belong to the item that the call ending with token
 * `call` begins: up to a semicolon or a body, not past a # line.
 */
static size_t
last_of_rest(const struct splitter *s, size_t call)
{
	size_t last = call;

	for (size_t j = next(s, call); token(s, j)->kind != TOKEN_END; j = behind(s, j)) {
		if (token(s, j)->lines != token(s, call)->lines)
			break;
		if (token_is(token(s, j), '{') && (last == call || token_is(token(s, last), ')')))
			return last_of(s, j);
		last = last_of(s, j);
		if (token_is(token(s, j), ';'))
			break;
	}
	return last;
}

static bool
has_word(const struct splitter *e, enum word word, size_t reach)
{
	for (size_t i = 0; i < reach; i++)
		if (token(e, i)->word == word)
			return true;
	return false;
}

/* What several items are when one macro makes them all. */
static enum item_kind
kind_of_all(const struct splitter *e)
{
	enum item_kind kind = e->nitems ? e->items[0].kind : ITEM_NEUTRAL;

	for (size_t k = 0; k < e->nitems; k++) {
		enum item_kind one = e->items[k].kind;

		if (one == ITEM_STATEMENT || one == ITEM_EXPRESSION)
			return e->nitems == 1 ? kind : ITEM_STATEMENT;
	}
	return e->nitems == 1 && kind != ITEM_DIRECTIVE ? kind : ITEM_MACRO;
}

static void
gather_names(struct splitter *s, const struct splitter *e, size_t line)
{
	for (size_t k = 0; k < e->nitems; k++) {
		const struct item *it = &e->items[k];

		s->declarators = mem_grow(s->declarators, &s->declarators_cap,
		    s->ndeclarators + it->ndeclarators, sizeof *s->declarators);
		for (size_t n = 0; n < it->ndeclarators; n++) {
			s->declarators[s->ndeclarators] = it->declarators[n];
			s->declarators[s->ndeclarators++].line = line;
		}
		s->tags = mem_grow(s->tags, &s->tags_cap, s->ntags + it->ntags, sizeof *s->tags);
		for (size_t n = 0; n < it->ntags; n++)
			s->tags[s->ntags++] = it->tags[n];
		for (size_t n = 0; n < it->nenumerators; n++)
			add_str(&s->enumerators, &s->nenumerators, &s->enumerators_cap,
			    it->enumerators[n]);
		for (size_t n = 0; n < it->nstorage; n++)
			add_str(&s->storage, &s->nstorage, &s->storage_cap, it->storage[n]);
	}
}

/* Make what was found in the macro's text the item's own. */
static void
take_items(struct splitter *s, const struct splitter *e, size_t line, struct item *it)
{
	enum item_kind kind = it->kind;
	struct str expansion = it->expansion;

	if (e->nitems == 1) {
		*it = e->items[0];
		it->kind = kind;
		if (!it->expansion.data)
			it->expansion = expansion;
	}
	for (size_t k = 0; k < e->nitems; k++)
		it->specifiers |= e->items[k].specifiers;
	if (kind != ITEM_STATEMENT && kind != ITEM_EXPRESSION)
		gather_names(s, e, line);
}

/* Go to the token behind the place that lies `reach` bytes behind token i. */
static void
follow(struct splitter *s, size_t i, size_t reach)
{
	struct str text = token(s, i)->text;
	const char *end = text.data + text.len + reach;

	s->last = i;
	while (s->last + 1 < s->ts.n && token(s, s->last + 1)->text.data < end)
		s->last++;
	s->at = next(s, s->last);
}

/*
 * The macro is a statement, or the front of one, whose end lies behind what was
 * read with it: in another # group, or in an else.
 */
static void
finish_statement(struct splitter *s, const struct splitter *e, size_t call, struct item *it)
{
	size_t own = 0;

	while (own < e->ts.n && token(e, own)->text.data < e->limit)
		own++;
	if (it->kind == ITEM_EXPRESSION) {
		follow(s, call, 0);
		skip_to(s, ';', ';');
		if (at(s, ';')) {
			step(s);
			it->kind = ITEM_STATEMENT;
		}
	} else if (e->is_unfinished || (here(s)->word == WORD_ELSE && has_word(e, WORD_IF, e->ts.n))) {
		follow(s, call, 0);
		statement_skip_rest(s, has_word(e, WORD_IF, own));
	}
}

/* Read the macro's text and what follows it as items of their own. */
static void
read_expansion(struct splitter *s, struct splitter *e, struct str text, size_t own, size_t call,
    struct item *it)
{
	const struct item *last;
	size_t reach = 0;

	tokens_read(&e->ts, text);
	e->limit = text.data + own;
	split_read(e);
	it->kind = kind_of_all(e);
	if (e->nitems > 0) {
		last = &e->items[e->nitems - 1];
		reach = (size_t)(last->text.data + last->text.len - text.data);
		it->expansion = str_slice(text, 0, reach);
		reach = reach > own + 1 ? reach - own - 1 : 0;
	}
	follow(s, call, reach);
	if (it->kind == ITEM_STATEMENT || it->kind == ITEM_EXPRESSION)
		finish_statement(s, e, call, it);
	if (reach == 0 && at(s, ';')) {
		step(s);
		if (it->kind == ITEM_EXPRESSION)
			it->kind = ITEM_STATEMENT;
	}
}

/* How many braces the text leaves open; less than 0: it closes as many. */
static int
open_braces(struct str text)
{
	struct lexer x;
	struct token t;
	int n = 0;

	lexer_init(&x, text);
	while (lexer_next(&x, &t))
		n += token_is(&t, '{') - token_is(&t, '}');
	return n;
}

/* The same of the macro called at i, in one step of expansion; *last: of the call. */
static int
open_braces_of_call(const struct splitter *s, size_t i, size_t *last)
{
	struct buf b = {0};
	struct str name;
	int n = 0;

	if (call_expand(s, i, &b, &name, last))
		n = open_braces(buf_str(&b));
	buf_release(&b);
	return n;
}

/*
 * BEGIN(x) ... END: the macro leaves braces open, so the item reaches to what closes
 * them.  Searched once to the end of the text in vain, it is not searched again.
 */
static bool
reach_closing(struct splitter *s, size_t call, int open)
{
	size_t i = next(s, call);

	if (s->never_closes)
		return false;
	for (; token(s, i)->kind != TOKEN_END; i = next(s, i)) {
		size_t last = last_of(s, i);

		if (token_is(token(s, i), '}'))
			open--;
		else if (is_identifier(token(s, i)))
			open += open_braces_of_call(s, i, &last);
		i = last;
		if (open <= 0) {
			s->last = i;
			s->at = next(s, i);
			return true;
		}
	}
	s->never_closes = true;
	return false;
}

/* What it stands for goes on to there as well. */
static struct str
closed_expansion(const struct splitter *s, struct str own, size_t call)
{
	struct buf b = {0};

	buf_add(&b, own);
	buf_byte(&b, ' ');
	buf_add(&b, span(s, call + 1, s->last));
	return buf_take(&b, s->arena);
}

bool
call_read(struct splitter *s, size_t first, struct item *it)
{
	size_t i = s->at, call, own;
	struct splitter e;
	struct buf b = {0};
	struct str name, rest, text;
	int open;

	if (first < i) {
		buf_add(&b, joined(s, first, i));
		buf_byte(&b, ' ');
	}
	if (!call_expand(s, i, &b, &name, &call)) {
		buf_release(&b);
		return false;
	}
	s->nstorage = 0;
	e = call_splitter(s, name);
	own = b.len;
	open = open_braces(buf_str(&b));
	buf_byte(&b, ' ');
	rest = span(s, call, last_of_rest(s, call));
	rest = str_slice(rest, token(s, call)->text.len, rest.len);
	if (!can_pay(s, rest.len)) {
		buf_release(&b);
		return false;
	}
	buf_add(&b, rest);
	text = buf_take(&b, s->arena);
	read_expansion(s, &e, text, own, call, it);
	take_items(s, &e, token(s, first)->line, it);
	if (open > 0 && reach_closing(s, call, open))
		it->expansion = closed_expansion(s, str_slice(text, 0, own), call);
	if (it->kind == ITEM_MACRO && it->name.len == 0)
		it->name = name;
	splitter_release(&e);
	return true;
}
