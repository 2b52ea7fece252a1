#include "runner/cache/key.h"

#include <stdlib.h>
#include <string.h>

#include "runner/build/ask.h"
#include "runner/build/compile.h"
#include "runner/build/toolchain.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/mem.h"

/* Raise it when the form of keys, units or objects changes. */
#define FORMAT	"3"
/* The ABI between units and the host. */
#define ABI	"1"

enum tag {
	TAG_DOMAIN, TAG_FORMAT, TAG_ABI, TAG_COMPILER, TAG_WORD, TAG_UNIT,
	TAG_SOURCE, TAG_ENVIRONMENT, TAG_MACHINE, TAG_REQUEST, TAG_INPUTS,
	TAG_PART, TAG_PATH, TAG_LANGUAGE
};

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
 * What these name is a folder or file of ours, and counts by its portable form.  Any
 * other word counts as it is: -DHOME="/home/me/notes" is another macro in another
 * checkout.
 */
static const char *const path_flags[] = { "-I", "-iquote", "-isystem", "-idirafter", "-include", "-L",
	"--embed-dir=" };

/* The flag of this list that the word begins with; empty: it does with none. */
static struct str
path_flag(struct str word)
{
	for (size_t k = 0; k < sizeof path_flags / sizeof *path_flags; k++)
		if (str_starts(word, str_of(path_flags[k])))
			return str_of(path_flags[k]);
	return STR("");
}

/* Such a flag with its path, or the path that follows one. */
static bool
is_path(const struct str *words, size_t i)
{
	struct str flag = path_flag(words[i]);

	return words[i].len > flag.len && (flag.len > 0 ||
	    (i > 0 && str_eq(words[i - 1], path_flag(words[i - 1])) && words[i - 1].len > 0));
}

static void
add_words(struct key *k, const struct compile_request *r, struct arena *a)
{
	size_t n;
	const struct str *words = compile_words(r, a, &n);

	for (size_t i = 0; i < n; i++) {
		if (is_path(words, i))
			key_add(k, TAG_PATH, base_portable_flag(&r->options->bases, words[i], a));
		else
			key_add(k, TAG_WORD, words[i]);
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

	key_add(k, TAG_ABI, STR(ABI));
	add_digest(k, TAG_COMPILER, &r->options->toolchain->identity);
	key_add(k, TAG_LANGUAGE, str_of(compile_language(r)));
	add_words(k, r, a);
	key_add(k, TAG_MACHINE, r->options->native);
	for (size_t i = 0; ask_passed[i]; i++)
		if (getenv(ask_passed[i]))
			key_add(k, TAG_ENVIRONMENT, arena_printf(a, "%s=%s", ask_passed[i],
			    getenv(ask_passed[i])));
	if (r->source.len > 0)
		key_add(k, TAG_SOURCE, base_portable(&r->options->bases, r->source, a));
	else if (r->nparts == 0)
		key_add(k, TAG_UNIT, r->unit);
	for (size_t i = 0; i < r->nparts; i++)
		add_part(k, r->parts[i]);
	return key_end(k);
}

/* ---- in groups, for people ------------------------------------------------------------ */

struct key_group
key_group(struct str name, const struct str *words, size_t nwords, struct arena *a)
{
	struct key *k = key_start("skein group");

	for (size_t i = 0; i < nwords; i++)
		key_add(k, TAG_WORD, words[i]);
	return (struct key_group){ arena_str(a, name), key_end(k),
	    arena_copy(a, words, nwords, sizeof *words), nwords };
}

/* "gcc 12.2.0" of "gcc version 12.2.0 (Debian 12.2.0-14)". */
static struct key_group
compiler_group(const struct toolchain *t, struct arena *a)
{
	size_t at = str_find(t->version, STR(" version "));
	struct str name = str_slice(t->version, 0, at);
	struct str rest = str_slice(t->version, at + 9, t->version.len), number = str_word(&rest);
	struct str word = at == t->version.len ? str_of(t->path)
	    : arena_printf(a, "%.*s %.*s", STR_ARG(name), STR_ARG(number));
	struct key_group g = key_group(STR("compiler"), &word, 1, a);

	g.digest = t->identity;
	return g;
}

/* Which group a word of the command belongs to. */
static const char *
group_of(const struct str *words, size_t i)
{
	struct str flag = is_path(words, i) && path_flag(words[i]).len == 0 ? words[i - 1] : words[i];

	if (str_starts(flag, STR("-std=")) || str_eq(flag, STR("-ansi")))
		return "standard";
	if (str_starts(flag, STR("-l")) || str_starts(flag, STR("-L")) ||
	    str_starts(flag, STR("-Wl,")) || str_eq(flag, STR("-shared")))
		return "libraries";
	return path_flag(flag).len > 0 ? "folders" : "flags";
}

static struct key_group
words_group(const char *name, const struct compile_request *r, struct arena *a)
{
	size_t n, kept = 0;
	const struct str *words = compile_words(r, a, &n);
	struct str *list = arena_alloc(a, n, sizeof *list);

	for (size_t i = 0; i < n; i++)
		if (strcmp(group_of(words, i), name) == 0)
			list[kept++] = is_path(words, i)
			    ? base_portable_flag(&r->options->bases, words[i], a) : words[i];
	return key_group(str_of(name), list, kept, a);
}

/* Of a text there is nothing to show. */
static struct key_group
text_group(const char *name, struct str text)
{
	return (struct key_group){ .name = str_of(name), .digest = hash_of(text) };
}

/* What native means, word by word. */
static struct key_group
machine_group(struct str rest, struct arena *a)
{
	struct str *words = arena_alloc(a, rest.len / 2 + 2, sizeof *words);
	size_t n = 0;

	while ((words[n] = str_word(&rest)).len > 0)
		n++;
	return key_group(STR("machine"), words, n, a);
}

static struct key_group
environment_group(struct arena *a)
{
	struct str words[ASK_PASSED];
	size_t n = 0;

	for (size_t i = 0; ask_passed[i]; i++)
		if (getenv(ask_passed[i]))
			words[n++] = arena_printf(a, "%s=%s", ask_passed[i], getenv(ask_passed[i]));
	return key_group(STR("environment"), words, n, a);
}

size_t
key_groups(const struct compile_request *r, struct arena *a,
    struct key_group groups[KEY_GROUPS])
{
	static const char *const of_words[] = { "standard", "flags", "folders", "libraries" };
	struct str ours = STR(FORMAT "." ABI), language = str_of(compile_language(r));
	size_t n = 0;

	groups[n++] = key_group(STR("skein"), &ours, 1, a);
	groups[n++] = compiler_group(r->options->toolchain, a);
	groups[n++] = key_group(STR("language"), &language, 1, a);
	for (size_t i = 0; i < sizeof of_words / sizeof *of_words; i++)
		groups[n++] = words_group(of_words[i], r, a);
	groups[n++] = environment_group(a);
	groups[n++] = machine_group(r->options->native, a);
	if (r->nparts == 0 && r->source.len == 0)
		groups[n++] = text_group("unit", r->unit);
	return n;
}

struct digest
key_result(const struct digest *request, const struct digest *inputs)
{
	struct key *k = key_start("skein result");

	add_digest(k, TAG_REQUEST, request);
	add_digest(k, TAG_INPUTS, inputs);
	return key_end(k);
}
