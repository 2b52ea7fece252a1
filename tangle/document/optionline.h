/*
 * Options in the body of a block: "//| key: value" and its relatives, in the
 * comment mark of the language; MyST's ":key: value" and "---" in a directive.
 *
 * They stand at the top, and are YAML when taken together.
 */
#ifndef TANGLE_DOCUMENT_OPTIONLINE_H
#define TANGLE_DOCUMENT_OPTIONLINE_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/body.h"
#include "tangle/document/attributes.h"

/*
 * Add what the first lines of the body say; returns how many are options.  When
 * the block is not ours, what cannot be read is passed over without a message.
 */
size_t optionlines_read(struct options *to, const struct source *s, const struct info *info,
    struct body body, bool ours, struct diag *d);

#endif
