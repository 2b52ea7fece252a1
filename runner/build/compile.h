/*
 * Units to shared objects.
 *
 * A compilation runs in an empty temporary folder, with limits, an
 * environment of our own and no shell.  It gives the object's bytes or says
 * why not, what the compiler said, and every file that was read, so that the
 * cache knows what the result rests on.
 */
#ifndef RUNNER_BUILD_COMPILE_H
#define RUNNER_BUILD_COMPILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "runner/build/base.h"
#include "runner/build/message.h"
#include "tangle/base/str.h"

struct arena;
struct compile;
struct launcher;
struct loop;
struct memo;
struct toolchain;

/* For each program started; the second is a matter of the machine, which others may keep busy. */
enum { COMPILE_CPU_SECONDS = 60, COMPILE_SECONDS = 300 };
#define COMPILE_MEMORY	((size_t)2 << 30)	/* of address space */
#define COMPILE_FILE	((size_t)512 << 20)	/* of any file it writes */

/* What the cells of a document share. */
struct compile_options {
	const struct toolchain *toolchain;
	bool is_cxx;				/* C++ */
	struct str standard;			/* empty: gnu17, gnu++17 */
	struct str native;			/* what native means here (native.h); empty: not known */
	const struct str *flags;		/* accepted ones, packages' first */
	size_t nflags;
	const struct str *libs;			/* "-lm", "-L/opt/lib", in order */
	size_t nlibs;
	const struct str *quote_folders;	/* for #include "...", absolute, in order */
	size_t nquote;
	const struct str *include_folders;	/* for both forms, absolute, in order */
	size_t ninclude;
	struct bases bases;
	unsigned sanitizers;			/* set of enum sanitizer, as the flags have it */
	const char *temp;			/* where temporary folders are made, TMPDIR failing that */
	const struct launcher *launcher;	/* starts compilers; or NULL */
	struct memo *memo;			/* knows what drivers start; NULL: they are started */
};

/*
 * One object: from a unit's text; or from several files, each of them compiled
 * to a part, and then one of all parts.  Of host.o a program is made.
 */
struct compile_request {
	const struct compile_options *options;
	struct str unit;
	struct str source;			/* absolute path, to be a part; a `main` in it is hidden */
	const struct str *parts;		/* bytes, to be linked */
	size_t nparts;
	bool is_program;			/* its own definitions win: -Bsymbolic */
	bool is_host;				/* (of parts) an executable, which exports all it has */
	struct str document;			/* for people, who asks: an absolute path; empty: nobody */
	struct str name;			/* and for what in it: "parse"; empty: */
	size_t ordinal;				/* its number, from 1; */
	struct str written;			/* the cell as it stands there, comments and all */
};

enum compile_end {
	COMPILE_DONE,
	COMPILE_FAILED,		/* the compiler or linker said no: see messages */
	COMPILE_LIMIT,		/* time, memory or size: see what */
	COMPILE_BROKEN		/* it could not be run at all: see what */
};

/* A program that was run for it, with the unit on its standard input. */
struct compile_step {
	const char *what;			/* "compile", "link", "list" its inputs */
	const char *const *argv;
};

enum { COMPILE_STEPS = 2 };

struct compile_result {
	enum compile_end end;
	struct str what;
	struct str object;
	struct messages messages;
	const struct str *inputs;		/* absolute paths, each once */
	size_t ninputs;
	bool inputs_known;			/* false: nothing may be kept in a cache */
	bool assembler_lists;			/* they have what the assembler read */
	struct timespec began;			/* by the clock of file times */
	int64_t start;				/* the same, by loop_now */
	int64_t nanoseconds;
	struct compile_step steps[COMPILE_STEPS];
	size_t nsteps;
	struct str folder;			/* where they ran; it will be gone */
	struct str log;				/* what they printed; good until done returns */
};

typedef void compile_fn(void *arg, const struct compile_result *r);

/*
 * Start; done is called from the loop exactly once unless the compilation is
 * freed before.  The request and what it refers to must live until then; the
 * result lives in the arena.  The seed makes names that the compiler invents
 * the same each time: the key of the request in hex.
 */
struct compile *compile_start(struct loop *l, const struct compile_request *r,
    struct str seed, struct arena *a, compile_fn *done, void *arg);

/* Ends it if it still runs.  Allowed within done; NULL is fine. */
void compile_free(struct compile *c);

/* Does the name of a source say C++? */
bool compile_is_cxx(struct str path);

/* What a unit or source is said to be: "c", "c++"; of parts empty. */
const char *compile_language(const struct compile_request *r);

/*
 * The flags that decide what the object is, in order: all but those that name
 * outputs, temporary files and the form of messages.
 */
const struct str *compile_words(const struct compile_request *r, struct arena *a, size_t *n);

#endif
