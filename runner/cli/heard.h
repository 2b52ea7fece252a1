/*
 * Messages that are not to be shown as they are: what the first of them says.
 */
#ifndef RUNNER_CLI_HEARD_H
#define RUNNER_CLI_HEARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "tangle/base/diag.h"
#include "tangle/base/str.h"

/*
 * Of a text of messages the words of the first error, or else warning, without place and
 * id.  False if there is none.  Views into the text.
 */
bool heard_first(struct str text, struct str *words, struct str *id);

/* A diag whose messages are kept. */
struct heard {
	struct diag diag;
	FILE *to;
	char *text;
	size_t size;
};

void heard_begin(struct heard *h);

/* The end of it: the words of the first error or warning; empty if all was well. */
struct str heard_end(struct heard *h, struct arena *a);

#endif
