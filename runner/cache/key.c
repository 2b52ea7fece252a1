#include "runner/cache/key.h"

#include <stdio.h>
#include <stdlib.h>

#include "runner/build/compile.h"
#include "runner/build/toolchain.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/mem.h"

/* Raise it when the form of keys, units or objects changes. */
#define FORMAT	"2"
/* The ABI between units and the host. */
#define ABI	"1"

enum tag {
	TAG_DOMAIN, TAG_FORMAT, TAG_ABI, TAG_COMPILER, TAG_WORD, TAG_UNIT,
	TAG_SOURCE, TAG_ENVIRONMENT, TAG_MACHINE, TAG_REQUEST, TAG_INPUTS,
	TAG_PART
};

enum { MAX_CPUINFO = 8192 };

struct key {
	struct hash *hash;
};

struct key *
key_start(const char *domain)
{
	struct key *k = mem_alloc(1, sizeof *k);

	k->hash = hash_start();
	key_add(k, TAG_DOMAIN, str_of(domain));
	key_add(k, TAG_FORMAT, STR(FORMAT));
	return k;
}

void
key_add(struct key *k, uint16_t tag, struct str bytes)
{
	char head[10] = { (char)(tag & 0xff), (char)(tag >> 8) };

	for (size_t i = 0; i < 8; i++)
		head[2 + i] = (char)((uint64_t)bytes.len >> (8 * i) & 0xff);
	hash_add(k->hash, (struct str){ head, sizeof head });
	hash_add(k->hash, bytes);
}

struct digest
key_end(struct key *k)
{
	struct digest d = hash_end(k->hash);

	mem_free(k);
	return d;
}

static void
add_digest(struct key *k, uint16_t tag, const struct digest *d)
{
	key_add(k, tag, (struct str){ (const char *)d->bytes, HASH_SIZE });
}

/*
 * "native" means the machine we stand on: what the kernel says of its first
 * processor enters the key.  No two machines that differ share an object then.
 */
static void
add_machine(struct key *k)
{
	static char text[MAX_CPUINFO];
	FILE *f = fopen("/proc/cpuinfo", "re");
	struct str rest = { text, 0 }, line;

	if (f) {
		rest.len = fread(text, 1, sizeof text, f);
		fclose(f);
	}
	while (str_line(&rest, &line) && line.len > 0)
		if (str_starts(line, STR("flags")) || str_starts(line, STR("model")) ||
		    str_starts(line, STR("Features")) || str_starts(line, STR("CPU ")) ||
		    str_starts(line, STR("vendor_id")))
			key_add(k, TAG_MACHINE, line);
}

static void
add_words(struct key *k, const struct compile_request *r, struct arena *a)
{
	size_t n;
	const struct str *words = compile_words(r, a, &n);

	for (size_t i = 0; i < n; i++) {
		key_add(k, TAG_WORD, base_portable_flag(&r->options->bases, words[i], a));
		if (str_ends(words[i], STR("=native")))
			add_machine(k);
	}
}

static void
add_part(struct key *k, struct str part)
{
	struct digest d = hash_of(part);

	add_digest(k, TAG_PART, &d);
}

struct digest
key_request(const struct compile_request *r, struct arena *a)
{
	struct key *k = key_start("skein request");
	const char *epoch = getenv("SOURCE_DATE_EPOCH");

	key_add(k, TAG_ABI, STR(ABI));
	add_digest(k, TAG_COMPILER, &r->options->toolchain->identity);
	add_words(k, r, a);
	if (epoch)
		key_add(k, TAG_ENVIRONMENT, str_of(epoch));
	if (r->source.len > 0)
		key_add(k, TAG_SOURCE, base_portable(&r->options->bases, r->source, a));
	else if (r->nparts == 0)
		key_add(k, TAG_UNIT, r->unit);
	for (size_t i = 0; i < r->nparts; i++)
		add_part(k, r->parts[i]);
	return key_end(k);
}

struct digest
key_result(const struct digest *request, const struct digest *inputs)
{
	struct key *k = key_start("skein result");

	add_digest(k, TAG_REQUEST, request);
	add_digest(k, TAG_INPUTS, inputs);
	return key_end(k);
}
