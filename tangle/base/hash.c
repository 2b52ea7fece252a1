#include "tangle/base/hash.h"

#include <string.h>

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
