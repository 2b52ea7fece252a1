/*
 * What the parts of the splitter share: the tokens, a place among them, and
 * what was found of the item at hand.
 *
 *	split		items, and the whole
 *	directive	# lines
 *	guess		what a name nobody declared may be
 *	statement	over a statement
 *	declaration	specifiers and declarators
 *	call		macros of the document, expanded to see what they are
 */
#ifndef RUNNER_CELL_SPLITTER_H
#define RUNNER_CELL_SPLITTER_H

#include "runner/cell/lex.h"
#include "runner/cell/split.h"
#include "runner/cell/tokens.h"
#include "tangle/base/map.h"
#include "tangle/base/mem.h"
#include "tangle/base/str.h"

struct buf;

/* A #define in a branch of an #if group. */
struct branch_macro {
	struct str name;
	void *before, *value;		/* in the context */
};

/* An #if group: its #defines, and of those the ones in the branch at hand. */
struct branch_group {
	size_t first, branch;
};

struct splitter {
	struct tokens ts;
	struct split_context *context;
	struct arena *arena;
	size_t at;			/* the token that is looked at */
	size_t last;			/* the one before it inside the item */
	size_t line;			/* the first # line that the context does not know */
	struct item *items;
	size_t nitems, items_cap;
	struct branch_macro *macros;	/* of the groups that are open */
	size_t nmacros, macros_cap;
	struct branch_group *groups;
	size_t ngroups, groups_cap;

	/* what the item at hand consists of so far */
	struct item *inner;
	size_t ninner, inner_cap;
	struct declarator *declarators;
	size_t ndeclarators, declarators_cap;
	struct tag *tags;
	size_t ntags, tags_cap;
	struct str *enumerators, *storage;
	size_t nenumerators, enumerators_cap, nstorage, storage_cap;

	bool is_unfinished;		/* the text ended before the statement did */
	enum word *pending;		/* statements around the one at hand: WORD_IF, WORD_DO */
	size_t npending, pending_cap;

	/* of a text that a macro made */
	const struct splitter *around;
	struct str expanding;		/* the macro's name */
	unsigned depth;
	bool never_closes;		/* a macro opened a brace that no other one closes */
	const char *limit;		/* no item begins here or later; NULL: there is no limit */
	size_t *budget;			/* how many bytes macros may still cost */
	size_t *work;			/* steps taken */
};

static inline const struct token *
token(const struct splitter *s, size_t i)
{
	return &s->ts.token[i];
}

static inline const struct token *
here(const struct splitter *s)
{
	return &s->ts.token[s->at];
}

static inline size_t
next(const struct splitter *s, size_t i)
{
	++*s->work;
	return token_next(&s->ts, i);
}

static inline bool
opens(const struct token *t)
{
	return token_is(t, '(') || token_is(t, '[') || token_is(t, '{');
}

/* The last token of what begins at i: itself, or the closing bracket. */
static inline size_t
last_of(const struct splitter *s, size_t i)
{
	return opens(token(s, i)) ? token(s, i)->after - 1 : i;
}

/* The token behind what begins at i. */
static inline size_t
behind(const struct splitter *s, size_t i)
{
	return next(s, last_of(s, i));
}

static inline void
step(struct splitter *s)
{
	s->last = s->at;
	s->at = next(s, s->at);
}

/* Over one token, or a bracket with all that it holds. */
static inline void
skip(struct splitter *s)
{
	s->last = last_of(s, s->at);
	s->at = next(s, s->last);
}

static inline bool
at_end(const struct splitter *s)
{
	return here(s)->kind == TOKEN_END;
}

static inline bool
at(const struct splitter *s, char punctuator)
{
	return token_is(here(s), punctuator);
}

static inline void
skip_parentheses(struct splitter *s)
{
	if (at(s, '('))
		skip(s);
}

/* To the first of one or two punctuators outside brackets, or to the end. */
static inline void
skip_to(struct splitter *s, char a, char b)
{
	while (!at_end(s) && !at(s, a) && !at(s, b))
		skip(s);
}

/* From token i to token `to`. */
static inline struct str
span(const struct splitter *s, size_t i, size_t to)
{
	const char *from = token(s, i)->text.data;
	struct str last = token(s, to)->text;

	return (struct str){ from, (size_t)(last.data + last.len - from) };
}

/*
 * The same, with the # lines at its edges: those between token `before` and i,
 * and those between `to` and the token at hand (before == i: none).  So that #if groups stay whole.
 */
static inline struct str
stretch(const struct splitter *s, size_t before, size_t i, size_t to)
{
	struct str text = span(s, i, to);
	const char *from = text.data, *end = text.data + text.len;

	if (before + 1 == i && token(s, before)->lines != token(s, i)->lines)
		from = s->ts.line[token(s, before)->lines].text.data;
	if (here(s)->lines != token(s, to)->lines && !at_end(s) &&
	    s->ts.line[token(s, to)->lines].opener != TOKEN_NONE)
		end = here(s)->text.data;
	return (struct str){ from, (size_t)(end - from) };
}

