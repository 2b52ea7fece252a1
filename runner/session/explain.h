/*
 * Which expression of a line did it: "n->next, where n is NULL".
 *
 * The expressions of a line are followed through the memory of the process
 * that stopped there.  One that leads to the very address of the fault is the
 * one, if no other does.
 */
#ifndef RUNNER_SESSION_EXPLAIN_H
#define RUNNER_SESSION_EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "tangle/base/str.h"

struct arena;
struct report;
struct scene;

/* "read of n->next, where n is NULL"; empty if it cannot be told. */
struct str explain_access(struct scene *s, const struct report *crash, struct arena *a);

/* Only the expression: "n->next"; or empty. */
struct str explain_target(struct scene *s, const struct report *crash, struct arena *a);

/*
 * The pointer of the line that has the value of the address: "s"; or `this`, if what
 * it leads to is there.  Empty if it cannot be told.
 */
struct str explain_pointer(struct scene *s, const struct report *crash, struct arena *a,
    uint64_t *value);

#endif
