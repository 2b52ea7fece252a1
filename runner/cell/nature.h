/*
 * What a C text is, for people: a program, declarations, statements, an expression.
 */
#ifndef RUNNER_CELL_NATURE_H
#define RUNNER_CELL_NATURE_H

#include "tangle/base/str.h"

struct arena;
struct split_context;

enum nature {
	NATURE_EMPTY,		/* nothing but blanks, comments and # lines */
	NATURE_PROGRAM,		/* it has a main */
	NATURE_DECLARATIONS,
	NATURE_STATEMENTS,	/* and what is declared between them */
	NATURE_EXPRESSION
};

/* "program", "declarations", ... */
const char *nature_word(enum nature n);

/* Reads the context and adds to it, as split does. */
enum nature nature_of(struct str text, struct split_context *c, struct arena *a);

#endif
