/*
 * What `skein cache gc` and `skein cache clean` have in common: the cache opened
 * for one collector, the plan carried out or only told.
 */
#ifndef RUNNER_CLI_COLLECTION_H
#define RUNNER_CLI_COLLECTION_H

#include <stdbool.h>

#include "runner/cache/gc.h"
#include "tangle/base/arena.h"

struct invocation;
struct json;
struct str;

struct collection {
	struct invocation *invocation;
	struct arena arena;
	struct folder folder;
	struct gc gc;
	size_t ntrees;			/* folders that runs worked in, which go as well */
};

/* False after a message (`cache-busy`, 9: another one is at work). */
bool collection_open(struct collection *c, struct invocation *i);
void collection_close(struct collection *c);

/* Remove folders that runs worked in and that were not used for that long (ns). */
void collection_take_trees(struct collection *c, int64_t age);

/* Do what is planned, unless --dry-run, and say it. */
void collection_finish(struct collection *c);

#endif
