/*
 * Which folder is the project's root, and what a document is called.
 */
#ifndef TANGLE_PROJECT_PROJECT_H
#define TANGLE_PROJECT_PROJECT_H

#include <stdbool.h>

#include "tangle/base/str.h"

struct arena;
struct trust;

/* A skein.lua that does not count (trust.h). */
struct project_passed {
	struct str path, why;	/* empty: there was none */
};

/*
 * The root of a document: the nearest folder upwards with a skein.lua that counts,
 * else with a .git, else the document's own folder.  A path as short as the way it
 * was named allows ("." for a document of the working folder).  *passed is the nearest
 * skein.lua that was passed over.
 */
struct str project_root(struct arena *a, struct str document, const struct trust *trust,
    struct project_passed *passed);

/* The nearest folder from this one upwards with a .git; empty if there is none. */
struct str project_repository(struct arena *a, struct str folder);

/*
 * The nearest folder from this one upwards with a .git, else with a skein.lua, else
 * itself: what ignore files can be about.
 */
struct str project_top(struct arena *a, struct str folder);

/* Is it the name of a Markdown document? */
bool project_is_document(struct str path);

#endif
