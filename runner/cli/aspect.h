/*
 * The sides of an entry that --what names: its source, its log, its symbols ...
 */
#ifndef RUNNER_CLI_ASPECT_H
#define RUNNER_CLI_ASPECT_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct arena;
struct buf;
struct diag;
struct folder;
struct exhibit;
struct message;

enum aspect {
	ASPECT_SRC,		/* the cell or file as it was written */
	ASPECT_UNIT,		/* what was given to the compiler */
	ASPECT_INC,		/* the files that were read */
	ASPECT_CMD,		/* the commands that were run, */
	ASPECT_ENV,		/* and their environment */
	ASPECT_LOG,		/* what they printed, byte for byte */
	ASPECT_MESSAGES,	/* and what of it concerns the cell */
	ASPECT_LIB,		/* the object: symbols, libraries, strings, */
	ASPECT_ABI,		/* and declarations of what it offers */
	ASPECTS
};

#define ASPECT_BIT(a)	(1u << (a))
#define ASPECT_ALL	(ASPECT_BIT(ASPECTS) - 1)

/* "src" */
const char *aspect_name(enum aspect a);

/*
 * "src,log", "all": a set, no more than what is allowed; false after an error
 * `usage`, which names the words and the nearest.
 */
bool aspect_read(struct str words, unsigned allowed, unsigned *set, struct diag *d);

/*
 * Append it as text.  False if there is none: it is gone or damaged, or (an
 * object of a failure) never was.
 */
bool aspect_text(enum aspect what, struct folder *f, const struct exhibit *k, struct arena *a,
    struct buf *to);

/* One message, "parse:4:2: warning: unused variable 'x' [-Wunused-variable]", with a line end. */
void aspect_message(const struct message *m, struct buf *to);

/* A text for standard output: on a terminal what could harm it is made visible. */
void aspect_show(struct str text, struct buf *to);

/* A word of a command, quoted for sh where it has to be. */
void aspect_quote(struct str word, struct buf *to);

#endif
