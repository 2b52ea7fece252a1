/*
 * The examination of the cache, for `skein cache doctor` and `skein doctor`.
 */
#ifndef RUNNER_CLI_CACHE_DOCTOR_H
#define RUNNER_CLI_CACHE_DOCTOR_H

#include <stdbool.h>

struct diag;
struct findings;

/* False, after a message, if there is no cache to be had, or others could write to it. */
bool cache_examine(struct findings *f, struct diag *d);

#endif
