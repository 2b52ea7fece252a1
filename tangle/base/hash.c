#include "tangle/base/hash.h"

#include <stdio.h>
#include <string.h>

#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <nettle/version.h>

#include "tangle/base/mem.h"

/*
 * nettle, since libcrypto takes longer to start than all that a warm run hashes;
 * both use the processor's own instructions.
 */
struct hash {
	struct sha256_ctx context;
};

struct hash *
hash_start(void)
{
	struct hash *h = mem_alloc(1, sizeof *h);

	sha256_init(&h->context);
	return h;
}

void
hash_add(struct hash *h, struct str s)
{
	if (s.len > 0)
		sha256_update(&h->context, s.len, (const uint8_t *)s.data);
}

struct digest
hash_end(struct hash *h)
{
	struct digest d;

#if NETTLE_VERSION_MAJOR >= 4
	sha256_digest(&h->context, d.bytes);
#else
	sha256_digest(&h->context, HASH_SIZE, d.bytes);
#endif
	mem_free(h);
	return d;
}

struct digest
hash_of(struct str s)
{
	struct hash *h = hash_start();

	hash_add(h, s);
	return hash_end(h);
}

struct blob {
	size_t digits;
	union {
		struct sha1_ctx sha1;
		struct sha256_ctx sha256;
	} context;
};

struct blob *
blob_start(size_t digits, uint64_t size)
{
	struct blob *b = mem_alloc(1, sizeof *b);
	char head[32];
	int n = snprintf(head, sizeof head, "blob %llu", (unsigned long long)size);

	b->digits = digits;
	if (digits == HASH_HEX)
		sha256_init(&b->context.sha256);
	else
		sha1_init(&b->context.sha1);
	blob_add(b, (struct str){ head, (size_t)n + 1 });
	return b;
}

void
blob_add(struct blob *b, struct str s)
{
	if (s.len == 0)
		return;
	if (b->digits == HASH_HEX)
		sha256_update(&b->context.sha256, s.len, (const uint8_t *)s.data);
	else
		sha1_update(&b->context.sha1, s.len, (const uint8_t *)s.data);
}

void
blob_end(struct blob *b, char hex[HASH_BLOB])
{
	uint8_t bytes[SHA256_DIGEST_SIZE];
	bool is_sha256 = b->digits == HASH_HEX;
	size_t n = is_sha256 ? SHA256_DIGEST_SIZE : SHA1_DIGEST_SIZE;

#if NETTLE_VERSION_MAJOR >= 4
	if (is_sha256)
		sha256_digest(&b->context.sha256, bytes);
	else
		sha1_digest(&b->context.sha1, bytes);
#else
	if (is_sha256)
		sha256_digest(&b->context.sha256, n, bytes);
	else
		sha1_digest(&b->context.sha1, n, bytes);
#endif
	for (size_t i = 0; i < n; i++)
		snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
	mem_free(b);
}

bool
digest_eq(struct digest a, struct digest b)
{
	return memcmp(a.bytes, b.bytes, HASH_SIZE) == 0;
}

void
digest_hex(struct digest d, char hex[HASH_HEX + 1])
{
	for (size_t i = 0; i < HASH_SIZE; i++) {
		hex[2 * i] = "0123456789abcdef"[d.bytes[i] >> 4];
		hex[2 * i + 1] = "0123456789abcdef"[d.bytes[i] & 15];
	}
	hex[HASH_HEX] = '\0';
}

static int
nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

bool
digest_parse(struct digest *d, struct str hex)
{
	if (hex.len != HASH_HEX)
		return false;
	for (size_t i = 0; i < HASH_SIZE; i++) {
		int high = nibble(hex.data[2 * i]), low = nibble(hex.data[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		d->bytes[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}
