/*
 * What stands near a document and has the names that its cells lack.
 *
 * A library's README uses what its header declares and its source defines, and
 * says so nowhere.  When cells failed for want of names or headers, the C files
 * of a few folders (the document's, the root, its src, its include and the folders in
 * that) are split, and the options are named that bring in those which have them.
 */
#ifndef RUNNER_CLI_NEARBY_H
#define RUNNER_CLI_NEARBY_H

#include <stddef.h>

#include "tangle/base/str.h"

struct arena;
struct diag;
struct notebook;
struct wishes;

/* At most one message about names, and one a header; none if nothing is near. */
void nearby_report(const struct notebook *n, struct diag *d);

/*
 * The same, added as options of the document to try, each with all its words, those
 * that it has had before, too.
 */
void nearby_options(struct wishes *w, const struct notebook *n, struct arena *a);

/* A sentence about a header that is lacking because the project was not built yet; or empty. */
struct str nearby_unmade(const struct notebook *n, struct arena *a);

#endif
