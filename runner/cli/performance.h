/*
 * One document, run by a command: what is said of it, and what is done then.
 */
#ifndef RUNNER_CLI_PERFORMANCE_H
#define RUNNER_CLI_PERFORMANCE_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/cli/counts.h"
#include "runner/cli/notebook.h"
#include "tangle/base/buf.h"

struct desk;
struct page;
struct verdicts;
struct invocation;

struct performance {
	struct invocation *invocation;
	struct notebook_options options;
	bool compares;
	bool greets;			/* documents that it meets for the first time, */
	bool is_first;			/* as this one is */
	/*
	 * What the command does with the results: put them in place, or say how they
	 * differ (`v`, empty if nothing is compared).  After Ctrl-C what is there is used.
	 */
	void (*then)(struct performance *p, struct desk *k, struct page *page,
	    const struct verdicts *v);
	/* The same, when a cell was interrupted and the run goes on.  May be NULL. */
	void (*save)(struct performance *p, struct desk *k, struct page *page);
	struct desk *desk;		/* of the document that runs */
	struct counts counts;		/* of the last document */
	bool rehearses;			/* cells whose output is pasted somewhere run first (pins.h) */
	struct buf rehearsed;		/* of -o: the document's text after that */
	bool in_turn;			/* `then` waits until all documents before it went well */
};

/* False after a message, for example when a flag has a wrong value. */
bool performance_init(struct performance *p, struct invocation *i);
void performance_release(struct performance *p);

/*
 * Run the document of the desk.  False when a signal asked us to stop, which the
 * invocation then has.
 */
bool performance_run(struct performance *p, struct desk *k);

/* The same to see what comes out: nothing is said and no event told, but `then` is called. */
bool performance_rehearse(struct performance *p, struct desk *k);

#endif
