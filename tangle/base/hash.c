#include "tangle/base/hash.h"

#include <assert.h>
#include <string.h>

#include <openssl/evp.h>

#include "tangle/base/mem.h"

struct hash {
	EVP_MD_CTX *context;
};

/*
 * libcrypto cannot fail here but for want of memory: SHA-256 is built in and
 * the input is ours.  So a failure ends as mem.c ends.
 */
static void
must(int ok)
{
	if (ok != 1)
		mem_leave(1, sizeof(EVP_MD_CTX *));
}

struct hash *
hash_start(void)
{
	struct hash *h = mem_alloc(1, sizeof *h);

	h->context = EVP_MD_CTX_new();
	must(h->context != NULL);
	must(EVP_DigestInit_ex(h->context, EVP_sha256(), NULL));
	return h;
}

void
hash_add(struct hash *h, struct str s)
{
	if (s.len > 0)
		must(EVP_DigestUpdate(h->context, s.data, s.len));
}

struct digest
hash_end(struct hash *h)
{
	struct digest d;
	unsigned n = 0;

	must(EVP_DigestFinal_ex(h->context, d.bytes, &n));
	assert(n == HASH_SIZE && "SHA-256 has 32 bytes");
	EVP_MD_CTX_free(h->context);
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
