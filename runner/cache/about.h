/*
 * What the cache keeps for people: how a result was made, and for whom.
 *
 * Beside each result, done or failed, stands a file of this kind under the
 * same name (K2).  It is written when the result is and never read by a run,
 * only by commands that show, search or rebuild what is kept; so it may be lost
 * without harm.  A result that several documents share has one, which names the
 * one that was first.
 *
 * The file is a record (record.h) that holds one zstd frame; in it are fields,
 * "NAME LENGTH", a line end, so many bytes and a line end.  Names that are not
 * known are passed over, so that fields can be added.
 */
#ifndef RUNNER_CACHE_ABOUT_H
#define RUNNER_CACHE_ABOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/build/base.h"
#include "tangle/base/hash.h"
#include "tangle/base/str.h"

struct arena;
struct buf;
struct compile_request;
struct compile_result;
struct folder;

enum about_thing {
	ABOUT_CELL,
	ABOUT_SOURCE,		/* a part, made from a file */
	ABOUT_WHOLE,		/* linked from parts */
	ABOUT_HOST		/* the program that cells run in, with a sanitizer */
};

enum { ABOUT_STEPS = 8 };

/* A program that was run. */
struct about_step {
	struct str what;	/* "compile", "link", "list" its inputs */
	const struct str *words;	/* its arguments, its path first */
	size_t nwords;
};

struct about {
	struct str label;	/* "notes.md#parse"; empty: nobody said */
	struct str document;	/* absolute path; empty: none */
	enum about_thing thing;
	bool is_failure;
	int64_t made;		/* Unix time, nanoseconds */
	struct str run;		/* which run made it: host, process, time */
	struct digest request;	/* K1 */
	struct digest inputs;	/* what it was made from is listed there (KIND_INPUTS) */
	struct digest object;	/* if it is no failure */
	uint64_t object_size;
	int64_t nanoseconds;	/* what making it took */

	struct str compiler;	/* path of the driver */
	struct str version;	/* its own line */
	struct digest identity;	/* over all programs that take part */
	struct about_step steps[ABOUT_STEPS];
	size_t nsteps;
	const struct str *environment;	/* of them all */
	size_t nenvironment;
	struct str folder;	/* they ran in; long gone */
	const struct base *bases;
	size_t nbases;

	struct str written;	/* the cell as it was written; empty: no cell */
	struct str text;	/* the unit, on their standard input; of a source what stood in the file */
	struct str source;	/* absolute path of the file; empty: none */
	const struct digest *parts;
	size_t nparts;
	struct str log;		/* what they printed, byte for byte */
};

/*
 * What is to be said of a result; made, run, inputs and object are the caller's
 * to fill in.  Views into request and result.
 */
void about_result(struct about *x, const struct compile_request *r,
    const struct compile_result *result, struct arena *a);

bool about_add(struct folder *f, const struct digest *name, const struct about *x);

enum about_found { ABOUT_NONE, ABOUT_FOUND, ABOUT_DAMAGED };

/* What is damaged is left where it is. */
enum about_found about_read(struct folder *f, const struct digest *name, struct arena *a,
    struct about *x);

/* "cell", "source", "linked sources", "host" */
const char *about_thing_name(enum about_thing t);

#endif
