/*
 * What this run asks the cache for, beside what the last one did.
 *
 * Opened over the objects of a document once their units are made; the ledger of
 * the last run is read when something is to be compared with it, or written.
 */
#ifndef RUNNER_CLI_ACCOUNT_H
#define RUNNER_CLI_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/cache/ledger.h"

struct arena;
struct difference;
struct hosts;
struct job;
struct json;
struct objects;

struct account {
	struct arena *arena;
	const struct objects *objects;
	const struct hosts *hosts;		/* NULL: none are known */
	struct str document;			/* real path */
	bool is_read;
	enum ledger_state state;
	struct ledger old;
	struct ledger_line *lines;		/* of now */
	const struct ledger_line **was;		/* what each was in the last run; or NULL */
	size_t n;
};

void account_open(struct account *c, const struct objects *o, const struct hosts *h,
    struct str document, struct arena *a);

/* Why a cell has to be compiled, or had to; and if it has not, why not. */
struct account_reason {
	struct str words;
	const struct difference *list;		/* from the last run */
	size_t n;
};

struct account_reason account_why(struct account *c, const struct job *j, bool is_hit);

/* The differences as an array. */
struct json *account_json(const struct account_reason *r);

/* The run is over: keep what it asked for, if that is not what is kept. */
void account_close(struct account *c);

#endif
