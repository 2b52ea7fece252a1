/*
 * What a run says while it goes: progress, compiler messages, failures.
 */
#ifndef RUNNER_CLI_REPORT_H
#define RUNNER_CLI_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/session/outcome.h"
#include "tangle/base/str.h"

struct cell;
struct cell_result;
struct diag;
struct notebook;

/* "cell 'sum'" or "cell 3", for people. */
struct str report_name(const struct cell *c, char *to, size_t size);

/* "crash", "timeout", ...: the id of its message, the word in --json. */
const char *report_outcome(enum outcome_kind kind);

/* A line on the terminal that the next one takes the place of; empty: gone. */
void report_progress(struct str text);

/*
 * Judge a result by the cell's `fails=`, report what was not expected, and set
 * r->as_expected.
 */
void report_result(const struct notebook *n, const struct cell *c, struct cell_result *r,
    struct diag *d);

/* At the end: the cells that were not run, by the failed ones that they needed. */
void report_blocked(const struct notebook *n, struct diag *d);

/* At the end of a run that --stop ended: the wanted cells that it never came to. */
void report_unreached(const struct notebook *n, struct diag *d);

#endif
