/*
 * A page of Markdown that GitHub shows for a step ($GITHUB_STEP_SUMMARY).
 *
 * A table of the documents that have something to say, then each cell that differs or
 * failed, with its diff or messages folded.  Nothing in it is taken for Markdown or HTML
 * of ours: names are written in entities, texts stand in fences that they cannot close.
 */
#ifndef RUNNER_CLI_STEPSUMMARY_H
#define RUNNER_CLI_STEPSUMMARY_H

#include <stddef.h>

#include "runner/cli/counts.h"
#include "tangle/base/buf.h"

struct minutes;

enum { STEPSUMMARY_MOST = 1 << 20 };	/* GitHub takes no more of a step */

struct stepsummary {			/* all zero when new */
	struct buf rows, details;
	size_t *ends;			/* of each of the details */
	size_t ndetails, room;
	size_t lost_rows, lost_details;	/* for want of room */
	struct counts all;
};

void stepsummary_release(struct stepsummary *s);

/* A settled document; or messages of none, without cells. */
void stepsummary_document(struct stepsummary *s, const struct minutes *m);

/* The page, of no more bytes than that. */
void stepsummary_write(const struct stepsummary *s, struct str command, size_t room, struct buf *to);

#endif
