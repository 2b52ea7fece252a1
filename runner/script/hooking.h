/*
 * A document and the hooks of its project: functions in skein.lua that see its
 * blocks, and the texts of its cells, and may change them on the way.
 *
 *	h = hooking_new(config, overrides, arena, d);		NULL: there are no hooks
 *	hooking_settle(h, blocks, d);		`document` and `block`, before blocks_settle
 *	hooking_cells(h, cells, ...);	`compile`, after cells_make
 *	hooking_output(h, cell, fences, ...)	`output`, when it has run
 *	hooking_normalize(h, cell, ...)		`normalize`, when outputs are compared
 *	hooking_free(h);
 *
 * A hook gets a table.  What it returns takes its place; nothing leaves it as it was,
 * and false or {} leaves out what it is about.  An error in a hook is told with its
 * place in skein.lua, and the block that it was called for is not run.
 */
#ifndef RUNNER_SCRIPT_HOOKING_H
#define RUNNER_SCRIPT_HOOKING_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/output/output.h"
#include "tangle/base/str.h"

struct arena;
struct blocks;
struct cell;
struct cells;
struct config;
struct console_result;
struct diag;
struct hooking;
struct options;

/*
 * Of a project.  The overrides are what the command line says, which no hook
 * changes.  Starts nothing; all that is passed in must outlive it.
 */
struct hooking *hooking_new(const struct config *c, const struct options *overrides, struct arena *a,
    struct diag *d);
/* Has a project hooks on documents, blocks or texts?  For who calls none of them. */
bool hooking_changes_cells(const struct config *c);
void hooking_free(struct hooking *h);		/* NULL is fine, here and everywhere */

/* Has it a hook that can change what is run? */
bool hooking_has_blocks(const struct hooking *h);

/*
 * Its hooks on document and blocks.  Done once, and again after hooking_rest, on what
 * the document itself says: so that a process that was forked since has its own.
 * True when it was done now, and blocks_settle has to follow.
 */
bool hooking_settle(struct hooking *h, struct blocks *b, struct diag *d);
/* What runs the hooks ends, for now. */
void hooking_rest(struct hooking *h);

/*
 * Texts of cells before they are compiled, of those that were generated, or of all
 * others; cells whose hooks went wrong are broken.
 */
void hooking_cells(struct hooking *h, struct cells *c, bool are_generated, struct arena *a,
    struct diag *d);

/* What the hook made of what a cell gave: it is asked once in a run. */
struct hooked {
	bool is_known, is_bad;
	struct fences fences;
	const struct console_result *console;
};

/*
 * What a cell gave, as it would stand in the document.  False after an error: then
 * nothing of it is to be written.
 */
bool hooking_output(struct hooking *h, const struct cell *c, struct fences *f, struct arena *a,
    struct diag *d);
/* The same of a command of a console block, which has one text. */
bool hooking_printed(struct hooking *h, const struct cell *c, struct str command, struct str *text,
    struct arena *a, struct diag *d);

/* Has it one for what cells of that language print?  For normalizing, when it is not asked. */
bool hooking_normalizes(const struct hooking *h, const struct cell *c);
/* A text of a cell ("stdout", "stderr"), on either side, as it is to be compared. */
bool hooking_normalize(struct hooking *h, const struct cell *c, const char *stream, struct str text,
    struct str *normal, struct arena *a, struct diag *d);

#endif
