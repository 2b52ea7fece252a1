/*
 * Words that the machine at the other end would obey.
 *
 * The runner of GitHub Actions reads what a step prints, on either stream, and acts
 * on a line that begins with "::word ...::" or has "##[word]" anywhere; Azure
 * Pipelines and TeamCity act on "##vso[" and "##teamcity[".  Documents, and what
 * cells print, must not give such orders: where they are shown, the mark becomes
 * "\x3A:" or "#\x23[".
 */
#ifndef TANGLE_BASE_DEFUSE_H
#define TANGLE_BASE_DEFUSE_H

#include <stdbool.h>

#include "tangle/base/str.h"

struct buf;

/* Does the environment say that one of them is listening? */
bool defuse_wanted(void);

/* Append whole lines; as they are if nobody is listening. */
void defuse(struct buf *to, struct str lines);

/* The same for JSON, which keeps its meaning. */
void defuse_json(struct buf *to, struct str json);

#endif
