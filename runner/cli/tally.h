/*
 * Files of the cache by their kinds: how many, and how much they take.
 */
#ifndef RUNNER_CLI_TALLY_H
#define RUNNER_CLI_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "runner/cache/survey.h"

struct buf;
struct json;

struct tally_kind {
	uint64_t files;
	uint64_t bytes;		/* that they hold */
	uint64_t disk;		/* that they take, in whole blocks */
};

struct tally {			/* all zero when new */
	struct tally_kind kinds[256];
	struct tally_kind all;
};

void tally_add(struct tally *t, enum kind kind, uint64_t size);

/* A line for each kind that there is. */
void tally_print(const struct tally *t, struct buf *to);
/* "12 files, 3.4 MiB" */
void tally_total(const struct tally *t, struct buf *to);

/* Puts "files", "bytes", "disk" and "kinds". */
void tally_json(const struct tally *t, struct json *object);

#endif
