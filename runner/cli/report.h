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
struct message;
struct notebook;

/* "cell 'sum'" or "cell 3", for people. */
struct str report_name(const struct cell *c, char *to, size_t size);

/* "crash", "timeout", ...: the id of its message, the word in --json. */
const char *report_outcome(enum outcome_kind kind);

/* A line on the terminal that the next one takes the place of; empty: gone. */
void report_progress(struct str text);

/* Does a message stand in the text that we put around a cell?  It is about its end. */
bool report_is_glue(const struct message *m);

/* The last line of a cell that holds something. */
size_t report_last_line(const struct cell *c);

/* What the compiler said about a cell, at places of the document. */
void report_messages(const struct notebook *n, const struct cell *c,
    const struct cell_result *r, bool warnings_only, struct diag *d);

/*
 * Judge a result by the cell's `fails=`, report what was not expected, and set
 * r->as_expected.
 */
void report_result(const struct notebook *n, const struct cell *c, struct cell_result *r,
    const struct cell *blocked_by, struct diag *d);

#endif
