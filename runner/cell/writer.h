/*
 * A unit being written.
 *
 * Text of the cell goes out at its true line and column, text of ours as lines
 * of "<skein>".  The writer knows where the compiler believes to be, and adds
 * a line marker only where that is wrong.
 */
#ifndef RUNNER_CELL_WRITER_H
#define RUNNER_CELL_WRITER_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/cell/interface.h"
#include "tangle/base/buf.h"
#include "tangle/base/str.h"

struct writer {
	struct interface *in;
	const struct interface_cell *cell;
	struct buf out;
	const char *at;		/* the cell's next byte, if the compiler's place is right; else NULL */
	bool is_in_cell;	/* the compiler believes to read the cell */
	const char *known;	/* a place of the cell whose line was counted */
	size_t known_line;
	size_t item;		/* index of the next part */
	size_t barren;		/* up to here no part begins a run of statements */
	size_t nblocks;
	bool by_label;		/* symbols are given by asm labels, not by a pragma */
	struct str shield, unshield;	/* around #include: names it must not declare */
	const size_t *retry;
	size_t nretry;
	const struct str *absent;	/* see unit_retry */
	size_t nabsent;
	const struct branch **entered;	/* scratch */
	size_t entered_cap;
};

/* Begin lines of our own. */
void writer_glue(struct writer *w);

/* What follows stands on that line, of the cell or of what the marker names. */
void writer_line(struct writer *w, size_t line);
void writer_foreign(struct writer *w, size_t line, struct str marker);

/* The line, from 1, of a place in the cell; cheap if asked in order. */
size_t writer_line_of(struct writer *w, const char *p);

/*
 * A piece of an item's text at its true place, parts of it blanked; what a macro
 * stands for goes on the line of its call.
 */
void writer_piece(struct writer *w, const struct item *it, struct str piece,
    const struct str *blanked, size_t nblanked);

/* Blank a part of the piece that was written last. */
void writer_blank(struct writer *w, struct str last, struct str part);

/* A whole item, its storage classes blanked or not. */
void writer_item(struct writer *w, const struct item *it, bool blank_storage);

/* The same, with an asm label for each name of the session that it declares. */
void writer_labelled(struct writer *w, const struct item *it);
void writer_labelled_declarator(struct writer *w, const struct item *it,
    const struct declarator *d);

/* The asm label of a name in this unit; empty: it gets none. */
struct str writer_label(const struct writer *w, struct str name);

/* An #include: part of the cell, or lines of ours before it. */
void writer_include(struct writer *w, const struct item *it);

/* What stands in the cell before `to` and has not been written: blanks and comments. */
void writer_gap(struct writer *w, const char *to);

/* Attributes of ours are meant: glibc's headers take the word away from tcc. */
void writer_keep_attributes(struct writer *w);

/* A function that runs, and its entry in the table of blocks. */
void writer_begin_block(struct writer *w);
void writer_end_block(struct writer *w);

#endif
