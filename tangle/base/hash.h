/*
 * SHA-256 of bytes (FIPS 180-4): the name of a content.
 *
 * Made in one call or piece by piece: hash_start, hash_add as often as
 * wanted, hash_end.  A digest is 32 bytes, or 64 lower-case hex digits that
 * `sha256sum` would print.
 */
#ifndef TANGLE_BASE_HASH_H
#define TANGLE_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tangle/base/str.h"

enum { HASH_SIZE = 32, HASH_HEX = 2 * HASH_SIZE };

struct hash;

struct digest {
	unsigned char bytes[HASH_SIZE];
};

struct hash *hash_start(void);
void hash_add(struct hash *h, struct str s);
/* The digest of all that was added; frees h. */
struct digest hash_end(struct hash *h);

struct digest hash_of(struct str s);

/*
 * What git calls a file of that size and content, in hex: 40 digits (SHA-1, which proves
 * nothing against whoever wants two files of one name), or 64 (SHA-256).
 */
enum { HASH_BLOB = HASH_HEX + 1 };
struct blob *blob_start(size_t digits, uint64_t size);
void blob_add(struct blob *b, struct str s);
/* Ended by NUL; frees b. */
void blob_end(struct blob *b, char hex[HASH_BLOB]);

bool digest_eq(struct digest a, struct digest b);

/* 64 hex digits and a NUL. */
void digest_hex(struct digest d, char hex[HASH_HEX + 1]);
/* False if hex is not 64 lower-case hex digits. */
bool digest_parse(struct digest *d, struct str hex);

#endif
