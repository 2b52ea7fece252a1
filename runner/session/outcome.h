/*
 * What running one cell gave.
 *
 * Made by the session, read by the output stage.  Everything lives in the
 * arena that session_run was given.
 */
#ifndef RUNNER_SESSION_OUTCOME_H
#define RUNNER_SESSION_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/session/limit.h"
#include "tangle/base/source.h"
#include "tangle/base/str.h"

enum outcome_kind {
	OUTCOME_DONE,		/* ran to its end */
	OUTCOME_EXIT,		/* a program's non-zero status, or a cell ended its session */
	OUTCOME_CRASH,		/* ended by a signal */
	OUTCOME_ERROR,		/* an error of its language that nobody caught (Lua) */
	OUTCOME_TIMEOUT,	/* hit its wall clock limit */
	OUTCOME_OUTPUT_LIMIT,	/* printed more than output-kill */
	OUTCOME_MEMORY,		/* hit its memory limit; or the system's, if it has none */
	OUTCOME_FILE_SIZE,	/* made a file larger than it may */
	OUTCOME_PROCESSES,	/* had too many processes and threads */
	OUTCOME_INTERRUPTED,	/* session_interrupt */
	OUTCOME_LOAD		/* its object could not be loaded: see `what`; or, is_call, a function
				 * that it called was nowhere */
};

/* What was printed to one stream: all of it, or its head and tail. */
struct captured {
	struct str head, tail;	/* tail is empty unless something was left out */
	uint64_t total;		/* bytes printed */
	uint64_t left_out;	/* bytes between head and tail */
};

/* One call, in document terms: marker is the name in the unit's line markers. */
struct frame {
	struct str function;	/* empty: statements of the cell itself */
	struct str marker;	/* "sum", "cell", or a path of a linked source */
	size_t cell;		/* number given to session_run, or SIZE_MAX: no cell */
	size_t line;		/* 0: unknown */
	size_t column;
	struct str text;	/* of the line, where it stands; the session leaves these two */
	struct place at;
	uint64_t more;		/* calls left out between this one and the next one outwards */
	size_t period;		/* which repeat the last so many up to this one; 0: others */
};

/* An argument, or a variable, of the innermost of the calls. */
struct variable_shown {
	struct str name, value;
	bool is_argument;
	bool is_told;		/* `what` says its value */
	bool is_settled;	/* surely set by then, so that it is the same each time */
};

struct moment;

/* The way to another place that matters: "allocated" there. */
struct route {
	struct str title;
	const struct frame *frames;	/* innermost first */
	size_t nframes;
};

/* What a cell has shown, as it came: any bytes. */
struct display {
	int kind;		/* enum display_kind, but PROGRESS */
	struct str text;	/* its text form, or empty */
	struct str data;
};

struct outcome {
	enum outcome_kind kind;
	bool is_call;
	int status;		/* of exit, when kind is OUTCOME_EXIT */
	int signal;		/* when kind is OUTCOME_CRASH */
	/* One phrase: "read at address 0x0 (NULL)", "stack overflow",
	 * "divided by zero", "ended early by exit(0)", "undefined symbol 'f'". */
	struct str what;
	struct limit limit;	/* that it hit */
	const struct frame *frames;	/* innermost first; of a crash, or where it was stopped */
	size_t nframes;
	const struct frame *statement;	/* of the cell's, that a timeout ended; or NULL */
	const struct variable_shown *variables;
	size_t nvariables;
	bool in_thread;		/* not in the first thread */
	const struct frame *start;	/* the call that made that thread; or NULL */
	const struct route *routes;	/* further ones, of what a sanitizer found */
	size_t nroutes;
	struct captured out, err;
	const struct moment *moments;	/* when what was printed; if asked for */
	size_t nmoments;
	const struct display *displays;	/* in order, whatever became of the cell then */
	size_t ndisplays;
	uint64_t displays_left_out;	/* for which there was no room */
	struct str value;	/* text of the trailing expression; data NULL: none */
	bool state_lost;	/* no way back: the session starts empty */
	struct str note;	/* for the person: what else is worth knowing; or empty */
	int64_t nanoseconds;	/* wall time */
};

#endif
