/*
 * Where skein's own parts are: beside the program, or where it was installed.
 */
#ifndef RUNNER_CLI_PARTS_H
#define RUNNER_CLI_PARTS_H

#include "tangle/base/str.h"

struct arena;
struct diag;

/* The folder of the running program; empty if that cannot be told. */
struct str parts_folder(struct arena *a);

/* The host program, absolute; NULL after an error (`no-host`, status 8). */
const char *parts_host(struct arena *a, struct diag *d);

/* What it loads for Lua cells, absolute; NULL if it is not there. */
const char *parts_lua(struct arena *a);

/* All of that program before it is linked; empty after an error of the same id. */
struct str parts_host_object(struct arena *a, struct diag *d);

/* The folder of <skein.h>, absolute; empty if there is none. */
struct str parts_headers(struct arena *a);

#endif
