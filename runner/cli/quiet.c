#define _POSIX_C_SOURCE 200809L	/* nanosleep */
#include "runner/cli/quiet.h"

#include <time.h>

#include "runner/build/loop.h"
#include "tangle/base/file.h"
#include "tangle/base/trace.h"

#define MS	INT64_C(1000000)

#define NAP		(4 * MS)
#define SOON		(20 * MS)	/* that long the same: it is whole, */
#define DOUBTFUL	(150 * MS)	/* though it looks as if it were not */
#define ABSENT		(400 * MS)	/* editors take files away for a moment */
#define PATIENCE	(2000 * MS)

static bool
is_same(const struct file_state *a, const struct file_state *b)
{
	return a->exists == b->exists && !b->busy && a->ino == b->ino &&
	    digest_eq(a->digest, b->digest);
}

enum quiet
quiet_wait(struct str path, size_t usual, struct file_state *now, struct diag *d)
{
	int64_t began = loop_now(), since = began;
	struct file_state last = {0};
	bool is_told = false;

	for (;;) {
		int64_t at = loop_now(), enough;

		if (!file_probe(NULL, path, now, d))
			return QUIET_FAILED;
		if (!is_same(&last, now))
			since = at;
		enough = !now->exists ? ABSENT : (size_t)now->size < usual / 2 ? DOUBTFUL : SOON;
		if (!now->busy && at - since >= enough)
			return now->exists ? QUIET_WHOLE : QUIET_GONE;
		if (at - began > PATIENCE)
			return QUIET_BUSY;
		if (!is_told)
			trace("quiet", "'%.*s' is waited for", STR_ARG(path));
		is_told = true;
		last = *now;
		nanosleep(&(struct timespec){ 0, NAP }, NULL);
	}
}
