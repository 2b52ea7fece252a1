/*
 * Options: what a block, a document or a project says, each word of it with its place.
 *
 * A set of options may lie on others, which hold where it says nothing: a document's
 * on those that skein.lua has for this document, those on the project's, and these on
 * the user's.  Options that add up (settings.h) are taken from all of them, from the
 * lowest up.
 */
#ifndef TANGLE_PROJECT_OPTION_H
#define TANGLE_PROJECT_OPTION_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/source.h"
#include "tangle/base/str.h"

struct arena;
struct diag;
struct setting;

struct option {
	struct str key;			/* canonical */
	struct str written;		/* as the author wrote it, for messages */
	struct str value;		/* "true" for a bare word */
	const struct str *items;	/* of a list */
	size_t nitems;
	bool is_list;
	bool is_bare;			/* a word without a value */
	bool is_bad;			/* reported: what depends on it cannot be used */
	bool is_final;			/* of the command line: nothing below adds to it */
	struct place at;
};

struct options {
	struct option *list;
	size_t n, cap;
	struct arena *arena;		/* what the list grows in */
	const struct options *below;	/* what holds where these say nothing; or NULL */
};

/*
 * Add one option, aliases resolved, unless the key stands there already with
 * another value: then both places are reported, and false comes back.
 */
bool options_add(struct options *to, struct option o, struct diag *d);

/* Take an option away, if it is there; not from those below. */
void options_remove(struct options *o, struct str key);

/* Here or else below; NULL if nobody set it. */
const struct option *options_find(const struct options *o, const char *key);

/* Only here. */
const struct option *options_own(const struct options *o, const char *key);

/* What a key says here and in all below it, the lowest first: these add up. */
size_t options_stack(const struct options *o, const char *key, struct arena *a,
    const struct option *const **stack);

/* The words of a value: items of a list, or what blanks separate. */
size_t option_words(const struct option *o, struct arena *a, const struct str **words);

/* Is that one of its items, or of the words of its value? */
bool option_has_word(const struct option *o, struct str wanted);

/* run=yes and eval=1 are as good as run=true; knitr's cache=TRUE keeps what ran. */
void option_canonical(struct option *o);

/* Is the value of the form that its setting wants?  Says so where it is not. */
bool option_check(const struct option *o, const struct setting *s, struct diag *d);

#endif
