/*
 * The files that a document was made from when it was last run: when one of them
 * changes, it is to be run again.
 *
 * They are its settings, what its cells include and link, and all that compilers
 * asked the system about, there or not.  What the system installed is none
 * of them: it changes seldom, and with an update.
 */
#ifndef RUNNER_CLI_READS_H
#define RUNNER_CLI_READS_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "tangle/base/arena.h"
#include "tangle/base/hash.h"
#include "tangle/base/str.h"

struct load;
struct notebook;
struct store;

struct reads {
	struct arena arena;		/* of: */
	struct str *list;		/* paths; one that ends in a slash is a folder where files come and go */
	size_t n, cap;
};

void reads_init(struct reads *r);
void reads_release(struct reads *r);

/* Add the files of settings that a document named to the load rests on. */
void reads_add_settings(struct reads *r, struct load *l, struct str document);

/* In place of what was there, all of a document that has just been run. */
void reads_take(struct reads *r, struct load *l, struct str document, const struct notebook *n,
    struct store *store);

/* Was one of them written since, by the clock of file times? */
bool reads_are_newer(const struct reads *r, struct timespec than);

/* Of their names. */
struct digest reads_digest(const struct reads *r);

#endif
