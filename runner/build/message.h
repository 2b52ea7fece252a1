/*
 * What a compiler said.
 *
 * Parsed from the text that gcc, clang, the assembler and the linker print: it
 * says more than gcc's JSON, which has neither the files that include each other
 * nor the macros that a message stands in, and of which nothing can be read
 * when it is cut short.
 * A message about a cell carries the cell's line marker and a line and column
 * of the cell; one about a file carries the file's path.
 */
#ifndef RUNNER_BUILD_MESSAGE_H
#define RUNNER_BUILD_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct arena;
struct bases;
struct lines;

enum message_level { MESSAGE_ERROR, MESSAGE_WARNING, MESSAGE_NOTE };

/* What the compiler underlines in the line of a message. */
struct span {
	size_t from, to;		/* columns, `to` behind the last one */
};

/* What the compiler would write in place of something. */
struct fixit {
	size_t line, from;		/* in the file of its message */
	size_t to_line, to;		/* behind what is replaced; nothing if that is where it begins */
	struct str text;
};

struct message {
	enum message_level level;	/* a note belongs to the message before it */
	struct str marker;		/* of a line marker, or a path; empty: no place */
	bool is_file;			/* marker is a path: absolute, or below a base */
	size_t line, column;		/* 0: unknown */
	struct str text;		/* one line, plain quotes */
	struct str option;		/* "-Wunused-variable", or empty */
	const struct span *spans;
	size_t nspans;
	const struct fixit *fixes;
	size_t nfixes;
};

struct messages {
	const struct message *list;
	size_t n;
	size_t left_out;		/* beyond the limit */
};

/*
 * In the order printed; equal ones once.  What stands in our own glue
 * (markers "<...>") is left out unless it is all there is.  `unit` is the text
 * that was compiled, for ranges that are counted by its lines; or empty.
 */
struct messages messages_parse(struct str text, const struct lines *unit,
    const struct bases *b, struct arena *a);

#endif
