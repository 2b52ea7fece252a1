/*
 * Messages at places in sources.
 *
 * A message has a level, an id (a word, listed in skein-messages(7)), a place
 * and words that say what is wrong and what to do.  Its form:
 *
 *	notes.md:41:7: error: no block is named 'parse' [missing-block]
 *	   41 | <<parse>>
 *	      |   ^~~~~
 *	notes.md:12:1: note: there is a block named 'parser'
 *
 * Errors carry the exit status that they lead to; a diag remembers which kinds
 * it has seen.  Bytes from outside are escaped.  The same words at the same place
 * are printed once, and at most 20 messages of one id, then their count; whoever
 * has a better bound for what it says sets `bounded` meanwhile.
 *
 * Who wants them for a program sets `tell`, which gets all that are no repetition,
 * also those left out in print; with `quiet` no warnings either.
 */
#ifndef TANGLE_BASE_DIAG_H
#define TANGLE_BASE_DIAG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include "tangle/base/arena.h"
#include "tangle/base/map.h"
#include "tangle/base/source.h"

/* Exit statuses; their meaning never changes. */
enum status {
	STATUS_DONE = 0,
	STATUS_DIFFERS = 1,	/* check found differences */
	STATUS_USAGE = 2,
	STATUS_STRUCTURE = 3,	/* of the document or the settings */
	STATUS_COMPILE = 4,	/* a cell does not compile */
	STATUS_FAILED = 5,	/* a cell failed, crashed or hit its limit */
	STATUS_REFUSED = 6,	/* a path or a flag that we do not take */
	STATUS_LIMIT = 7,	/* one of our own limits */
	STATUS_ENVIRONMENT = 8,	/* I/O, memory, a missing program */
	STATUS_CONFLICT = 9,	/* changed meanwhile, edited by hand, locked */
	STATUS_INTERNAL = 70
};

enum { DIAG_MARKS = 8 };

enum diag_color { DIAG_COLOR_AUTO, DIAG_COLOR_ALWAYS, DIAG_COLOR_NEVER };

/* A message, as it is told; notes and helps follow the one that they belong to. */
struct diag_message {
	const char *level;		/* "error", "warning", "note", "help" */
	const char *id;			/* NULL: of a note or a help */
	enum status status;		/* that an error leads to */
	struct place at;
	struct str words;
	size_t about;
	struct str about_part;
};

struct diag {
	FILE *to;			/* usually stderr */
	const struct diag *above;	/* what that one has said is not said again; or NULL */
	void (*tell)(void *whom, const struct diag_message *m);	/* or NULL */
	void *whom;
	size_t about;			/* the ordinal of the cell that messages are about; 0: none */
	struct str about_part;		/* which of several that have it, */
	struct str about_values;	/* and with which values: "n=3"; or empty */
	bool color;
	bool quiet;			/* no warnings */
	bool all;			/* leave nothing out */
	bool bounded;			/* what comes now does not count for the 20 of an id */
	bool silent_note;		/* the last message was left out; so are its notes */
	bool is_repeated;		/* it was told before; so were its notes */
	struct diag_mark {
		size_t offset, length;
	} marks[DIAG_MARKS];		/* of the next excerpt */
	size_t nmarks;
	unsigned long seen;		/* set of statuses, one bit each */
	size_t errors, warnings;
	size_t nparts;			/* parts of which only that was said that an error is the same */
	const char *first;		/* the id of the first error; or NULL */
	struct map counts;		/* id -> struct diag_count, of what is not bounded */
	struct map said;		/* messages with a place, without their excerpts */
	struct arena words;		/* those messages */
};

void diag_init(struct diag *d, FILE *to, enum diag_color color);
/*
 * For a part of what `above` is for, which stays: it says the same things, in the
 * same way, and has its own bounds and statuses.
 */
void diag_init_below(struct diag *d, FILE *to, const struct diag *above);
/*
 * Something else begins, another document for example: what was counted but left
 * out is printed, and messages are counted anew.
 */
void diag_count_anew(struct diag *d);
/* Prints what was counted but left out, then frees. */
void diag_release(struct diag *d);

void diag_error(struct diag *d, enum status s, struct place at, const char *id,
    const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* The same without an excerpt, where the line says nothing. */
void diag_error_line(struct diag *d, enum status s, struct place at, const char *id,
    const char *fmt, ...) __attribute__((format(printf, 5, 6)));
void diag_warning(struct diag *d, struct place at, const char *id,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* Belongs to the message before it, and is left out with it. */
void diag_note(struct diag *d, struct place at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The same, with the line and a caret. */
void diag_note_here(struct diag *d, struct place at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* What to write instead; belongs to the message before it. */
void diag_help(struct diag *d, struct place at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * The excerpt of the next message underlines these bytes of its source too, if
 * they stand in the line that it shows.
 */
void diag_mark(struct diag *d, size_t offset, size_t length);

/*
 * A system call failed on a path: "skein: error: src/a.c: cannot write: No
 * space left on device [io]".  Reads errno; status 8.
 */
void diag_errno(struct diag *d, const char *doing, struct str path);

/* A status that was reached without a message of its own. */
void diag_status_add(struct diag *d, enum status s);

/* The status to exit with: of those seen the first of 70 8 9 6 7 3 4 5 1. */
enum status diag_status(const struct diag *d);

/* Where a status stands in that order, from 0; those of which there is no error come last. */
size_t diag_gravity(enum status s);

#endif
