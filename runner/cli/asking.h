/*
 * Asking a person about differences, one by one: a difference in, an answer out.
 *
 * Lines are read, not keys: the terminal stays as it is, so that nothing has to
 * be put right after a crash, and it works through ssh and script(1) alike.  What
 * was typed before the first question of a document was shown is no answer.
 *
 *	asking_open(&a, STDIN_FILENO, stdout, color);
 *	take = asking_take(&a, &difference);		for each; always false once it is over
 *	asking_close(&a);
 */
#ifndef RUNNER_CLI_ASKING_H
#define RUNNER_CLI_ASKING_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "tangle/base/str.h"

struct difference {
	struct str document;
	size_t line;			/* of the cell */
	struct str name;		/* "cell 'sum'" */
	size_t number, all;		/* the how manieth of how many */
	struct str failure;		/* "failed: ...", if nobody expected it; or empty */
	struct str diff;		/* unified */
	struct str caution;		/* what looks odd in it; or empty */
};

enum asking_rest { REST_ASKED, REST_TAKEN, REST_LEFT };

enum { ASKING_SIGNALS = 3 };

struct asking {
	int from;
	FILE *to;
	bool color;
	enum asking_rest rest;		/* of this document */
	bool has_asked;
	bool is_over;			/* q, the end of the input, a signal */
	int signal;			/* (closed) that one; 0: none */
	struct sigaction before[ASKING_SIGNALS];
	sigset_t mask;
};

/*
 * For the differences of one document.  Until asking_close SIGINT, SIGTERM and
 * SIGHUP end the questions, not the process.
 */
void asking_open(struct asking *a, int from, FILE *to, bool color);
void asking_close(struct asking *a);

/*
 * Is it to be taken?  A failure that nobody expected is asked about even when the
 * rest of the document is taken.
 */
bool asking_take(struct asking *a, const struct difference *d);

#endif
