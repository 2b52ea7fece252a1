/*
 * Edits of a document, as a patch that patch(1) and git apply.
 */
#ifndef RUNNER_OUTPUT_PATCH_H
#define RUNNER_OUTPUT_PATCH_H

#include <stddef.h>

#include "tangle/base/str.h"

struct buf;
struct embed_edit;

/*
 * Append a unified diff of the text, called so, with the edits, which come in
 * order and each change no more than a line or two.  Lines stand in it byte for
 * byte, but for those with controls, which are made visible.  Nothing without edits.
 */
void patch_write(struct buf *to, struct str name, struct str text, const struct embed_edit *e,
    size_t n);

#endif
