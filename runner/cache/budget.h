/*
 * How much the cache may hold, and whether it is time to look.
 *
 * The limits are the user's, never a document's, or a document could empty the
 * cache of its reader: the environment has them, and `skein cache gc` has
 * flags.  Sizes are of whole blocks of 4 KiB, as files take on a disk.
 *
 * Nothing is counted on the way of a run.  What it published is known in
 * memory, and at its end that many bytes are appended to the file `grown`, one
 * a block: its length, with the total that the last collector left in `total`,
 * is what the cache holds, give or take files that were replaced.
 */
#ifndef RUNNER_CACHE_BUDGET_H
#define RUNNER_CACHE_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

struct diag;
struct folder;

struct budget {
	uint64_t max_size;	/* SETTING_NO_LIMIT */
	int64_t max_age;	/* ns since a thing was last of use; SETTING_NO_TIME */
	uint64_t min_free;	/* bytes that the file system has to have left; 0 */
	bool is_off;		/* runs collect nothing */
};

/*
 * SKEIN_CACHE_MAX_SIZE (2G), SKEIN_CACHE_MAX_AGE (30d), SKEIN_CACHE_MIN_FREE (0)
 * and SKEIN_CACHE_GC (on).  One that cannot be read leads to a warning
 * `cache-limit` and stands for what it is by default.
 */
void budget_of_environment(struct budget *b, struct diag *d);

/* What a file of that size takes. */
uint64_t budget_room(uint64_t size);

/* What a run published, at its end. */
void budget_grow(struct folder *f, uint64_t bytes);

/* What the cache holds, as far as is known; costs two small files. */
uint64_t budget_total(struct folder *f);

/* A collector has seen the whole: what is left of it. */
void budget_settle(struct folder *f, uint64_t total);

/* How much has to go, from a total, so that size and free space are kept. */
uint64_t budget_excess(struct folder *f, const struct budget *b, uint64_t total);

/*
 * Is it time to collect: over the size or short of free space and a minute
 * since the last time, or a day since then?  A cache that nobody ever looked at
 * begins its day now.
 */
bool budget_is_due(struct folder *f, const struct budget *b);

#endif
