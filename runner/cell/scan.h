/*
 * The names in C text, and which of them are the text's own.
 *
 * A loop's `int i` is not the variable i of an earlier cell, nor is a member.
 * Judged by neighbouring tokens, in one pass, so it may be wrong either way:
 * good for guessing what depends on what, not for what must be declared.
 */
#ifndef RUNNER_CELL_SCAN_H
#define RUNNER_CELL_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/cell/lex.h"

enum said {
	SAID_PLAINLY,
	SAID_AS_TAG,		/* struct NAME */
	SAID_AS_MEMBER,		/* x.NAME */
	SAID_AS_OWN		/* int NAME */
};

struct scan {
	struct lexer lexer;
	struct token before;	/* the token before the name */
	bool after_type;	/* a declarator may follow: int, struct s, and then * and const */
	bool is_extern;		/* in a declaration that refers to something outside */
	bool in_list;		/* a declarator was met: another may follow a comma */
	size_t depth, list_depth;	/* of brackets */
};

void scan_init(struct scan *s, struct str text);

/* The next name; false at the end. */
bool scan_next(struct scan *s, struct token *name, enum said *how);

/* That name was a type. */
void scan_was_type(struct scan *s);

#endif
