/*
 * The cache: results of compilations, shared by all documents of a user.
 *
 * Objects and sets of inputs are named by the SHA-256 of their bytes; results
 * and manifests carry a checksum.  All is verified as it is read, and the very
 * bytes that were verified are returned.  What is damaged is taken away and is
 * as if it had never been there.
 *
 *	m/ab/...	manifest of a request (K1): alternatives, newest first
 *	i/ab/...	a set of inputs: files with digests, and absent paths
 *	a/ab/...	a result (K2): its object and messages
 *	f/ab/...	a result that is a failure
 *	o/ab/...	objects
 *	r/ab/...	runs that succeeded
 *	p/ab/...	objects that follow one another, joined (build/piece.h)
 *	d/ab/...	what the last run of a document asked for (ledger.h)
 *	g/ab/...	texts that were generated, by their signatures
 *	z/ab/...	for people, how each result (K2) was made (about.h)
 *	x/ab/...	recorded runs: all that a cell gave
 *	t/		files being written
 *	memo.HOST	what is known about files (memo.h)
 *	stats.HOST	what runs did, added up (stats.h)
 *	total, grown	what all this takes (budget.h)
 *	locks		one byte to lock for each request, and gate.h
 *
 * Publication is a temporary file and a link, or a rename for a manifest; an
 * object before what is kept for people, its result and its manifest.  There is no fsync: a torn
 * file does not verify.
 */
#ifndef RUNNER_CACHE_STORE_H
#define RUNNER_CACHE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "runner/build/message.h"
#include "runner/cache/stats.h"
#include "tangle/base/hash.h"

struct arena;
struct bases;
struct compile_request;
struct compile_result;
struct diag;
struct folder;
struct memo;
struct store;

/*
 * Open the cache in a folder, or (NULL) in $SKEIN_CACHE_DIR,
 * $XDG_CACHE_HOME/skein/v1 or ~/.cache/skein/v1; it is made when missing.
 * Where that cannot be, a warning `no-cache` says why and the store only
 * remembers nothing.  NULL after an error `unsafe-cache` (8): a folder that
 * others can write to could hold their code.
 */
struct store *store_open(const char *folder, struct diag *d);
/* Also counts what was done (store_stats), and begins to collect garbage if it is time to. */
void store_close(struct store *s);

/* For toolchain_find; lives as long as the store. */
struct memo *store_memo(struct store *s);
/* Its files. */
struct folder *store_files(struct store *s);
/* The cache's folder; empty when there is none. */
struct str store_folder(const struct store *s);
/*
 * A folder of the cache for compilers' temporary folders (compile.h), where
 * the next run sweeps up those that a killed one leaves; NULL: there is none.
 */
const char *store_temp(const struct store *s);

/*
 * Ask the system about every input again, as at the start of a run.  What the
 * run before did is counted, as in store_close.
 */
void store_refresh(struct store *s);

enum store_answer { STORE_MISS, STORE_OBJECT, STORE_FAILURE };

struct store_entry {
	struct str object;		/* verified */
	struct digest digest;		/* of the object */
	struct digest result;		/* its name: K2 */
	struct messages messages;
	int64_t nanoseconds;		/* what compiling took */
};

/*
 * The result for a request (key_request), if one is there and nothing that it
 * rests on has changed.  On a miss *why says so in a phrase: "not in the
 * cache", "'list.h' changed", "the stored object was damaged".
 */
enum store_answer store_lookup(struct store *s, const struct digest *request,
    const struct bases *b, struct arena *a, struct store_entry *e, struct str *why);

/* The same, but an object's bytes stay where they are: see store_object. */
enum store_answer store_find(struct store *s, const struct digest *request,
    const struct bases *b, struct arena *a, struct store_entry *e, struct str *why);

/* The bytes of an object, verified.  False if they are gone or damaged: it is a miss now. */
bool store_object(struct store *s, const struct digest *name, struct arena *a, struct str *bytes);

/*
 * Objects that follow one another, joined; the caller names them by the digests of
 * all, and knows what the bytes mean.  They are never missed: without them there
 * are the objects.
 */
bool store_pieces(struct store *s, const struct digest *name, struct arena *a, struct str *bytes);
/* Take off what proves the bytes of such a file.  False if they are damaged. */
bool store_unseal(const struct digest *name, struct str *bytes);
void store_keep_pieces(struct store *s, const struct digest *name, struct str bytes);

/*
 * Keep a result (done or failed) under its name (K2).  False, with *why, if it is not kept: an
 * input changed after the compiler began, the meaning depends on a clock, the
 * disk is full.  No error: the result is as good.
 */
bool store_publish(struct store *s, const struct digest *request,
    const struct compile_request *r, const struct compile_result *result,
    struct arena *a, struct digest *name, struct str *why);

/*
 * Make alternatives that came from elsewhere, the newest first, part of a
 * request's manifest.  Those that are not in it go in front, in their order, and
 * as many of the others stay as there is room for.
 */
enum store_merged { STORE_MERGED, STORE_KNOWN, STORE_UNWRITTEN };

struct alternative;
enum store_merged store_merge(struct store *s, const struct digest *request,
    const struct alternative *list, size_t n, bool is_dry);

/*
 * Single flight: only one process builds a request.  A claim ends with
 * store_unclaim or with the process; without a lock to be had it is granted.
 */
bool store_claim(struct store *s, const struct digest *request);
void store_unclaim(struct store *s, const struct digest *request);
/*
 * The process that has the claim, by its own number; 0: nobody, or not known.
 * *is_stopped: it will not come to its end until somebody lets it go on.
 */
pid_t store_claimer(const struct store *s, const struct digest *request, bool *is_stopped);

/*
 * Has a run of that key (of object, input and arguments, as the caller
 * defines it) succeeded before, and how long did it take?
 */
bool store_ran(struct store *s, const struct digest *run, int64_t *nanoseconds);
void store_mark_ran(struct store *s, const struct digest *run, int64_t nanoseconds);

/* A text that was kept under a name (a key of all that it depends on). */
bool store_text(struct store *s, const struct digest *name, struct arena *a, struct str *text);
void store_keep_text(struct store *s, const struct digest *name, struct str text);

/*
 * What a run of that key gave, as the caller's bytes: kept whatever was there
 * before, and read back verified.  Not more than STORE_RECORDED of them; what
 * cannot be kept is gone, and no error.
 */
enum { STORE_RECORDED = 4 << 20 };
bool store_recorded(struct store *s, const struct digest *run, struct arena *a, struct str *bytes);
bool store_record(struct store *s, const struct digest *run, struct str bytes);

struct store_counts {
	size_t published;
	size_t damaged;		/* entries found damaged and taken away */
};

const struct store_counts *store_counts(struct store *s);

/* What this run did, so far; for who serves a hit, misses or compiles to add to. */
struct stats *store_stats(struct store *s);
/* The kind of the last miss: which of the counts it adds to. */
enum stat_id store_miss(const struct store *s);

#endif
