/*
 * The first lines in which a file and the text that was to replace it differ.
 */
#ifndef TANGLE_EMIT_EXCERPT_H
#define TANGLE_EMIT_EXCERPT_H

#include "tangle/base/str.h"

struct diag;
struct file_state;
struct root;

/*
 * As notes to the message before: a few lines of the file behind "-", then of
 * the text behind "+".  Nothing for very large files.
 */
void excerpt_say(const struct root *root, struct str path, const struct file_state *f,
    struct str text, struct diag *d);

#endif
