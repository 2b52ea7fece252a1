/*
 * What a compiler said about a cell, for programs: --json.
 */
#ifndef RUNNER_CLI_COMPLAINT_JSON_H
#define RUNNER_CLI_COMPLAINT_JSON_H

struct cell;
struct cell_result;
struct json;
struct notebook;

/* An array of its messages, at places of the document; NULL if there are none. */
struct json *complaints_json(const struct notebook *n, const struct cell *c,
    const struct cell_result *r);

#endif
