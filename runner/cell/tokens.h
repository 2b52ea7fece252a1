/*
 * A text as an array of tokens, with brackets matched and # lines set aside.
 *
 * A # line is not a token: it stands in a list of its own, and each token knows
 * how many stand before it.  What no C compiler reads (#if 0, #ifdef
 * __cplusplus) is taken as a comment.
 *
 * Inside an item only the first branch of an #if group is read, since the
 * branches are alternatives: token_next() jumps over the others.  Brackets are
 * matched the same way.
 */
#ifndef RUNNER_CELL_TOKENS_H
#define RUNNER_CELL_TOKENS_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/cell/lex.h"
#include "tangle/base/str.h"

enum group { GROUP_NONE, GROUP_IF, GROUP_ELSE, GROUP_ENDIF };

struct line {			/* a # line */
	struct str text;
	struct str word;	/* "ifdef" */
	struct str rest;	/* behind the word */
	enum group group;
	size_t line, end_line;
	size_t before;		/* the token that follows */
	size_t opener;		/* of #else and #endif: its #if, or TOKEN_NONE */
	size_t closer;		/* of #if and #else: its #endif, or TOKEN_NONE */
	bool skips;		/* begins a branch that is not read inside items */
	size_t resume;		/* the token with which reading inside an item goes on */
};

struct tokens {			/* all zero when new */
	struct token *token;	/* the last is TOKEN_END */
	size_t n, cap;		/* n does not count it */
	struct line *line;
	size_t nlines, lines_cap;
	size_t work;		/* steps taken */
	bool is_cxx;		/* set before reading: __cplusplus is defined */
};

/* Take text apart. */
void tokens_read(struct tokens *ts, struct str text);
void tokens_release(struct tokens *ts);

/* The token after i inside an item. */
size_t token_next(const struct tokens *ts, size_t i);

#endif
