#include "tangle/base/hash.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tangle/base/mem.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <cpuid.h>
#include <immintrin.h>
#define WITH_SHA_NI	1
#endif

/*
 * Our own, as libcrypto takes longer to start than all that we hash in a warm
 * run.  Names and letters are those of FIPS 180-4.
 */
enum { BLOCK = 64, ROUNDS = 64 };

typedef void compress_fn(uint32_t h[8], const unsigned char *blocks, size_t n);

struct hash {
	uint32_t h[8];
	uint64_t length;
	size_t n;			/* bytes that wait for a whole block */
	unsigned char block[BLOCK];
};

/* The first 32 bits behind the point of the cube roots of the first 64 primes. */
static const uint32_t K[ROUNDS] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
};

/* And of the square roots of the first 8. */
static const uint32_t H0[8] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19
};

static uint32_t
rotate(uint32_t x, int n)
{
	return x >> n | x << (32 - n);
}

static uint32_t
word_at(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void
schedule(uint32_t w[ROUNDS], const unsigned char *block)
{
	for (size_t t = 0; t < 16; t++)
		w[t] = word_at(block + 4 * t);
	for (size_t t = 16; t < ROUNDS; t++) {
		uint32_t a = w[t - 15], b = w[t - 2];

		w[t] = w[t - 16] + w[t - 7] +
		    (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) +
		    (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
	}
}

/* a to h of round i are elements that move down by one in each round. */
static inline void
do_round(uint32_t v[8], size_t i, uint32_t kw)
{
	uint32_t a = v[(8 - i) % 8], b = v[(9 - i) % 8], c = v[(10 - i) % 8];
	uint32_t e = v[(12 - i) % 8], f = v[(13 - i) % 8], g = v[(14 - i) % 8];
	uint32_t t1 = v[(15 - i) % 8] + kw + ((e & f) ^ (~e & g)) +
	    (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25));
	uint32_t t2 = ((a & b) ^ (a & c) ^ (b & c)) +
	    (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22));

	v[(11 - i) % 8] += t1;
	v[(15 - i) % 8] = t1 + t2;
}

static void
compress_one(uint32_t h[8], const unsigned char *block)
{
	uint32_t w[ROUNDS], v[8];

	memcpy(v, h, sizeof v);
	schedule(w, block);
	for (size_t t = 0; t < ROUNDS; t += 8) {
#pragma GCC unroll 8
		for (size_t i = 0; i < 8; i++)
			do_round(v, i, K[t + i] + w[t + i]);
	}
	for (size_t i = 0; i < 8; i++)
		h[i] += v[i];
}

static void
compress(uint32_t h[8], const unsigned char *blocks, size_t n)
{
	for (; n > 0; n--, blocks += BLOCK)
		compress_one(h, blocks);
}

#ifdef WITH_SHA_NI
/*
 * The same by the processor's own instructions, four rounds at once.  They want
 * the state as (a b e f) and (c d g h), the highest element first.
 */
__attribute__((target("sha,sse4.1")))
static void
compress_by_processor(uint32_t h[8], const unsigned char *blocks, size_t n)
{
	const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
	__m128i badc = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)h), 0xb1);
	__m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(h + 4)), 0x1b);
	__m128i abef = _mm_alignr_epi8(badc, efgh, 8);
	__m128i cdgh = _mm_blend_epi16(efgh, badc, 0xf0);

	for (; n > 0; n--, blocks += BLOCK) {
		__m128i w[4], abef_before = abef, cdgh_before = cdgh;

#pragma GCC unroll 16
		for (size_t t = 0; t < ROUNDS / 4; t++) {
			__m128i now, *wt = &w[t % 4];

			if (t < 4)
				*wt = _mm_shuffle_epi8(_mm_loadu_si128(
				    (const __m128i *)(blocks + 16 * t)), swap);
			else
				*wt = _mm_sha256msg2_epu32(_mm_add_epi32(
				    _mm_sha256msg1_epu32(*wt, w[(t + 1) % 4]),
				    _mm_alignr_epi8(w[(t + 3) % 4], w[(t + 2) % 4], 4)),
				    w[(t + 3) % 4]);
			now = _mm_add_epi32(*wt, _mm_loadu_si128((const __m128i *)(K + 4 * t)));
			cdgh = _mm_sha256rnds2_epu32(cdgh, abef, now);
			abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(now, 0x0e));
		}
		abef = _mm_add_epi32(abef, abef_before);
		cdgh = _mm_add_epi32(cdgh, cdgh_before);
	}
	badc = _mm_shuffle_epi32(abef, 0x1b);
	efgh = _mm_shuffle_epi32(cdgh, 0xb1);
	_mm_storeu_si128((__m128i *)h, _mm_blend_epi16(badc, efgh, 0xf0));
	_mm_storeu_si128((__m128i *)(h + 4), _mm_alignr_epi8(efgh, badc, 8));
}

