/*
 * C text -> tokens, one by one.
 *
 * Blanks, comments and line splices vanish; # lines are text like any other.
 * Any bytes are taken, in linear time.
 */
#ifndef RUNNER_CELL_LEX_H
#define RUNNER_CELL_LEX_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct arena;

enum token_kind {
	TOKEN_END, TOKEN_IDENTIFIER, TOKEN_NUMBER, TOKEN_STRING, TOKEN_CHARACTER,
	TOKEN_PUNCTUATOR
};

/* What a word means to the splitter; the order counts. */
enum word {
	WORD_NONE,		/* an identifier */
	/* declaration specifiers */
	WORD_SPECIFIER,		/* static, const, inline, ... */
	WORD_TYPE,		/* int, void, __auto_type, ... */
	WORD_TAG,		/* struct, union, enum */
	WORD_TYPEOF,		/* a type with its operand in parentheses */
	WORD_ATOMIC,		/* a qualifier, or a type in parentheses */
	WORD_ATTRIBUTE,		/* __attribute__, _Alignas: something in parentheses */
	WORD_EXTENSION, WORD_ASM, WORD_ASSERT, WORD_PRAGMA,
	/* statements */
	WORD_IF, WORD_ELSE, WORD_WHILE, WORD_FOR, WORD_DO, WORD_CASE, WORD_DEFAULT,
	WORD_JUMP,		/* goto, return, break, continue, __label__ */
	WORD_OPERATOR		/* sizeof, _Generic, ... */
};

struct token {
	enum token_kind kind;
	enum word word;
	unsigned specifiers;	/* set of enum specifier that the word stands for */
	bool is_storage;	/* may have to be blanked: static, inline, ... */
	bool is_first;		/* of its line */
	bool is_spliced;	/* has a line splice inside */
	char punctuator;	/* one byte, digraphs as what they mean; 0 if longer */
	struct str text;
	size_t line;		/* from 1 */
	/* Filled by tokens_read(): */
	size_t lines;		/* how many # lines stand before it */
	size_t after;		/* of an opening bracket: the token behind the closing one */
	size_t up, brace;	/* of an opening bracket: the one around it; the brace around or at it */
};

#define TOKEN_NONE	((size_t)-1)

struct lexer {
	const char *at, *end;
	size_t line;
	bool is_first;
	const char *unclosed[2];	/* up to here no ' and no " is closed */
	bool no_raw;			/* an unclosed raw string was met: look no further */
	size_t work;			/* bytes of quoted text looked at */
};

void lexer_init(struct lexer *x, struct str text);

/* False, and a TOKEN_END, at the end. */
bool lexer_next(struct lexer *x, struct token *t);

/* Past the end of the # line that began before x->at; comments may span lines. */
void lexer_skip_line(struct lexer *x);

bool token_is(const struct token *t, char punctuator);

/* The token's text without line splices; a copy if there are any. */
struct str token_text(const struct token *t, struct arena *a);

#endif
