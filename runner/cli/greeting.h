/*
 * First contact: a check of a document that has nothing of ours, and fails.
 *
 * Its author has to learn what its blocks are, and which few words would settle
 * them, before any single message is of use.  So the messages of the run are
 * held back until it is known how many cells fail; then comes a table, and the
 * edit that `skein adopt` would make.
 *
 *	greeting_begin(&g, p, k);
 *	... the document runs ...
 *	greeted = greeting_end(&g, p, k, &notebook);
 */
#ifndef RUNNER_CLI_GREETING_H
#define RUNNER_CLI_GREETING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct desk;
struct notebook;
struct performance;

struct greeting {
	FILE *usual, *held;		/* where messages go; held: NULL, it is no first contact */
	char *text;			/* what was said meanwhile */
	size_t len;
};

void greeting_begin(struct greeting *g, const struct performance *p, const struct desk *k);

/*
 * Say what is to be said.  False if that is nothing out of the usual; what was
 * held back has then been said.
 */
bool greeting_end(struct greeting *g, const struct performance *p, const struct desk *k,
    struct notebook *n);

#endif
