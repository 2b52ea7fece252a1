/*
 * The minutes of a run: what events said of one document (docs/events.md).
 *
 * Reports are made of these, a document at a time, so that what many documents
 * printed never stands in memory at once.  A message belongs to the cell that it is
 * about, or in whose lines it stands; what belongs to none is of the document.
 */
#ifndef RUNNER_CLI_MINUTES_H
#define RUNNER_CLI_MINUTES_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct buf;
struct json;

struct said {
	struct json *event;		/* "message" */
	size_t cell;			/* index among cells, or SIZE_MAX */
	size_t order;
};

struct minutes {			/* all zero when new */
	struct json *begin, *end;	/* "document-begin", "document-end" */
	struct json **cells;		/* "cell", in order */
	struct said *said;		/* settled: by cell, what is the document's last */
	size_t ncells, nsaid, room, said_room;
};

/* All that is put in is owned from then on. */
void minutes_cell(struct minutes *m, struct json *cell);
void minutes_message(struct minutes *m, struct json *message);

/* Find out to which cell each message belongs: to be called before the rest. */
void minutes_settle(struct minutes *m);
void minutes_release(struct minutes *m);		/* all zero again */

struct str minutes_path(const struct minutes *m);

/* What was said of a cell, or (SIZE_MAX) of the document alone, in order. */
const struct said *minutes_said(const struct minutes *m, size_t cell, size_t *n);

/* The gravest error of a cell, or (SIZE_MAX) of the document; the first of equals; or NULL. */
const struct json *minutes_error(const struct minutes *m, size_t cell);

/* Which of two errors is the graver: 0 is the gravest that there is. */
size_t minutes_gravity(const struct json *message);

bool minutes_is_error(const struct json *message);
bool minutes_is_id(const struct json *message, struct str id);

/* Append it as it is printed, with its notes, without excerpts: lines. */
void minutes_write(const struct json *message, struct buf *to);

/* "sum", or "cell 3". */
void minutes_name(const struct json *cell, struct buf *to);

/* How long it took; 0 if it did not run. */
long long minutes_time(const struct json *cell);

#endif
