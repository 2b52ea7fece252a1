/*
 * Does a document say the same when it is run again?
 *
 * The second run starts its sessions anew, at other addresses, and takes nothing
 * from records.  A cell that gives something else then would be red in
 * somebody's CI one day; here it is named.
 */
#ifndef RUNNER_CLI_STEADY_H
#define RUNNER_CLI_STEADY_H

#include <stdbool.h>

struct buf;
struct desk;
struct diag;
struct notebook_options;
struct page;

/*
 * Run the document of the desk, which gave `first`, again.  Reports each cell that came
 * out otherwise [unsteady] (status differs), appends how, and returns the signal that
 * asked us to stop, or 0.
 */
int steady_check(struct desk *k, const struct page *first, const struct notebook_options *o,
    struct buf *diff, struct diag *d);

#endif
