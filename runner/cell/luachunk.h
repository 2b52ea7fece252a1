/*
 * A Lua cell's text, looked at before it runs.
 *
 * Is it Lua at all?  Where does the expression at its end begin, whose value is
 * shown; and which variables of its top level are left to later cells?
 */
#ifndef RUNNER_CELL_LUACHUNK_H
#define RUNNER_CELL_LUACHUNK_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct arena;

struct luachunk {
	bool is_bad;		/* it is no Lua: */
	size_t line;		/* of the error, 0: not known */
	struct str words;
	bool has_value;		/* an expression at its end */
	bool is_call;		/* which is a call, so that nothing may come of it */
	size_t end;		/* where that begins, or its own `return`, or its text ends */
	struct str locals;	/* names, with blanks between */
};

/* The line on which the statement of the top level begins that a line is of. */
size_t luachunk_statement(struct str text, size_t line);

void luachunk_read(struct luachunk *c, struct str text, struct arena *a);

#endif
