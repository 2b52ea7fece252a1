/*
 * What runs did with the cache, added up since it was made or they were reset.
 *
 * A run counts in memory and at its end appends one line to `stats.HOST`; now
 * and then a run that finds the file long makes one line of all.  Counts that
 * cannot be written are lost, and nobody waits for them.
 */
#ifndef RUNNER_CACHE_STATS_H
#define RUNNER_CACHE_STATS_H

#include <stdbool.h>
#include <stdint.h>

struct folder;

/* Their order is that of the numbers in the file: add at the end. */
enum stat_id {
	STAT_RUNS,
	STAT_HITS,		/* objects from the cache */
	STAT_REPLAYED,		/* failures from the cache */
	STAT_SAVED,		/* nanoseconds that compiling both would have taken */
	STAT_NEW,		/* misses: there was none for the request */
	STAT_CHANGED,		/* misses: an input changed, or a part of the entry is gone */
	STAT_BROKEN,		/* misses: the entry was damaged */
	STAT_OFF,		/* not asked for: cache=off */
	STAT_COMPILED,		/* compilers that ended */
	STAT_SPENT,		/* nanoseconds that they took */
	STAT_PUBLISHED,		/* results kept */
	STAT_WRITTEN,		/* bytes that they take */
	STAT_DAMAGED,		/* files found damaged and removed */
	STAT_COLLECTIONS,	/* of garbage */
	STAT_COLLECTED,		/* files that they removed */
	STAT_FREED,		/* bytes */
	STATS
};

struct stats {
	int64_t since;		/* Unix time, seconds; 0: nothing was counted yet */
	uint64_t n[STATS];
};

/* "hits"; of times in nanoseconds and sizes in bytes, as their names say. */
const char *stats_name(enum stat_id id);

bool stats_are_none(const struct stats *s);

/* Add to the file of this host, and begin from zero. */
void stats_flush(struct folder *f, struct stats *s);

/* The sum over all hosts. */
void stats_read(struct folder *f, struct stats *sum);

/* Forget what was counted.  False if a run counts just now, or they cannot be removed. */
bool stats_reset(struct folder *f);

#endif
