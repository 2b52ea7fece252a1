/*
 * A name -> text, with the origin of each line.
 *
 * Expansion follows docs/references.md: a reference line becomes the referred
 * block's lines, each non-empty one behind the reference's indentation; an
 * empty block vanishes with its line.  Only nodes that graph_check found good
 * may be expanded; then this cannot fail.
 */
#ifndef TANGLE_EXPAND_EXPAND_H
#define TANGLE_EXPAND_EXPAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tangle/base/buf.h"
#include "tangle/base/source.h"
#include "tangle/expand/annotate.h"
#include "tangle/expand/directive.h"

struct arena;
struct block;
struct instance;
struct node;
struct reference;

struct expansion {
	struct buf text;	/* each line ended */
	struct place *lines;	/* where each line stands; nowhere: a mark. NULL: not asked for */
	size_t nlines, cap;
	bool is_cut;			/* it would have had more bytes than the style allows */
};

enum expand_lines {
	EXPAND_RAW,		/* line endings as in the document */
	EXPAND_CELL		/* LF; option lines stay as empty lines, so that numbers are true */
};

/* How a text is made; all zero: the bare text. */
struct expand_style {
	enum expand_lines lines;
	bool origins;			/* say where each line stands */
	enum annotations annotations;
	enum directives directives;
	const struct instance *instance;	/* of expand_block: values for ${NAME} (params.h); or NULL */
	uint64_t most;			/* bytes, since what marks add is in no sum; 0: any */
};

/* Append the expansion of a node, or of one block, to x (all zero when new). */
void expand_node(struct expansion *x, const struct node *n, const struct expand_style *style);
void expand_block(struct expansion *x, const struct block *b, const struct expand_style *style);

/* One line of an expansion: its text, where it stands, and how it came in. */
struct expansion_line {
	struct str text;		/* without its LF */
	struct place at;		/* nowhere: a mark, or a directive */
	const struct reference *const *way;	/* outermost first */
	size_t nway;
};

/* The line with that number, from 1, of a node's expansion; false if there is none. */
bool expand_find(const struct node *n, size_t line, const struct expand_style *style,
    struct arena *a, struct expansion_line *found);

void expansion_release(struct expansion *x);

#endif
