/*
 * What a session is asked to run: one cell's object, and how.
 */
#ifndef RUNNER_SESSION_RUN_H
#define RUNNER_SESSION_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tangle/base/str.h"

/* Objects side by side (runner/build/piece.h), of which the host loads all at once. */
struct session_piece {
	struct str bytes;
	uint64_t number;	/* among the session's pieces, from 1 */
	bool is_refused;	/* the host could not load it: its objects go alone */
};

struct session_object {
	struct str bytes;	/* ELF shared object, already verified; empty: see fetch */
	size_t number;		/* the cell's, or SIZE_MAX: of sources= */
	struct str marker;	/* the cell's line marker, for frames */
	size_t slot;		/* where it is to lie: the cell's place among all, or SIZE_MAX */
	struct session_piece *piece;	/* that it is a part of; NULL: none */
	uint64_t base, unit;	/* within the piece: its start, its skein_unit */
	struct str (*fetch)(void *arg, size_t slot);	/* the bytes, once they are wanted */
	void *arg;
};

struct str session_object_bytes(const struct session_object *o);

/* Where the texts of cells are. */
struct frame;
struct session_text {
	/* A line (from 1) of what a frame's marker names; empty if unknown. NULL: none is known. */
	struct str (*line)(void *arg, const struct frame *f, size_t line);
	void *arg;
};

/* Views (bytes, marker, stdin_text) must stay for as long as the session. */
struct session_run {
	struct session_object object;
	bool is_program;	/* has a main: called in a copy of the session */
	bool is_isolated;	/* session=none: in a process that sees nothing of it */
	bool is_shell;		/* (isolated program) no object: a script for sh, with its NUL;
				 * the arguments are its folder and what is set in its
				 * environment; stderr goes where stdout goes */
	bool is_lua;		/* no object: a chunk of Lua, with arguments as runner/host/part.h
				 * has them */
	bool is_engine;		/* no object: a text for another program (RUN_ENGINE), whose command
				 * the arguments are; a program in place, or one that keeps sessions */
	bool from_stdin;	/* (is_engine) the text is its standard input */
	bool checkpoint;	/* false: has succeeded before, so none is needed */
	bool once;		/* must not be run again to get back (cache=off) */
	bool is_timed;		/* when it prints what is asked for, too */
	bool full_buffer;	/* stdout is fully buffered, not by line */
	const char *const *args;	/* of a program, argv[0] left out */
	size_t nargs;
	struct str stdin_text;	/* on fd 0; empty: end of file at once */
	int64_t timeout;	/* nanoseconds of wall clock */
	size_t output_kept;	/* bytes a stream, head and tail */
	size_t output_kill;	/* bytes a stream: beyond, it is ended */
	struct session_text text;	/* asked while it runs; not when it is run again */
	/* 0: any. */
	size_t memory;		/* bytes that all its processes may use */
	bool is_machines;	/* (memory 0) as much as leaves the machine usable */
	uint64_t file_size;	/* bytes of any file that it writes */
	uint64_t processes;	/* and threads, at once */
};

#endif
