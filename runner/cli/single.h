/*
 * One target alone, as noweb's notangle -R makes it: --only and -o.
 */
#ifndef RUNNER_CLI_SINGLE_H
#define RUNNER_CLI_SINGLE_H

#include <stdbool.h>

#include "tangle/base/str.h"

struct diag;
struct load;
struct node;

/*
 * The node that a target's path, a block's name or doc::name means; of an empty
 * name the only target that there is.  NULL after an error (2).
 */
struct node *single_find(const struct load *l, struct str name, struct diag *d);

/*
 * Print it ("-"), or write it to a file of the user's, where other bytes or another
 * mode stand.  False after an error.
 */
bool single_write(struct load *l, struct node *n, struct str file, bool allow_missing,
    struct diag *d);

#endif
