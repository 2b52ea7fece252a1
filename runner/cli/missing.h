/*
 * A header that a compiler did not find.
 */
#ifndef RUNNER_CLI_MISSING_H
#define RUNNER_CLI_MISSING_H

#include "tangle/base/source.h"
#include "tangle/base/str.h"

struct diag;
struct graph;

/* Its name, in gcc's words or clang's; empty: the message is about something else. */
struct str missing_header(struct str text);

/*
 * Help: a target, or a file in the document's folder, of nearly that name; else the
 * package that has it.
 */
void missing_header_help(struct str name, const struct graph *g, struct str folder,
    struct place at, struct diag *d);

#endif
