/*
 * What became of the cells, counted: of a document, or of all of them.
 *
 * A plain value: it can be added up, and sent to another process of this program.
 */
#ifndef RUNNER_CLI_COUNTS_H
#define RUNNER_CLI_COUNTS_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct json;
struct notebook;
struct verdicts;

/* Each cell counts once among these. */
enum count {
	COUNT_RAN,			/* as was expected of it */
	COUNT_COMPILED,			/* run=compile */
	COUNT_UNBUILT,			/* does not compile */
	COUNT_BROKEN,			/* its text or options cannot be used */
	COUNT_BLOCKED, COUNT_CRASHED, COUNT_TIMEOUT, COUNT_LIMIT, COUNT_INTERRUPTED,
	COUNT_ENDED,			/* with a status */
	COUNT_OTHERWISE,		/* failed */
	COUNT_NOT_RUN,
	COUNT_LEFT_OUT,			/* nobody asked for it: --only, --from */
	COUNTS
};

struct counts {				/* all zero when new */
	size_t documents;
	size_t cells;			/* those in blocks: preludes are none */
	size_t of[COUNTS];
	size_t compiled;		/* in this run, by a compiler */
	size_t recorded;		/* told from records */
	size_t listings;		/* C or C++ that is only shown */
	size_t differ, by_pattern;	/* of those that ran as was expected */
};

/* Of one document; `v` is NULL where nothing was compared. */
struct counts counts_of(const struct notebook *n, const struct verdicts *v);

void counts_add(struct counts *to, const struct counts *more);

/* As an object of an event, and back: what is not there is 0. */
struct json *counts_json(const struct counts *c);
struct counts counts_read(const struct json *j);

/* Did all cells run, and do what was expected of them? */
bool counts_are_good(const struct counts *c);

/*
 * "26 of 50 cells ran, 3 differ, 5 matched by pattern, 24 do not compile, 14 listings":
 * those that differ and those that matched are among the ones that ran.
 */
void counts_words(const struct counts *c, struct buf *to);

#endif
