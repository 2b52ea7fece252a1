/*
 * The process in which the functions of a skein.lua run, seen from within.
 *
 * A request is a path, a newline and the argument as JSON.  The answer is an object:
 * "result" (absent: nil), or "error" with "line" and "limit", and what was "printed".
 */
#ifndef RUNNER_SCRIPT_SERVANT_H
#define RUNNER_SCRIPT_SERVANT_H

#include "tangle/base/str.h"

enum { SERVANT_DEPTH = 40 };	/* of values within values, of an answer */

/* Serve requests from a descriptor for ever; *line is where the text is. */
_Noreturn void servant_run(int fd, struct str settings, volatile int *line);

#endif
