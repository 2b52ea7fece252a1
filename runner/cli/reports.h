/*
 * What a run says to programs: its events, and the reports made of them.
 *
 * An event is one JSON object with an "event" (docs/events.md).  They come in order,
 * what belongs to a document between its "document-begin" and its "document-end", and
 * go to --json as they are; --report junit=FILE, --report github and the summary that
 * people read are made of them here.  Messages of the diag become events by themselves.
 *
 * In a process that runs documents for another one, reports_forward hands each event on
 * as a line of JSON, which the other gives to reports_line, in the documents' order:
 * only that one prints and writes.
 */
#ifndef RUNNER_CLI_REPORTS_H
#define RUNNER_CLI_REPORTS_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct invocation;
struct json;
struct load;
struct reports;
struct source;

/* Into i->reports, and listens to i->diag.  False after a message: a --report that cannot be. */
bool reports_open(struct invocation *i);

/* Documents are read: "begin".  False after a message: a report would stand on one of them. */
bool reports_begin(struct reports *r, const struct load *l);

/* Takes the event over.  NULL as `r` is fine, here and below. */
void reports_event(struct reports *r, struct json *event);

/* Is there anyone for events of cells and messages?  Else only documents are counted. */
bool reports_are_wanted(const struct reports *r);

/* Does one of them stand on standard output, so that nothing else may? */
bool reports_have_output(const struct reports *r);

/* Send what comes from now on elsewhere, as lines without their LF; what came is forgotten. */
void reports_forward(struct reports *r, void (*send)(void *whom, struct str line), void *whom);

/* No note will follow the message that came last: it goes on. */
void reports_flush(struct reports *r);

/* An event from there; false if it is none. */
bool reports_line(struct reports *r, struct str line);

/* The process that sent a document's events died: the document begins, if it has not. */
void reports_resume(struct reports *r, struct str path);

/* The run was ended by a signal while this document ran: an error of it, for reports alone. */
void reports_cut(struct reports *r, const struct source *document);

/* "end", and all reports are written; frees. */
void reports_close(struct reports *r);

#endif
