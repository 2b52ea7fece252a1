/*
 * Does a piece of HTML end what it begins?
 *
 * One that does not goes on into the page that it is put into: what follows would
 * be in its table, or its attribute.  Known are comments, attributes with their quotes,
 * elements that have no end, and those whose end may be left out.  What is in doubt is no.
 */
#ifndef RUNNER_OUTPUT_BALANCE_H
#define RUNNER_OUTPUT_BALANCE_H

#include <stdbool.h>

#include "tangle/base/str.h"

bool balance_of(struct str html);

#endif
