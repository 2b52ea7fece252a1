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
	hex_goes_there_and_back();
	return 0;
}
