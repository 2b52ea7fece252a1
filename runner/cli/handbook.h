/*
 * What `skein help` knows by itself: every message with its example, the exit
 * statuses, the options of documents.
 *
 * The texts are those of the manual pages and of examples/broken, which
 * handbook.awk makes into a table when skein is built; options come from the
 * table that reads them.
 */
#ifndef RUNNER_CLI_HANDBOOK_H
#define RUNNER_CLI_HANDBOOK_H

#include <stdbool.h>

#include "tangle/base/str.h"

struct buf;

struct handbook_entry {
	const char *id;
	const char *topic;	/* entries of one stand together */
	const char *level;	/* "3", "warning", "3, warning": exit statuses and levels */
	const char *summary;	/* the first sentence of text */
	const char *text;
	const char *example;	/* or NULL */
};

/* Made by handbook.awk; the last one's id is NULL. */
extern const struct handbook_entry handbook[];
extern const char handbook_statuses[];

/*
 * What is known under a word: the id of a message (with or without brackets), an
 * option of documents (maybe both), or one of `messages`, `options`,
 * `exit-codes`.  False, and nothing added, if there is no such word.
 */
bool handbook_find(struct str word, struct buf *to);

/* Those words, one after the other from 0 on; NULL behind the last. */
const char *handbook_word(size_t i);

#endif
