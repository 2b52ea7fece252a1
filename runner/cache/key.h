/*
 * Everything that could change a result, as one digest.
 *
 * A key is SHA-256 over records (tag, 2 bytes; length, 8 bytes; that many
 * bytes; integers little endian) that begin with a domain and a format
 * version, so that no two different lists of records are the same bytes.
 *
 * The first-level key of a compilation (K1) covers all that is known before
 * the compiler starts: the unit, the flags, the compiler's identity.  The
 * second-level key (K2) adds the digests of all files that were read.
 */
#ifndef RUNNER_CACHE_KEY_H
#define RUNNER_CACHE_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "tangle/base/hash.h"

struct arena;
struct compile_request;
struct key;

struct key *key_start(const char *domain);
void key_add(struct key *k, uint16_t tag, struct str bytes);
struct digest key_end(struct key *k);

/*
 * K1.  Paths below the bases of the options count by their portable form.
 * Sources count by their names; their bytes are part of K2, like headers.
 */
struct digest key_request(const struct compile_request *r, struct arena *a);

/*
 * A part of a request, to say which of them differs from another time: what it is
 * called ("flags"), its digest, and what people may be shown of it.
 */
struct key_group {
	struct str name;
	struct digest digest;
	const struct str *words;
	size_t nwords;
};

enum { KEY_GROUPS = 12 };

/*
 * The groups of a request, as many as it has.  All that is in K1 is in one of
 * them, but for the order of flags of different groups.
 */
size_t key_groups(const struct compile_request *r, struct arena *a,
    struct key_group groups[KEY_GROUPS]);

/* A group by itself: the digest of its words. */
struct key_group key_group(struct str name, const struct str *words, size_t nwords,
    struct arena *a);

/* K2: of K1 and of the digest of the set of inputs. */
struct digest key_result(const struct digest *request, const struct digest *inputs);

#endif