static inline struct str
name_at(const struct splitter *s, size_t i)
{
	return token_text(token(s, i), s->arena);
}

static inline bool
is_identifier(const struct token *t)
{
	return t->kind == TOKEN_IDENTIFIER && t->word == WORD_NONE;
}

/* A word that can begin or continue declaration specifiers. */
static inline bool
is_specifier(const struct token *t)
{
	return t->word >= WORD_SPECIFIER && t->word <= WORD_ATTRIBUTE;
}

/* [[...]] begins at i. */
static inline bool
is_brackets_attribute(const struct splitter *s, size_t i)
{
	return token_is(token(s, i), '[') && token_is(token(s, next(s, i)), '[');
}

static inline void
add_str(struct str **array, size_t *n, size_t *cap, struct str s)
{
	*array = mem_grow(*array, cap, *n + 1, sizeof **array);
	(*array)[(*n)++] = s;
}

/* ---- split ---- */

/* Read all items up to the limit. */
void split_read(struct splitter *s);
void splitter_release(struct splitter *s);

/* ---- guess ---- */

/* Written like a macro: capitals, digits, underscores, two or more. */
bool guess_is_capitals(const struct token *t);

/* A typedef we know, or a name that headers use for one. */
bool guess_is_type_name(const struct splitter *s, size_t i);

/* The first argument behind the parenthesis i is a type. */
bool guess_has_type_argument(const struct splitter *s, size_t i);

/*
 * The unknown name at i is a type, or a macro in front of one.  Certain: specifiers stood before it, so only
 * its place is in question.
 */
bool guess_is_type(const struct splitter *s, size_t i, bool is_certain);

/* The name at i, followed by another name, is no declarator: WINAPI f. */
bool guess_is_prefix(const struct splitter *s, size_t i);

/* The call at i, a name and parentheses, stands for a type: VEC(int) v. */
bool guess_is_type_call(const struct splitter *s, size_t i, bool is_certain);

/* What follows token i ends a declarator: an initialiser, a list, its end. */
bool guess_ends_declarator(const struct token *t);

/* Over stars and qualifiers. */
size_t guess_behind_stars(const struct splitter *s, size_t i);

/* K&R declarations behind the parameter list that opens at i, then a brace. */
bool guess_has_kr_parameters(const struct splitter *s, size_t i);

/* NAME(...) at i makes items, as far as its looks tell. */
bool guess_is_opaque(const struct splitter *s, size_t i);

/* A declaration or a function begins at i. */
bool guess_begins_declaration(const struct splitter *s, size_t i);

/* ---- statement ---- */

/* A keyword, brace or label that only a statement begins with stands at i. */
bool statement_begins(const struct splitter *s, size_t i);

/* NAME(...) { or NAME(...) if: a loop made by a macro. */
bool statement_is_macro_loop(const struct splitter *s, size_t i);

/* Over a statement. */
void statement_skip(struct splitter *s);
/* The same behind the front of a statement, which may be an if. */
void statement_skip_rest(struct splitter *s, bool behind_if);

/* ---- declaration ---- */

/* Read a declaration or function definition, and let the context know its names. */
void declaration_read(struct splitter *s, struct item *it);

/* What the attribute whose brackets open at i says, a set of enum specifier. */
unsigned declaration_attributes(const struct splitter *s, size_t i);

/* ---- call ---- */

enum call {
	CALL_NONE,		/* no macro of the document */
	CALL_EMPTY,		/* stands for nothing */
	CALL_SPECIFIER,		/* static, an attribute, ... */
	CALL_TYPE,		/* a type, with or without specifiers that are not storage classes */
	CALL_OTHER
};

/*
 * What the macro called at i is; adds what it specifies to *specifiers and
 * *storage, but for CALL_OTHER.
 */
enum call call_class(const struct splitter *s, size_t i, unsigned *specifiers, bool *storage);

/*
 * What the macro called at i stands for, with its last token in *last; false if
 * it is no macro of the document.
 */
bool call_expand(const struct splitter *s, size_t i, struct buf *out, struct str *name,
    size_t *last);

/* Start another splitter, for a text that the macro `name` made. */
struct splitter call_splitter(const struct splitter *s, struct str name);

/* Over a macro and its arguments. */
void call_skip(struct splitter *s);

/*
 * Read the item that begins at token `first` and is a macro's call, storage classes
 * before it apart; false if it cannot be told.
 */
bool call_read(struct splitter *s, size_t first, struct item *it);

/* ---- directive ---- */

/* Read the next # line, and let the context know the macro. */
void directive_read(struct splitter *s, struct item *it);

/* Let the context know the macros of # lines up to that number, which are the item's own. */
void directive_learn(struct splitter *s, size_t lines);

/* Which of the two a pragma is, by what follows the word. */
enum directive directive_of_pragma(struct str rest);

#endif
