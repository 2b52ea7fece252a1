/*
 * The folders of the cache in which runs work.
 *
 * s/ has trees of documents' targets, named by their content, for compilers to
 * include from; w/ one for each document with console blocks, which is held by
 * a lock while they run.  Both can be made anew at any time, and are removed when
 * nobody used them for a while.
 */
#ifndef RUNNER_CACHE_TREES_H
#define RUNNER_CACHE_TREES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct folder;

/* Note that a folder of s/, or the lock of one of w/, is of use: its time becomes now. */
void trees_use(const char *path);

/*
 * Remove, or only count, those that were not used for that long (ns).  One that
 * another run may be using stays.
 */
size_t trees_collect(struct folder *f, int64_t age, bool is_dry);

#endif
