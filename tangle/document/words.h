/*
 * The words of which info strings and comments are made: #name, .flag,
 * key=value, key="quoted value".
 *
 * A struct words is where a reader stands in a text.  Each function takes what
 * it reads off `rest`.
 */
#ifndef TANGLE_DOCUMENT_WORDS_H
#define TANGLE_DOCUMENT_WORDS_H

#include <stdbool.h>

#include "tangle/document/attributes.h"

struct words {
	const struct source *source;
	struct options *to;
	struct diag *diag;
	struct str rest;
	bool comma;		/* commas separate too */
	bool ok;
};

void words_skip(struct words *w);		/* separators */

/* A bare run of bytes up to a separator or one of `stops`. */
struct str words_run(struct words *w, const char *stops);

/* A value in quotes, or a bare run.  False if it is broken and was reported. */
bool words_value(struct words *w, const char *stops, struct str *value);

/* Can this be a key? */
bool words_is_key(struct str s);

/* Add an option that stands at `at`. */
void words_add(struct words *w, struct str key, struct str value, bool bare, struct str at);

/*
 * One word: #name, .flag, key=value or a bare word.  Stops at `stops` (the
 * closing brace).  False when it cannot be one; then nothing was added.
 */
bool words_option(struct words *w, const char *stops);

/* Report `what` at `at`; the text cannot be read any further. */
void words_complain(struct words *w, struct str at, const char *what);

#endif
