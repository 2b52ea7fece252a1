/*
 * What is known about files, from run to run.
 *
 * Reading a file is dear, asking the system whether it changed is cheap.  So a
 * file's digest is kept under its device, inode, size and times, and a fact
 * ("what gcc said of itself") with the marks and digests of all files that it
 * rests on.  Within a run every path is asked for once: memo_refresh begins anew.
 *
 * The times of a file that was touched within two seconds prove nothing, as it
 * could change once more without their showing it.
 */
#ifndef RUNNER_BUILD_MEMO_H
#define RUNNER_BUILD_MEMO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "tangle/base/hash.h"

struct arena;
struct memo;

/*
 * A memo kept in a file of an open folder, which must stay open as long (and
 * has a folder "t" for files being written), or in memory only (-1).  A file
 * that is missing, damaged, or could be another's, is an empty memo.
 */
struct memo *memo_open(int folder, const char *name);
/* Writes the file if anything was learnt; failing to is no error. */
void memo_close(struct memo *m);

/* From now on no program may be started to learn a fact: one does without it. */
void memo_freeze(struct memo *m);
bool memo_is_frozen(const struct memo *m);

/* Ask the system about every path again. */
void memo_refresh(struct memo *m);

bool memo_exists(struct memo *m, struct str path);

/* Every path that was asked for since the last refresh, there or not. */
void memo_paths(const struct memo *m, void (*fn)(void *arg, struct str path), void *arg);

/* Ask the system about one path again: it may have changed since. */
void memo_look_again(struct memo *m, struct str path);

struct memo_file {
	struct digest digest;
	bool has_probes;	/* probe_may_be_in */
};

/* False if it is no regular file, cannot be read, or changes while it is read. */
bool memo_file(struct memo *m, struct str path, struct memo_file *file);

/*
 * Might the file have changed since something began: at `since`, by the clock
 * of file times (CLOCK_REALTIME_COARSE), which was `start` by loop_now?  Asks
 * the system anew.  A file that is gone counts.  One that was read by
 * memo_file before then, and is as it was, did not change, however new it is:
 * so read what you write just before a compiler starts.
 */
bool memo_changed_since(struct memo *m, struct str path, struct timespec since, int64_t start);

/* The fact of that name, if all that it rests on is as it was; in the arena. */
bool memo_recall(struct memo *m, struct str name, struct arena *a, struct str *value);

/* Remember a fact that rests on these paths, existing or not. */
void memo_learn(struct memo *m, struct str name, struct str value,
    const struct str *paths, size_t npaths);

#endif
