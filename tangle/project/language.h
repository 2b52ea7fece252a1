/*
 * Languages: their names, their comments, and how a line of them is told where
 * it comes from.
 *
 * One table, as data.  Comments serve option lines and annotations; the
 * directive's form is noweb's: %L the line, %F the document's name (quoted as
 * `quoting` says), %N a newline, %+1L the line plus one, %% a per cent sign.
 * The traits say what may run over several lines, since a directive that stood
 * in it would be part of a string, a comment or a macro.
 *
 * To add a language: a row among the languages, and its names, which are sorted,
 * in language.c.
 */
#ifndef TANGLE_PROJECT_LANGUAGE_H
#define TANGLE_PROJECT_LANGUAGE_H

#include <stddef.h>

#include "tangle/base/str.h"

/* What a file's name in a directive may hold, and how. */
enum language_quoting {
	QUOTE_C,		/* a string of C: anything, with escapes */
	QUOTE_BACKSLASH,	/* backslashes are doubled; no '"' */
	QUOTE_RAW,		/* as it is; no '"' */
	QUOTE_REST		/* as it is, without quotes, to the end of the line */
};

enum language_trait {
	LANGUAGE_CONTINUES = 1 << 0,	/* a backslash at its end joins a line with the next */
	LANGUAGE_CONDITIONS = 1 << 1,	/* #if ... #endif may skip a directive */
	LANGUAGE_BACK_CONDITIONS = 1 << 2,	/* `ifdef ... `endif may */
	LANGUAGE_MACROS = 1 << 3,	/* no directive within the arguments of a macro */
	LANGUAGE_NESTS = 1 << 4,	/* comments within comments */
	LANGUAGE_CHARS = 1 << 5,	/* 'c' is a character, not a string */
	LANGUAGE_PRIMES = 1 << 6,	/* and ' may stand in names: x', 'a */
	LANGUAGE_LONG = 1 << 7,		/* "..." may run over lines */
	LANGUAGE_LONG_SINGLE = 1 << 8,	/* '...' may, too */
	LANGUAGE_LONG_BACK = 1 << 9,	/* `...` is a string, and may; no escapes */
	LANGUAGE_TRIPLE = 1 << 10,	/* """...""" */
	LANGUAGE_RAW_C = 1 << 11,	/* R"x(...)x" */
	LANGUAGE_RAW_R = 1 << 12,	/* r"--(...)--" */
	LANGUAGE_RAW_D = 1 << 13,	/* r"...", q"EOS...EOS", q"(...)", and comments between /+ and +/ */
	LANGUAGE_VERBATIM = 1 << 14,	/* @"..." with "" for a quote */
	LANGUAGE_GAPS = 1 << 15,	/* "...\   \..." */
	LANGUAGE_QUASI = 1 << 16,	/* [name| ... |] */
	LANGUAGE_BRACED = 1 << 17,	/* {name| ... |name} */
	LANGUAGE_PERL = 1 << 18,	/* q{}, m//, <<EOT, =pod */
	LANGUAGE_LAYOUT = 1 << 19,	/* blanks at the start of a line mean something */
	LANGUAGE_FROM_FILE = 1 << 20	/* a directive's name is relative to the file it stands in */
};

struct language {
	const char *name;		/* "c", "c++", ... */
	const char *comment;		/* up to the line's end; NULL: there is none */
	const char *open, *close;	/* a comment between two marks; NULL: there is none */
	const char *directive;		/* NULL: the language knows none */
	enum language_quoting quoting;
	unsigned traits;		/* of language_trait */
};

/* By any of its names, in lower case; NULL: not known. */
const struct language *language_find(struct str name);

/* By the name of a file; NULL: not known. */
const struct language *language_of_path(struct str path);

/* The k-th of all names, in order, and whose it is; NULL behind the last. */
const char *language_nth(size_t k, const struct language **whose);

#endif
