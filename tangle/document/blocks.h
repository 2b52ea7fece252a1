/*
 * The blocks of a document, and what their options make of them.
 *
 * A block's options come from its fence, the comment above it, lines at its top and
 * the command line; the document's from front matter, comments and skein.lua.
 */
#ifndef TANGLE_DOCUMENT_BLOCKS_H
#define TANGLE_DOCUMENT_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>

struct block;
struct diag;
struct document;
struct options;

/* How a document writes the heads of its blocks, and references. */
enum syntax {
	SYNTAX_SKEIN,		/* <<name>>; a block of a name that is there continues it */
	SYNTAX_LMT		/* <<<name>>>; it starts anew, unless it says append (+=) */
};

/* What a block does whose name is there already, and which says nothing of it. */
enum repeat {
	REPEAT_APPEND,		/* it continues */
	REPEAT_REPLACE,		/* it starts anew */
	REPEAT_EXPLICIT		/* an error: it must say append or replace */
};

struct blocks {
	struct document *document;
	struct block *list;
	size_t n;
	bool runs_marked_only;		/* run: marked, or run: false */
	bool compiles_only;		/* run: compile; what a block says itself wins */
	enum syntax syntax;		/* syntax: */
	enum repeat repeat;		/* repeat: */
};

/*
 * Find the blocks of a parsed document; problems are reported, and it goes on.
 * The overrides are what the command line says: they replace what document and
 * blocks say.
 */
void blocks_find(struct blocks *b, struct document *d, const struct options *overrides,
    struct diag *diag);

/*
 * A block's options, or the document's, are others now: checked as if they had been
 * written, and the block is what they say.  False after an error; then nothing has
 * changed.  For blocks_settle to follow; what the graph was built of must be the same.
 */
bool block_set_options(struct block *b, const struct options *now, const struct options *overrides,
    struct diag *d);
bool blocks_set_options(struct blocks *b, const struct options *now, const struct options *overrides,
    struct diag *d);

#endif
