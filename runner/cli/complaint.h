/*
 * What a compiler said about a cell, at places of the document.
 *
 * A line of a cell, of text repeated from an earlier cell, and of a tangled
 * header all have their place in the document; other files are shown from
 * where they stand.
 */
#ifndef RUNNER_CLI_COMPLAINT_H
#define RUNNER_CLI_COMPLAINT_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct cell;
struct cell_result;
struct diag;
struct json;
struct message;
struct notebook;

/* Does a message stand in the text that we put around a cell?  It is about its end. */
bool complaint_is_glue(const struct message *m);

/* The last line of a cell that holds something. */
size_t complaint_last_line(const struct cell *c);

/* The header that is not there, in gcc's words or clang's; empty: it is about something else. */
struct str complaint_missing_header(struct str text);

/* With excerpts; without the errors if only warnings are wanted. */
void complaints_report(const struct notebook *n, const struct cell *c,
    const struct cell_result *r, bool warnings_only, struct diag *d);

/*
 * Does a cell not compile for its own text?  Not if all that it lacks is a header
 * or the definition of a name.
 */
bool complaints_are_own(const struct cell_result *r);

/* An array of them for --json; NULL if there are none. */
struct json *complaints_json(const struct notebook *n, const struct cell *c,
    const struct cell_result *r);

#endif
