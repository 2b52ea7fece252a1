/*
 * Expansion + options + order: what is to be run.
 *
 * The cells of one document, in order, with everything that decides how they
 * are compiled and run.  Files named by `prelude` come first, as cells that
 * stand in no block.  A cell's line numbers are those of its text: they count
 * from the first line of the cell (of all cells of its name, if there are
 * several), option lines included.
 */
#ifndef RUNNER_CELL_CELL_H
#define RUNNER_CELL_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tangle/base/source.h"
#include "tangle/base/str.h"

struct arena;
struct block;
struct blocks;
struct config;
struct diag;
struct graph;
struct interpreter;
struct instance;
struct root;
struct transcript;

enum failure {
	FAILS_NOT,
	FAILS_COMPILE,
	FAILS_CRASH,
	FAILS_ERROR,		/* of its language, that nobody catches */
	FAILS_EXIT,
	FAILS_LIMIT,		/* hits a limit */
	FAILS_ANY,		/* some failure, whichever */
	FAILS_ALLOWED		/* a failure or none */
};

/* A word from an option, with the place to blame it at. */
struct word {
	struct str text;
	struct place at;
};

/* What `fails=` says. */
struct expectation {
	enum failure kind;
	int status;		/* of exit:N; -1: any */
	int signal;		/* of SIGNAME; 0: any */
	struct str limit;	/* the option's name; empty: any */
	struct place at;
	struct word with;	/* a pattern for its words; text empty: none */
};

/* What a line of a reworked text is in the text that was there before. */
struct cell_origin {
	size_t line;		/* or the line above it, */
	bool is_made;		/* if there was none like it */
};

enum cell_kind {
	CELL_C,			/* C or C++: compiled, and run in its session */
	CELL_CONSOLE,		/* for sh, with a transcript */
	CELL_LUA,		/* run in its session, by the Lua that is there */
	CELL_ENGINE		/* for a program of its language */
};

struct cell {
	size_t number;			/* from 0, preludes counted */
	size_t ordinal;			/* of its block among those that are cells, from 1; 0: a prelude */
	const struct block *block;	/* NULL: a prelude */
	struct place at;		/* its fence, or the file */
	struct str name;		/* empty if none */
	struct word subst;		/* what is replaced in its text, or in the one that it generates; */
	const struct word *filters;	/* what this goes through then, one after another */
	size_t nfilters;
	struct str instance;		/* of several cells of one block, which follow one another: "n=3" */
	const struct instance *values;	/* of its block's parameters (params.h); or NULL */
	struct str title;		/* "sum", "sum[n=3]", "2[n=3]"; empty: it has its ordinal only */
	struct str marker;		/* in line markers: its name, or "cell" */
	struct str text;		/* LF line ends */
	const struct place *lines;	/* where each of its lines stands */
	size_t nlines;
	const struct cell_origin *origins;	/* of its lines, once it was reworked; else NULL */
	struct place reworked;		/* by whom */
	bool is_header;			/* a prelude that is included */
	bool is_broken;			/* its text cannot be had: reported */
	bool is_absent;			/* (broken) because a program is not here */
	bool is_left_out;		/* a hook leaves it out of this run */
	bool only_compile;		/* run=compile */
	bool generates;			/* what it prints is the text of the cell behind it, whose */
	const struct cell *generator;	/* generator it is; NULL: its text is the document's */
	bool is_pending;		/* generated, and its text is not known (yet) */
	enum cell_kind kind;
	bool is_cxx;			/* C++ */
	const struct transcript *transcript;	/* CELL_CONSOLE */
	const struct interpreter *interpreter;	/* CELL_ENGINE */

	struct str session;		/* "main", ...; with its language in front, of an engine: "python main" */
	bool is_isolated;		/* session=none */

	struct word cc;			/* text empty: not said */
	struct word std;		/* for its language */
	struct word sanitize;		/* names between commas; text empty: not said */
	const struct word *cflags, *libs, *pkg;
	size_t ncflags, nlibs, npkg;

	const struct str *args;
	size_t nargs;
	const struct word *env;		/* NAME or NAME=value; the last of a name counts */
	size_t nenv;
	struct word cwd;		/* text empty: not said */
	struct str stdin_text;
	const struct word *data;	/* files below the root that it reads */
	size_t ndata;
	int64_t timeout;		/* nanoseconds */
	uint64_t memory;		/* bytes; 0: not said; SETTING_NO_LIMIT: none, as for those: */
	uint64_t output_kill, file_size, processes;
	uint64_t output_limit;		/* bytes; 0: not said */
	bool full_buffer;
	bool is_fresh;			/* cache=off: compiled in each run, and not run again to get back */
	bool is_recorded;		/* cache=run: not run again while nothing changed */
	bool show_output, show_value;
	bool show_markdown;		/* what it prints is Markdown (show_output is set, too) */
	const struct word *images;	/* pictures that it writes, from where it works */
	size_t nimages;
	const struct word *normalize;	/* what does not count in its outputs */
	size_t nnormalize;
	bool is_literal;		/* patterns=false: what is recorded means only itself */
	struct expectation fails;
};

struct cells {
	const struct blocks *blocks;
	const struct config *config;	/* of the document's project */
	struct str path;		/* of the document, as the user named it */
	struct cell *list;
	size_t n;
	const struct word *sources;	/* C files below the root, as named */
	size_t nsources;
	const struct word *normalizers;	/* own words for that: "NAME=s/PATTERN/TEXT/" */
	size_t nnormalizers;
	const struct str *files;	/* that were read for them (prelude, stdin) or by them (data), below the root */
	size_t nfiles;
};

/*
 * The cells of a document whose blocks are settled.  What is wrong with one is
 * reported and leaves that one broken.
 */
void cells_make(struct cells *c, struct graph *g, const struct blocks *b,
    const struct root *root, struct arena *a, struct diag *d);

/* A pending cell's text, as its generator printed it; it may turn out to be broken. */
void cell_take_generated(struct cell *c, struct str text, struct arena *a, struct diag *d);

/* Where a line and column of a cell stand in its document. */
struct place cell_place(const struct cell *c, size_t line, size_t column);

/* The line that people know a line of its text by. */
struct cell_origin cell_origin(const struct cell *c, size_t line);

/* Is its text something that a compiler can be given?  If not, that is reported, and it is broken. */
void cell_check(struct cell *c, struct diag *d);

/* A line of its text, without its ending; empty if there is none. */
struct str cell_line(const struct cell *c, size_t line);

/* The last line of its text that holds something. */
size_t cell_last_line(const struct cell *c);

/*
 * The cell of that name, ordinal or ":LINE" of the document; NULL after an
 * error (status usage).
 */
const struct cell *cells_select(const struct cells *c, struct str which, struct diag *d);

/* "SIGFPE", as fails= has it; NULL: of no signal that it knows. */
const char *cell_signal(int number);

#endif
