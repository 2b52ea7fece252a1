/*
 * An outcome as bytes, and back.
 *
 * For those that can be told again: what a cell printed, its value, how and
 * where it ended.  Frames keep their cells as they are: whoever keeps bytes
 * for another run gives them numbers that mean something there.
 */
#ifndef RUNNER_SESSION_KEPT_H
#define RUNNER_SESSION_KEPT_H

#include <stdbool.h>

#include "tangle/base/str.h"

struct arena;
struct buf;
struct outcome;

/* Those of limits, sanitizers' findings, and any of which there is more to say are not kept. */
bool kept_can(const struct outcome *o);

/* With the path of $TMPDIR, which may have been printed. */
void kept_write(const struct outcome *o, struct str home, struct buf *to);

/* Views into the text. False if it is not what kept_write wrote. */
bool kept_read(struct str text, struct arena *a, struct outcome *o, struct str *home);

#endif
