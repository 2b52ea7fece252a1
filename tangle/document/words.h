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
	bool ours;		/* meant for us, not for some renderer: what is not understood is told */
	bool comma;		/* in braces: commas separate too, a '}' ends all */
	bool ok;
};

enum word {
	WORD_TAKEN,
	WORD_OTHER,		/* none of ours; nothing was taken */
	WORD_BROKEN		/* reported */
};

void words_skip(struct words *w);		/* separators */

/* A bare run of bytes up to a separator or one of `stops`. */
struct str words_run(struct words *w, const char *stops);

/* Can this be a key? */
bool words_is_key(struct str s);

/* Add an option that stands at `at`. */
void words_add(struct words *w, struct str key, struct str value, bool bare, struct str at);

/* One word: #name, .flag, key=value or a bare word; in braces up to the '}'. */
enum word words_option(struct words *w);

/* Take a {...} or [...] with what is nested in it.  False if it does not end. */
bool words_group(struct words *w, struct str *group);

/* Take a /pattern/.  False if it does not end. */
bool words_pattern(struct words *w);

/*
 * A value has been taken that had no quotes: is what follows a part of it that
 * would be lost?  Then that is told.
 */
void words_warn_of_cut(const struct words *w);

/* Does the text hold #name, or the key of an option with a sign behind it? */
bool words_look_like_ours(struct str text);

/* Report `what` at `at`; the text cannot be read any further. */
void words_complain(struct words *w, struct str at, const char *what);

#endif
