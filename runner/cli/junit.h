/*
 * The results of a run as JUnit XML, as GitLab, Jenkins and others read it.
 *
 * A suite a document; in it a case "document", which has the errors that are no
 * cell's, and a case a cell.  A *failure* is a page that is not right: outputs or
 * targets differ, a failure that was expected did not come.  All else that went wrong is
 * an *error*.  What could not be run for another's sake is *skipped*; listings are no
 * cases.  Names do not hold lines, so that a case keeps its history over edits, and no
 * two are the same, since GitLab takes the first of those only.
 */
#ifndef RUNNER_CLI_JUNIT_H
#define RUNNER_CLI_JUNIT_H

#include <stddef.h>

#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/map.h"
#include "tangle/base/str.h"

struct json;
struct minutes;

struct junit_counts {
	size_t tests, failures, errors, skipped;
	long long nanoseconds;
};

struct junit {
	struct str command;		/* "skein check" */
	struct buf suites;
	struct junit_counts all, suite;	/* of the suite that is being written */
	struct buf cases;		/* of that suite */
	struct map names;		/* of cases: class, NUL, name */
	struct arena arena;
};

void junit_init(struct junit *j, struct str command);
void junit_release(struct junit *j);

/* A settled document. */
void junit_document(struct junit *j, const struct minutes *m);

/* What is said of no document that was run: `m` has a path or none, messages, no cells. */
void junit_rest(struct junit *j, const struct minutes *m);

/* A suite of all "target" events, if there are any; what is said of them is in `m`. */
void junit_targets(struct junit *j, struct json *const *targets, size_t n, const struct minutes *m);

/* The whole file. */
void junit_write(const struct junit *j, struct buf *to);

#endif
