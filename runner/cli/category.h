/*
 * The words that --what takes, each a set of kinds of files.
 */
#ifndef RUNNER_CLI_CATEGORY_H
#define RUNNER_CLI_CATEGORY_H

#include <stdbool.h>

#include "runner/cache/folder.h"

struct diag;

enum category {
	CATEGORY_LIB = 1,	/* compiled: results, objects, manifests, inputs */
	CATEGORY_FAIL = 2,	/* failures */
	CATEGORY_RUN = 4,	/* recorded runs */
	CATEGORY_SRC = 8,	/* what is kept for people: source, log, flags */
	CATEGORY_TEXT = 16,	/* generated texts */
	CATEGORY_DOC = 32,	/* what documents asked for */
	CATEGORY_MEMO = 64,	/* what is known about files and compilers */
	CATEGORY_STATS = 128,	/* counts */
	CATEGORY_TREE = 256,	/* folders that runs work in */
	CATEGORY_ALL = 511
};

/* "lib,fail": a set; false after a message about a word that is none. */
bool category_read(struct str words, unsigned *set, struct diag *d);

/* The one that a kind belongs to. */
enum category category_of(enum kind kind);

#endif
