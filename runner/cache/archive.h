/*
 * Files of the cache as one file, to be carried elsewhere.
 *
 * One zstd frame holds a tar archive (ustar), which tar can list.  Its first
 * member, `skein-cache`, says the format, how many files follow and what room
 * they take (budget.h); then come the files, named as in the cache
 * ("o/ab/..."), in the order in which they are to be published: what is named
 * before what names it, each kind by name.  Modes, owners and times are
 * the same for all, so that the same files give the same bytes.
 *
 * A reader believes nothing: a header that the writer would not have made, to the
 * byte, a name twice or out of order, a file larger than its kind may be, more
 * files or room than were announced, a cut or anything behind the end is damage.
 * What it hands out is whole, but not verified: that is intake.h's.
 */
#ifndef RUNNER_CACHE_ARCHIVE_H
#define RUNNER_CACHE_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/cache/folder.h"

struct archive_sum {
	uint64_t files;
	uint64_t room;			/* bytes of whole blocks */
};

/* The order of members: negative, 0 or positive. */
int archive_compare(enum kind k, const struct digest *a, enum kind l, const struct digest *b);

/* The largest file of a kind that is taken; 0: that kind is not carried. */
size_t archive_most(enum kind k);

struct archive_writer;

/* The members must then be added in order, and have that sum. */
struct archive_writer *archive_write(int fd, const struct archive_sum *sum);
/* False, with errno, once something could not be written. */
bool archive_add(struct archive_writer *w, enum kind kind, const struct digest *name, struct str bytes);
/* Also frees. */
bool archive_finish(struct archive_writer *w);

struct archive;

enum archive_state {
	ARCHIVE_MEMBER,
	ARCHIVE_END,			/* all that was announced has come */
	ARCHIVE_DAMAGED,
	ARCHIVE_NEWER,			/* of a format that we do not know */
	ARCHIVE_FAILED			/* the file could not be read: errno */
};

/* Begin to read; *sum is known after ARCHIVE_MEMBER, which no file has come with yet. */
struct archive *archive_read(int fd, enum archive_state *state, struct archive_sum *sum);
/* The next file; the bytes are good until the next call. */
enum archive_state archive_next(struct archive *r, enum kind *kind, struct digest *name,
    struct str *bytes);
/* What is wrong, in a phrase, once it is damaged. */
const char *archive_why(const struct archive *r);
void archive_close(struct archive *r);

#endif
