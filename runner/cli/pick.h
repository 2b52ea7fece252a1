/*
 * Which of the documents that were named a run is about: --changed, --shard.
 *
 * With --changed REV, those of which something that they rest on (inputs.h) is not as in
 * that revision, and those of which this cannot be told.  With --shard K/N, the K-th of N
 * parts, which have about as many cells each; who is in which rests on nothing but the
 * documents that there are (after --changed), so that machines agree without talking.
 *
 * A document that is not picked is not read either, unless blocks are shared between
 * documents: then it is loaded and left alone.
 */
#ifndef RUNNER_CLI_PICK_H
#define RUNNER_CLI_PICK_H

#include <stdbool.h>

struct invocation;
struct load;

/* load_documents, of those that are picked. */
bool pick_documents(struct load *l, const struct invocation *i);

/* Say in a line how many were left out, if any could be. */
void pick_report(const struct load *l, const struct invocation *i);

#endif
