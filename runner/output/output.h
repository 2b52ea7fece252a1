/*
 * What a cell gave, as the texts of its fences.
 *
 * An outcome holds bytes from a program: any bytes, any number of them.  Here
 * they become lines that can stand in a document: bounded, printable, the same
 * from run to run.  Every text is lines ended by LF, valid UTF-8 without
 * control characters but TAB, and can be fenced (see fence_run).
 *
 * Made from the session's outcome, read by embed (which puts the texts into
 * the document) and diff.  Texts live in the arena that was given.
 */
#ifndef RUNNER_OUTPUT_OUTPUT_H
#define RUNNER_OUTPUT_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tangle/base/str.h"

struct arena;
struct buf;
struct frame;
struct outcome;

/* In the order in which they stand below a cell. */
enum fence {
	FENCE_OUTPUT, FENCE_STDERR, FENCE_ERROR,
	FENCE_SHOWN,			/* no fence: Markdown between two comments (shown.h) */
	NFENCES
};

enum {
	OUTPUT_LINES = 200,		/* of a stream in a document */
	OUTPUT_BYTES = 16 * 1024,
	FENCE_LONGEST = 255		/* libcmark keeps the length in a byte */
};

/* The output fences of one cell, as made or as recorded in the document. */
struct fences {
	struct str text[NFENCES];
	bool present[NFENCES];
};

/* What an outcome does not know: the cell's options and the document. */
struct output_context {
	size_t lines, bytes;		/* kept of a stream; 0: as above */
	bool is_program;		/* has a main: its exit status is its result */
	bool has_state;			/* shares its session with other cells */
	size_t command;			/* of a console block: the last that was begun, from 1 */
	struct str home;		/* $TMPDIR: in what was printed it is called that */
	size_t cell;			/* its number, as frames give it */

	/* The text of a line (from 1) of a cell, empty if unknown; may be NULL. */
	struct str (*line)(void *arg, size_t cell, size_t line);
	/* The line that people know it by; *is_made: of what a hook put below that.  May be NULL. */
	size_t (*shown)(void *arg, size_t cell, size_t line, bool *is_made);
	void *arg;
};

/* The word after the fence: "output", "output-stderr", "output-error"; "shown", to people. */
struct str fence_word(enum fence kind);

/* The fences of a cell that ran; none is present if it printed nothing. */
struct fences output_fences(const struct outcome *o, const struct output_context *c,
    struct arena *a);

/*
 * The fence of a cell that was expected not to compile: its first error.
 * `file` is empty when the line is the cell's own; line 0 is not known.
 */
struct fences output_compile_error(struct str file, size_t line, struct str message,
    struct arena *a);

/*
 * Why the cell failed, in one phrase without a place: "crashed: read at address
 * 0x0 (NULL)", "exit status 3"; empty if it did not.
 */
struct str output_reason(const struct outcome *o, const struct output_context *c,
    struct arena *a);

/*
 * The longest run of `mark` that opens a line of text; with `closing`, of those
 * that would close a fence: nothing but blanks follow.  Of '`' and '~' at least
 * one has no closing run of FENCE_LONGEST in the texts made here.
 */
size_t fence_run(struct str text, char mark, bool closing);

/*
 * Append the text so that it can be fenced: where lines would close any fence of
 * backticks, and others any of tildes, the former lose one to an escape.
 */
void output_fenceable(struct buf *to, struct str text);

/*
 * Take the next line off *rest, without its ending: LF, CR LF or a lone CR, as
 * in CommonMark.  For texts as recorded in any document.  False at the end.
 */
bool output_line(struct str *rest, struct str *line);

/* Of Markdown: could its last lines be HTML that goes on up to a blank line? */
bool output_ends_in_html(struct str text);

/* "... 12 more calls of f and g", if calls were left out behind this one. */
void output_more_calls(struct buf *b, const struct frame *f, bool has_count);

/* Is it worth saying that it happened in a thread? */
bool output_tells_thread(const struct outcome *o);

/* "with n = NULL, depth = 1"; all, or those that are the same each time.  Nothing if there are none. */
void output_variables(struct buf *b, const struct outcome *o, bool all, size_t width);

/* The same line of the same function: a call repeated without end. */
bool output_is_same_call(const struct frame *f, const struct frame *g);

#endif