static bool
has_sha_ni(void)
{
	unsigned a, b, c, d, b7;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSE4_1) || !(c & bit_SSSE3))
		return false;
	return __get_cpuid_count(7, 0, &a, &b7, &c, &d) && b7 & bit_SHA;
}
#endif

/* SKEIN_HASH=plain: the way of other processors, for tests. */
static compress_fn *
best(void)
{
#ifdef WITH_SHA_NI
	const char *wish = getenv("SKEIN_HASH");

	if (has_sha_ni() && !(wish && strcmp(wish, "plain") == 0))
		return compress_by_processor;
#endif
	return compress;
}

static void
add_blocks(struct hash *k, const unsigned char *blocks, size_t n)
{
	static compress_fn *fn;

	if (!fn)
		fn = best();
	fn(k->h, blocks, n);
}

static void
begin(struct hash *k)
{
	memcpy(k->h, H0, sizeof H0);
	k->length = 0;
	k->n = 0;
}

/* To the block that has begun; true if it is whole. */
static bool
fill(struct hash *k, const unsigned char **p, size_t *left)
{
	size_t part = BLOCK - k->n < *left ? BLOCK - k->n : *left;

	memcpy(k->block + k->n, *p, part);
	k->n += part;
	*p += part;
	*left -= part;
	return k->n == BLOCK;
}

static void
add(struct hash *k, struct str s)
{
	const unsigned char *p = (const unsigned char *)s.data;
	size_t left = s.len;

	if (left == 0)
		return;
	k->length += left;
	if (k->n > 0) {
		if (!fill(k, &p, &left))
			return;
		add_blocks(k, k->block, 1);
		k->n = 0;
	}
	add_blocks(k, p, left / BLOCK);
	p += left / BLOCK * BLOCK;
	left %= BLOCK;
	fill(k, &p, &left);
}

static struct digest
end(struct hash *k)
{
	struct digest d;

	k->block[k->n++] = 0x80;
	memset(k->block + k->n, 0, BLOCK - k->n);
	if (k->n > BLOCK - 8) {
		add_blocks(k, k->block, 1);
		memset(k->block, 0, BLOCK);
	}
	for (size_t i = 0; i < 8; i++)
		k->block[BLOCK - 1 - i] = (unsigned char)(k->length * 8 >> 8 * i);
	add_blocks(k, k->block, 1);
	for (size_t i = 0; i < HASH_SIZE; i++)
		d.bytes[i] = (unsigned char)(k->h[i / 4] >> (24 - 8 * (i % 4)));
	return d;
}

struct hash *
hash_start(void)
{
	struct hash *k = mem_alloc(1, sizeof *k);

	begin(k);
	return k;
}

void
hash_add(struct hash *k, struct str s)
{
	add(k, s);
}

struct digest
hash_end(struct hash *k)
{
	struct digest d = end(k);

	mem_free(k);
	return d;
}

struct digest
hash_of(struct str s)
{
	struct hash k;

	begin(&k);
	add(&k, s);
	return end(&k);
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
