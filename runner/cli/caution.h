/*
 * What in a new output looks as if it were not meant to be recorded: a hint for
 * a person who is asked to take it.
 */
#ifndef RUNNER_CLI_CAUTION_H
#define RUNNER_CLI_CAUTION_H

#include <stdbool.h>
#include <stddef.h>

#include "tangle/base/str.h"

struct buf;

/*
 * Append one line of words about the new lines of a unified diff, whose texts have
 * `recorded` and `made` bytes.  False, and nothing is appended, if all looks well.
 */
bool caution_say(struct buf *to, struct str diff, size_t recorded, size_t made);

#endif
