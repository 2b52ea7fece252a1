/*
 * One text: its name, its bytes, where its lines start; and places in it.
 *
 * Lines end at LF, CR LF or a lone CR, as CommonMark counts them.  Lines and
 * columns start at 1; columns count bytes, as compilers do.
 */
#ifndef TANGLE_BASE_SOURCE_H
#define TANGLE_BASE_SOURCE_H

#include <stddef.h>

#include "tangle/base/str.h"

struct arena;

/* A stretch of bytes of a source, or a whole file, or nowhere. */
struct place {
	const struct source *source;	/* NULL: nowhere */
	size_t offset, length;		/* offset PLACE_FILE: the file as a whole */
};

struct source {
	struct str name;	/* as shown to people: relative to where they stand */
	struct str text;	/* never moves while the source lives */
	struct source_lines *lines;	/* where they start; found when first asked for */
	struct place made_at;	/* a text that stands nowhere: by what it was made; or nowhere */
};

#define PLACE_FILE	((size_t)-1)
#define PLACE_NONE	((struct place){0})

struct position {
	size_t line, column;
};

/* The text has less than 4 GiB; it, its name and the arena live as long as the source. */
void source_init(struct source *s, struct arena *a, struct str name, struct str text);

struct position source_position(const struct source *s, size_t offset);

size_t source_nlines(const struct source *s);

/* The offset at which a line (from 1) starts; behind the last line, the text's end. */
size_t source_start(const struct source *s, size_t line);

/* The n-th line (from 1) without its ending; empty when there is none. */
struct str source_line(const struct source *s, size_t line);

/* Where a view into the source's text stands. */
struct place place_of(const struct source *s, struct str part);
/* Where people are sent who look for a place: for a text that was made, to its maker. */
struct place place_shown(struct place at);
/* The source as a whole. */
struct place place_file(const struct source *s);

#endif
