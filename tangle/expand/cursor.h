/*
 * Where reading is in a line, and what stands around it.
 *
 * Part of a seam's lexer, whose state it moves on.
 */
#ifndef TANGLE_EXPAND_CURSOR_H
#define TANGLE_EXPAND_CURSOR_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct seam;

/* No look back or ahead is longer, so that a line costs what it has bytes. */
enum { CURSOR_LOOK = 256 };

struct cursor {
	struct seam *s;
	struct str text;		/* a line, with those joined to it */
	size_t at;
};

static inline bool
cursor_is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    c == '_' || (unsigned char)c >= 0x80;
}

static inline bool
cursor_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v';
}

static inline struct str
cursor_rest(const struct cursor *x)
{
	return str_slice(x->text, x->at, x->text.len);
}

/* The byte before it; a newline at the line's beginning. */
static inline char
cursor_before(const struct cursor *x)
{
	return x->at > 0 ? x->text.data[x->at - 1] : '\n';
}

/* The n-th byte from there; NUL behind the end. */
static inline char
cursor_peek(const struct cursor *x, size_t n)
{
	return x->at + n < x->text.len ? x->text.data[x->at + n] : '\0';
}

/* NULL is never seen. */
static inline bool
cursor_sees(const struct cursor *x, const char *what)
{
	return what && str_starts(cursor_rest(x), str_of(what));
}

/* The bytes of a word that end there. */
static inline struct str
cursor_word(const struct cursor *x)
{
	size_t from = x->at, least = from > CURSOR_LOOK ? from - CURSOR_LOOK : 0;

	while (from > least && cursor_is_word(x->text.data[from - 1]))
		from--;
	return str_slice(x->text, from, x->at);
}

#endif
