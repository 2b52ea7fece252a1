/*
 * What the cache's small files say, as text and back.
 *
 * Each begins with its kind and its own name and ends with a checksum, so that
 * a file that is damaged, cut or in another's place is known for what it is.
 */
#ifndef RUNNER_CACHE_RECORD_H
#define RUNNER_CACHE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/build/message.h"
#include "tangle/base/hash.h"

struct arena;
struct buf;

/* What a request led to once, given these inputs. */
struct alternative {
	bool is_failure;
	struct digest inputs, result;
};

struct manifest {
	const struct alternative *list;		/* newest first */
	size_t n;
	bool is_newer;				/* intact, but of a skein that we do not know */
};

struct result {
	bool is_failure;
	bool is_newer;
	struct digest object;
	int64_t nanoseconds;
	struct messages messages;
};

struct input {
	bool is_absent;				/* it must not be there */
	struct digest digest;
	struct str path;			/* portable */
};

/*
 * The frame of each, the same in all versions: a head, what is said, a checksum.
 */
void record_begin(struct buf *to, const char *kind, const struct digest *name);
void record_end(struct buf *to);
/* False if the text is no whole record of that kind and name; what it says otherwise. */
bool record_open(struct str text, const char *kind, const struct digest *name, struct str *body);
/* Is it a whole record of that name, of whatever kind? */
bool record_is_whole(struct str text, const struct digest *name);
/* Does it begin as a record of another version of skein does? */
bool record_is_other(struct str text);
/* Is it whole, but of a later version of skein?  Then it is not read, and not touched. */
bool record_is_newer(struct str text, const char *kind);

void record_write_manifest(const struct manifest *m, const struct digest *request, struct buf *to);
bool record_read_manifest(struct str text, const struct digest *request, struct arena *a, struct manifest *m);

void result_write(const struct result *r, const struct digest *name, struct buf *to);
bool result_read(struct str text, const struct digest *name, struct arena *a, struct result *r);

/* A set of inputs is named by its bytes, and needs no checksum. */
void inputs_begin(struct buf *to);
void inputs_write(const struct input *i, struct buf *to);
/* Take the first line off; then take one after another, until false: *rest is empty, or damaged. */
bool inputs_start(struct str *rest);
bool inputs_next(struct str *rest, struct input *i);

#endif
