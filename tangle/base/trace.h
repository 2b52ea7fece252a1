/*
 * Why the program chose what it chose: one line to stderr per decision.
 *
 * Off by default.  SKEIN_TRACE=cache,emit (or "all") turns areas on; --explain
 * turns on the area "explain".
 */
#ifndef TANGLE_BASE_TRACE_H
#define TANGLE_BASE_TRACE_H

#include <stdbool.h>

bool trace_on(const char *area);
void trace_enable(const char *area);		/* a string that stays */

/* "cache: 'sum' reused, key 3f9c" */
void trace(const char *area, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
