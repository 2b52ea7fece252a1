/*
 * What one text calls 0x5581 and the other 0x7ffc is one thing, wherever they say so.
 *
 * Each thing of the recorded text is bound to one of the made text, and that to no
 * other: if two addresses were equal, and no longer are, a line differs.
 */
#ifndef RUNNER_OUTPUT_BINDING_H
#define RUNNER_OUTPUT_BINDING_H

#include <stdbool.h>

#include "runner/output/mark.h"
#include "tangle/base/map.h"

struct line;
struct lines;
struct way;

struct binding {			/* all zero when new */
	struct map made[NMARKS], recorded[NMARKS];	/* what is said -> the other's slot */
};

/* Bind what two lines that match say; false, and nothing is bound, if they contradict what is. */
bool binding_take(struct binding *b, const struct line *recorded, const struct line *made);
void binding_release(struct binding *b);

/*
 * Lines of a way that contradict others go, and are new.  Those that are the same to the
 * letter come first, so that the others are blamed.
 */
void binding_apply(struct way *w, const struct lines *recorded, const struct lines *made);

#endif
