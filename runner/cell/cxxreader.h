/*
 * What the parts of cxx.h share: the tokens, a place among them, words, and
 * what is jumped over as a whole: brackets, <...>, attributes, qualified names.
 *
 *	cxx		items, and the whole
 *	cxxdeclaration	specifiers, declarators, where a declaration ends
 *
 * All that says "behind" takes a token and gives the one that follows what
 * begins there; the same one, if nothing such begins there.
 */
#ifndef RUNNER_CELL_CXXREADER_H
#define RUNNER_CELL_CXXREADER_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/cell/cxx.h"
#include "runner/cell/tokens.h"
#include "tangle/base/str.h"

struct arena;

struct cxx_reader {
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

static inline const struct token *
token(const struct cxx_reader *r, size_t i)
{
	return &r->ts.token[i < r->ts.n ? i : r->ts.n];
}

static inline bool
is(const struct cxx_reader *r, size_t i, char punctuator)
{
	return token_is(token(r, i), punctuator);
}

static inline bool
says(const struct cxx_reader *r, size_t i, const char *text)
{
	return str_eq(token(r, i)->text, str_of(text));
}

static inline bool
is_open(const struct token *t)
{
	return token_is(t, '(') || token_is(t, '[') || token_is(t, '{');
}

/* The token behind, over brackets as a whole. */
static inline size_t
next(const struct cxx_reader *r, size_t i)
{
	const struct token *t = token(r, i);

	if (i < r->ts.n && is_open(t) && t->after != TOKEN_NONE)
		return t->after;
	return token_next(&r->ts, i);
}

/* Is it one of the words between blanks, as in " void int "? */
bool cxx_is_one_of(const struct token *t, const char *words);

/* A word that stands beside a type: static, const, ... */
bool cxx_is_specifier(const struct token *t);

/* A type by itself: int, auto, ... */
bool cxx_is_type(const struct token *t);

/* class, struct, union, enum */
bool cxx_is_class_key(const struct token *t);

/* A word that begins a statement, or an expression. */
bool cxx_is_statement_word(const struct token *t);

/* An identifier that is no word of the language. */
bool cxx_is_name(const struct token *t);

/* Behind <...>. */
size_t cxx_behind_angles(const struct cxx_reader *r, size_t i);

/* Behind [[...]], __attribute__((...)), alignas(...). */
size_t cxx_behind_attributes(const struct cxx_reader *r, size_t i);

/*
 * Behind a name with what qualifies it: a, ::a, a::b<int>::c, P::~P; *last is
 * its last word.  Stops in front of `operator`.
 */
size_t cxx_behind_name(const struct cxx_reader *r, size_t i, size_t *last);

/* A name of the item at hand. */
void cxx_add_name(struct cxx_reader *r, struct str name);

#endif
