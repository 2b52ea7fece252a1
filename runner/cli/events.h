/*
 * What a run gave, for programs: one JSON object for each thing that happens.
 *
 * docs/events.md says what is in them, docs/events.schema.json in a form that a
 * program can check.  Keys stay what they are; new ones may come.
 */
#ifndef RUNNER_CLI_EVENTS_H
#define RUNNER_CLI_EVENTS_H

#include <stddef.h>
#include <stdint.h>

#include "tangle/base/diag.h"

struct cell;
struct counts;
struct invocation;
struct json;
struct load;
struct notebook;
struct target;
struct verdict;

enum { EVENTS_SCHEMA = 1 };	/* changes when a key goes or means something else */

/* `l` is NULL when nothing could be read. */
struct json *events_begin(const struct invocation *i, const struct load *l);
struct json *events_document_begin(struct str path);

/* `v` is NULL where nothing was compared. */
struct json *events_cell(const struct notebook *n, const struct cell *c, const struct verdict *v);

/* `running` is the document that it came from, or empty. */
struct json *events_message(const struct diag_message *m, struct str running);
/* A note or a help, into the message that it belongs to. */
void events_add_note(struct json *message, const struct diag_message *note);

/* What became of a target that exists; `path` as people see it. */
struct json *events_target(const struct target *t, struct str path, const char *fate, bool differs);

struct json *events_document_end(struct str path, enum status s, const struct counts *c,
    int64_t nanoseconds);
struct json *events_end(enum status s, const struct counts *c);

/* skein watch: the cells of a round, printed. */
void events_print(const struct notebook *n);

#endif
