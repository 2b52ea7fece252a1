/*
 * Fence + options -> fragment, cell, output or listing.
 *
 * What a block is follows from its options, its language, the document's mode
 * and who refers to it (docs/blocks.md); the last is known only to the graph,
 * which sets is_fragment for blocks that a reference reaches.
 */
#ifndef TANGLE_DOCUMENT_BLOCK_H
#define TANGLE_DOCUMENT_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tangle/base/source.h"
#include "tangle/document/attributes.h"
#include "tangle/document/document.h"

struct interpreter;
struct node;
struct params;
struct reference;

enum output_kind { OUTPUT_STDOUT, OUTPUT_STDERR, OUTPUT_ERROR, OUTPUT_SHOWN /* no fence: shown.h */, OUTPUT_KINDS };

enum run_wish {
	RUN_UNSAID,
	RUN_YES,		/* `run`, or a brace form */
	RUN_NO,			/* run=false, ignore */
	RUN_COMPILE		/* compiled, not run */
};

/* There may be a great many: what is rare is looked up in the options. */
struct block {
	const struct document *document;
	const struct part *part;
	struct place at;		/* its opening fence */
	struct str language;		/* "c", "c++", ...; empty if none */
	struct str standard;		/* that the fence's word names (c++17); or empty */
	struct options options;		/* empty when there is a name and nothing else */
	struct str name, file;		/* empty if none */
	const struct params *params;	/* it is a grid of instances (params.h); or NULL */
	struct block *owner;		/* of an output: the block it belongs to; NULL: orphaned */
	struct reference *references;	/* set by the graph, in line order */
	struct node *node;		/* that it is part of; NULL: no name; set by the graph */
	size_t nreferences;
	uint32_t number;		/* ordinal among the blocks of its document, from 0 */
	uint32_t noptions;		/* option lines at the front of its part's body */
	int mode;			/* -1 if not set */
	enum run_wish run;
	enum output_kind output;
	bool append, replace;
	bool is_unused;			/* that no target uses it is meant */
	bool is_hidden;			/* stands in a comment */
	bool is_broken;			/* its options do not parse: neither cell nor fragment */
	bool is_output;
	bool is_output_damaged;		/* of a cell: its output fence lost its end; reported */
	bool is_replaced;		/* a later block took its place: part of no text */
	bool is_fragment;		/* part of a program; set by the graph */
	bool is_cell;			/* is to be run */
};

/* What runs a block of a language, once it is a cell. */
enum engine {
	ENGINE_NONE,
	ENGINE_C,		/* C and C++, which are compiled */
	ENGINE_CONSOLE,		/* commands, with what they print */
	ENGINE_LUA,		/* in the session's own process */
	ENGINE_OTHER		/* a program of that language */
};

/*
 * In the output of a generating block: the line, ended by a colon, above what the generated
 * cell gave.  It is no line of C or Lua.
 */
#define BLOCK_GENERATED		"generated cell"

/* Its text: raw lines, option lines taken off. */
struct body block_body(const struct block *b);
size_t block_nlines(const struct block *b);

/* What the block says of a setting, or else its document; NULL: neither. */
const struct option *block_setting(const struct block *b, const char *key);

/* Where it names its file, if it does. */
struct place block_file_at(const struct block *b);

/* Is it C or C++? */
bool block_is_c(const struct block *b);

/* Is it C++? */
bool block_is_cxx(const struct block *b);

/* By its language alone; only those of C are run without being told to. */
enum engine block_engine(const struct block *b);

/* ENGINE_OTHER: what runs it. */
const struct interpreter *block_interpreter(const struct block *b);

/*
 * Does it say `run` in so many words, or `generates`, or is it hidden, or does the document say
 * that its language is ours (languages)?  ```{python} alone means that language's own tool, and so does knitr's
 * eval=TRUE.
 */
bool block_is_asked_for(const struct block *b);

/* A console block that is to be run: commands and what they printed, not code. */
bool block_is_transcript(const struct block *b);

/* Is what it prints the text of a cell? */
bool block_generates(const struct block *b);

/* "cell", "fragment", "output" or "listing"; "fragment, cell" is both. */
const char *block_kind(const struct block *b);

#endif
