/*
 * What a document's blocks are and how they would run, told to a person: a
 * table with a line for each C block, and the edits as a patch.
 */
#ifndef RUNNER_CLI_CONTACT_H
#define RUNNER_CLI_CONTACT_H

#include <stddef.h>

struct adoption;
struct buf;
struct json;

/* The table. */
void contact_table(const struct adoption *a, struct buf *to);

/* The edits as a unified diff; nothing if there are none. */
void contact_patch(const struct adoption *a, struct buf *to);

/* The same for programs. */
struct json *contact_json(const struct adoption *a);

#endif
