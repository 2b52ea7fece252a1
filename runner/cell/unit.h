/*
 * A cell -> a translation unit.
 *
 * First all cells of a session are added to its interface (interface_add), then
 * each is made: the entries it reaches, then its own text, in its own order,
 * lines and columns, with statements inside functions that register themselves.
 * The compiler's positions are the cell's own: "# N "MARKER"".  Ours stand
 * under "<skein>", those of other cells' macros and inline functions under
 * markers of their own (interface_marker).
 */
#ifndef RUNNER_CELL_UNIT_H
#define RUNNER_CELL_UNIT_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/cell/interface.h"
#include "tangle/base/str.h"

struct unit {
	struct str text;	/* what is hashed and compiled */
	bool is_program;	/* defines main */
	bool has_blocks;	/* something to run */
	bool is_bare;		/* nothing but # lines */
	const size_t *uses;	/* numbers of earlier cells that define a function or variable */
	size_t nuses;		/* it may refer to */
	const size_t *needs;	/* superset: types, macros and opaque items too */
	size_t nneeds;
	const struct unit_note *notes;
	size_t nnotes;
	struct unit_note refusal;	/* why it is not to be compiled; or line 0 */
};

/* The unit of the cell with that number; everything lives in the interface's arena. */
void unit_make(struct interface *i, size_t number, struct unit *u);

/* What is known of a unit that cannot be used as it was made. */
struct unit_retry {
	const size_t *lines;
	size_t nlines;
	const struct str *absent;
	size_t nabsent;
};

/*
 * The same after the compiler refused it at these lines of the cell with a
 * message that unit_can_retry() knows: declarations there become dynamic, a
 * trailing expression there is shown by value (a bit-field) or not at all.
 * If it knows no redefine_extname, which its message tells by an impossible line,
 * symbols are given by asm labels.
 *
 * Absent are the symbols of variables that only a header mentions and nobody
 * defines (the list of tests, which comes with a later cell's UTEST_MAIN()): they
 * may be missing then, and tests do not register themselves.
 */
void unit_retry(struct interface *i, size_t number, const struct unit_retry *r,
    struct unit *u);

/* Is it worth a retry?  The compiler's message, without place and level. */
bool unit_can_retry(struct str message);

#endif
