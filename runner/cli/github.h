/*
 * What is wrong, as annotations that GitHub shows on lines of Markdown.
 *
 * GitHub shows ten of a level a step.  So there is one a cell, and one for each message
 * that is no cell's; the gravest are kept and the others only counted, in a notice.
 */
#ifndef RUNNER_CLI_GITHUB_H
#define RUNNER_CLI_GITHUB_H

#include <stddef.h>

#include "tangle/base/arena.h"
#include "tangle/base/str.h"

struct buf;
struct json;
struct minutes;

enum { GITHUB_MOST = 10 };

struct annotation {
	size_t gravity;
	struct str file, title, text;
	long long line, end_line, column, end_column;
};

/* Of one level: the gravest, in order, and how many there were. */
struct annotations {
	struct annotation list[GITHUB_MOST];
	size_t n, seen;
};

struct github {				/* github_init, github_release */
	struct annotations errors, warnings;
	struct arena arena;
};

void github_init(struct github *g);
void github_release(struct github *g);

/* A settled document; or messages of none, without cells. */
void github_document(struct github *g, const struct minutes *m);

/* The workflow commands, a line each. */
void github_write(const struct github *g, struct buf *to);

/* The line of the document where a unified diff has its first difference; 0: none. */
long long github_first_line(struct str diff);

#endif
