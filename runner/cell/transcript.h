/*
 * A console transcript: commands, and what each of them printed.
 *
 *	$ for f in *.c
 *	> do wc -l $f; done
 *	12 a.c
 *	$ false
 *	[1]
 *
 * A line that begins with "$ " is a command.  "> " right behind it goes on with
 * it, and so does whatever follows a backslash at a line's end.  The lines up to
 * the next command are its output; "[N]" as the last of them is its status,
 * when that is not 0.  Blank lines at their end are layout: the writer's.
 *
 * An output line that would be misread has a backslash before it, and one more
 * if it has some already.  A last line without a newline ends in " (no-eol)".
 */
#ifndef RUNNER_CELL_TRANSCRIPT_H
#define RUNNER_CELL_TRANSCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct arena;
struct buf;

/* Lines are counted from 0. */
struct step {
	size_t line;		/* where its command begins */
	size_t output;		/* the first line behind the command */
	size_t noutput;		/* recorded lines, with the status, without layout */
	struct str command;	/* what the shell is given */
	int status;		/* as recorded */
	bool is_open;		/* it ends in a backslash: what follows would be taken for a part of it */
};

struct transcript {
	const struct str *lines;	/* the block's, with their line ends */
	size_t nlines;
	struct step *steps;
	size_t n;
};

/* Any lines are a transcript; without a command it has no steps. */
void transcript_read(struct transcript *t, const struct str *lines, size_t nlines,
    struct arena *a);

/* Append the recorded lines of a step, each ended by LF. */
void transcript_recorded(const struct transcript *t, const struct step *s, struct buf *to);

/*
 * Append what stands below a command that printed `text` (printable lines; the
 * last without LF if it printed none) and ended with that status.  Read again
 * it is one output, and the same one.
 */
void transcript_output(struct buf *to, struct str text, int status);

/* Would these lines, below a command, be read as its output with that status, and all of it? */
bool transcript_is_output(struct str text, int status, struct arena *a);

/*
 * Append the whole block with new outputs, LF line ends: one text a step, one
 * whose data is NULL stays as recorded.
 */
void transcript_write(const struct transcript *t, const struct str *texts, struct buf *to);

#endif
