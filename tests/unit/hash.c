#include "tangle/base/hash.h"

#undef NDEBUG
#include <assert.h>
#include <string.h>

static void
digest_is_what_sha256sum_prints(void)
{
	char hex[HASH_HEX + 1];

	digest_hex(hash_of(STR("abc")), hex);
	assert(strcmp(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") == 0);
	digest_hex(hash_of((struct str){0}), hex);
	assert(strcmp(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855") == 0);
}

static void
pieces_and_whole_agree(void)
{
	struct hash *h = hash_start();

	hash_add(h, STR("a"));
	hash_add(h, STR(""));
	hash_add(h, STR("bc"));
	assert(digest_eq(hash_end(h), hash_of(STR("abc"))));
	assert(!digest_eq(hash_of(STR("abc")), hash_of(STR("abd"))));
}

/* The figures are those of sha256sum. */
static void
every_length_is_whole(void)
{
	char text[1000], hex[HASH_HEX + 1];
	struct hash *all = hash_start();

	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (char)('0' + i % 10);
	for (size_t n = 0; n <= 300; n++) {
		struct digest whole = hash_of((struct str){ text, n });
		struct hash *h = hash_start();

		for (size_t i = 0; i < n; i += 7)
			hash_add(h, (struct str){ text + i, n - i < 7 ? n - i : 7 });
		assert(digest_eq(hash_end(h), whole));
		hash_add(all, (struct str){ (const char *)whole.bytes, HASH_SIZE });
	}
	digest_hex(hash_of((struct str){ text, sizeof text }), hex);
	assert(strcmp(hex, "ab6c5f3237f551d208fc2ca5225a4cca20b3fd638794a804f0ed5549d5041734") == 0);
	digest_hex(hash_end(all), hex);
	assert(strcmp(hex, "cbdadf72801901a481c438151a04eb7dd7bf8fbf91954eae8e2ea3145ecc04ec") == 0);
}

static void
hex_goes_there_and_back(void)
{
	struct digest d = hash_of(STR("x")), back;
	char hex[HASH_HEX + 1];

	digest_hex(d, hex);
	assert(digest_parse(&back, str_of(hex)) && digest_eq(d, back));
	assert(!digest_parse(&back, STR("12")));
	hex[5] = 'G';
	assert(!digest_parse(&back, str_of(hex)));
}

int
main(void)
{
	digest_is_what_sha256sum_prints();
	pieces_and_whole_agree();
	every_length_is_whole();
	hex_goes_there_and_back();
	return 0;
}
