/*
 * Parts of the cache carried elsewhere: what was written is read, anything else is
 * refused, and nothing gets into a cache that the cache would not have made.
 */
#undef NDEBUG
#define _GNU_SOURCE	/* memfd_create, nftw */
#include "runner/cache/archive.h"

#include <assert.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "runner/build/base.h"
#include "runner/cache/budget.h"
#include "runner/cache/intake.h"
#include "runner/cache/key.h"
#include "runner/cache/ledger.h"
#include "runner/cache/pack.h"
#include "runner/cache/record.h"
#include "runner/cache/store.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"

enum { BLOCK = 512, FILES = 6, MAX = 1 << 16, FLIPS = 7 };

static struct arena arena;
static struct diag diag;
static char top[] = "/tmp/skein-archive-XXXXXX";

/* What a cache has for one request: it compiled with one header, and not with another. */
static struct digest request;
static struct file {
	enum kind kind;
	struct digest name;
	struct str bytes;
} files[FILES];

/* ---- some entries --------------------------------------------------------------------- */

static struct str
inputs_of(const char *path)
{
	struct buf text = {0};
	struct input i = { .path = str_of(path), .digest = hash_of(STR("some text")) };

	inputs_begin(&text);
	inputs_write(&i, &text);
	return buf_take(&text, &arena);
}

static struct str
result_of(const struct digest *name, const struct digest *object)
{
	struct result r = { .is_failure = !object, .nanoseconds = 7 };
	struct buf text = {0};

	if (object)
		r.object = *object;
	result_write(&r, name, &text);
	return buf_take(&text, &arena);
}

static struct str
manifest_of(const struct digest *of, const struct alternative *list, size_t n)
{
	struct manifest m = { .list = list, .n = n };
	struct buf text = {0};

	record_write_manifest(&m, of, &text);
	return buf_take(&text, &arena);
}

static int
by_place(const void *a, const void *b)
{
	const struct file *x = a, *y = b;

	return archive_compare(x->kind, &x->name, y->kind, &y->name);
}

static void
make_files(void)
{
	struct str object = STR("an object, never loaded"), good = inputs_of("/a/good.h"),
	    bad = inputs_of("/a/bad.h");
	struct digest o = hash_of(object), g = hash_of(good), b = hash_of(bad);
	struct alternative list[2] = { { .inputs = g }, { .is_failure = true, .inputs = b } };

	request = hash_of(STR("a request"));
	list[0].result = key_result(&request, &g);
	list[1].result = key_result(&request, &b);
	files[0] = (struct file){ KIND_OBJECT, o, object };
	files[1] = (struct file){ KIND_INPUTS, g, good };
	files[2] = (struct file){ KIND_INPUTS, b, bad };
	files[3] = (struct file){ KIND_RESULT, list[0].result, result_of(&list[0].result, &o) };
	files[4] = (struct file){ KIND_FAILURE, list[1].result, result_of(&list[1].result, NULL) };
	files[5] = (struct file){ KIND_MANIFEST, request, manifest_of(&request, list, 2) };
	qsort(files, FILES, sizeof *files, by_place);
	assert(files[0].kind == KIND_OBJECT && files[FILES - 1].kind == KIND_MANIFEST);
}

/* ---- archives in memory ------------------------------------------------------------------ */

static int
memory(struct str bytes)
{
	int fd = memfd_create("archive", MFD_CLOEXEC);

	assert(fd != -1 && pwrite(fd, bytes.data, bytes.len, 0) == (ssize_t)bytes.len);
	return fd;
}

static struct str
content(int fd)
{
	char *bytes = arena_alloc(&arena, MAX, 1);
	ssize_t n = pread(fd, bytes, MAX, 0);

	assert(n >= 0 && n < MAX && close(fd) == 0);
	return (struct str){ bytes, (size_t)n };
}

static struct str
write_all(void)
{
	struct archive_sum sum = { FILES, 0 };
	int fd = memory(STR(""));
	struct archive_writer *w;

	for (int i = 0; i < FILES; i++)
		sum.room += budget_room(files[i].bytes.len);
	w = archive_write(fd, &sum);
	for (int i = 0; i < FILES; i++)
		assert(archive_add(w, files[i].kind, &files[i].name, files[i].bytes));
	assert(archive_finish(w));
	return content(fd);
}

/*
 * Read to the end: how it ended, why, and how many files came.  If it ended well they are those
 * that were written; else the checksum at the end may be what tells.
 */
static enum archive_state
read_all(struct str bytes, const char **why, size_t *n)
{
	enum archive_state state;
	struct archive_sum sum;
	int fd = memory(bytes);
	struct archive *r = archive_read(fd, &state, &sum);
	bool is_same = true;

	*n = 0;
	while (state == ARCHIVE_MEMBER) {
		struct digest name;
		struct str text;
		enum kind kind;

		state = archive_next(r, &kind, &name, &text);
		if (state != ARCHIVE_MEMBER)
			break;
		assert(*n < FILES);
		is_same = is_same && kind == files[*n].kind &&
		    digest_eq(name, files[*n].name) && str_eq(text, files[*n].bytes);
		++*n;
	}
	assert(state != ARCHIVE_END || (is_same && *n == FILES));
	*why = archive_why(r);
	archive_close(r);
	close(fd);
	return state;
}

static void
test_round(void)
{
	struct str once = write_all(), again = write_all();
	const char *why;
	size_t n;

	assert(str_eq(once, again));
	assert(read_all(once, &why, &n) == ARCHIVE_END && n == FILES);
}

static void
test_cuts_and_flips(void)
{
	struct str whole = write_all();
	char *bytes = arena_alloc(&arena, whole.len, 1);
	const char *why;
	size_t n;

	for (size_t i = 0; i < whole.len; i++)
		assert(read_all(str_slice(whole, 0, i), &why, &n) == ARCHIVE_DAMAGED);
	for (size_t i = 0; i < whole.len; i++) {
		enum archive_state state;

		memcpy(bytes, whole.data, whole.len);
		bytes[i] = (char)(bytes[i] ^ 1 << i % FLIPS);
		state = read_all((struct str){ bytes, whole.len }, &why, &n);
		assert(state == ARCHIVE_DAMAGED || state == ARCHIVE_END || state == ARCHIVE_NEWER);
	}
}

/* ---- forged ones ------------------------------------------------------------------------- */

/* What is in the frame; blocks can be changed, and it is packed again. */
static char tar[MAX];
static size_t ntar;

static void
open_tar(void)
{
	int fd = memory(write_all());
	struct unpacking *u = unpacking_start(fd);

	ntar = unpacking_read(u, tar, sizeof tar);
	assert(unpacking_state(u) == UNPACKING_OVER && ntar % BLOCK == 0);
	unpacking_end(u);
	close(fd);
}

static struct str
packed(void)
{
	int fd = memory(STR(""));
	struct packing *p = packing_start(fd);

	assert(packing_add(p, (struct str){ tar, ntar }) && packing_end(p));
	return content(fd);
}

/* Of a header, so that nothing but the forgery is wrong. */
static void
sum_up(char *header)
{
	unsigned sum = 0;

	memset(header + 148, ' ', 8);
	for (int i = 0; i < BLOCK; i++)
		sum += (unsigned char)header[i];
	snprintf(header + 148, 8, "%06o", sum);
}

static void
refused(const char *expected)
{
	const char *why;
	size_t n;
	enum archive_state state = read_all(packed(), &why, &n);

	if (state != ARCHIVE_DAMAGED || !strstr(why, expected))
		fprintf(stderr, "state %d: %s\n", (int)state, why);
	assert(state == ARCHIVE_DAMAGED && strstr(why, expected));
}

/* The first file's header, at `at`, becomes something else. */
static void
forge(size_t at, const char *bytes, size_t n, const char *expected)
{
	open_tar();
	memcpy(tar + 2 * BLOCK + at, bytes, n);
	sum_up(tar + 2 * BLOCK);
	refused(expected);
}

static void
test_forged_headers(void)
{
	static const char types[] = "1234567xgLKSVN";

	for (const char *t = types; *t; t++)
		forge(156, t, 1, "no plain file");
	forge(156, "", 1, "no plain file");		/* of old, a NUL was a file, too */
	forge(0, "../../etc/passwd", 17, "another name");
	forge(0, "/", 1, "another name");
	forge(0, "q", 1, "another name");
	forge(1, "\\", 1, "no plain file");
	forge(2, "AB", 2, "another name");
	forge(2, "..", 2, "another name");
	forge(67, "0", 1, "no plain file");		/* a longer name */
	forge(66, "", 1, "another name");		/* a shorter one */
	forge(100, "0000755", 7, "no plain file");
	forge(108, "0001750", 7, "no plain file");
	forge(136, "00000000001", 11, "no plain file");
	forge(157, "o/ab", 4, "no plain file");
	forge(265, "root", 4, "no plain file");
	forge(345, "prefix", 6, "no plain file");
	forge(511, "x", 1, "no plain file");
	forge(124, "77777777777", 11, "too large");	/* 8 GiB */
	forge(124, "\200\0\0\0\0\0\0\0\0\0\177", 12, "no plain file");	/* the way of GNU */
	forge(124, "-0000000001", 11, "no plain file");
	forge(124, "00000000011", 11, "");
	open_tar();
	tar[2 * BLOCK + 148] ^= 1;			/* only the sum */
	refused("no plain file");
}

static void
head(const char *text)
{
	open_tar();
	memset(tar + BLOCK, 0, BLOCK);
	snprintf(tar + BLOCK, BLOCK, "%s", text);
	snprintf(tar + 124, 12, "%011o", (unsigned)strlen(text));
	sum_up(tar);
}

static void
test_forged_heads(void)
{
	const char *why;
	size_t n;

	head("skein cache archive 1\nfiles 6\nroom 24576\n");
	assert(read_all(packed(), &why, &n) == ARCHIVE_END);
	head("skein cache archive 1\nfiles 5\nroom 24576\n");
	refused("more files");
	head("skein cache archive 1\nfiles 7\nroom 28672\n");
	refused("another name");
	head("skein cache archive 1\nfiles 6\nroom 20480\n");
	refused("too large");
	head("skein cache archive 1\nfiles 6\nroom 28672\n");
	refused("less room");
	head("skein cache archive 1\nfiles 06\nroom 24576\n");
	refused("first member");
	head("skein cache archive 1\nfiles -1\nroom 24576\n");
	refused("first member");
	head("skein cache archive 1\nfiles 99999999999999999999999\nroom 24576\n");
	refused("first member");
	head("skein cache archive 1\nfiles 6\nroom 24576\nmore 1\n");
	refused("first member");
	head("something");
	refused("no archive");
	head("skein cache archive 2\nwhatever\n");
	assert(read_all(packed(), &why, &n) == ARCHIVE_NEWER && n == 0);
	open_tar();
	tar[0] = 'S';
	sum_up(tar);
	refused("no archive");
}

static void
swap_blocks(size_t a, size_t b)
{
	char t[2 * BLOCK];

	memcpy(t, tar + a, sizeof t);
	memcpy(tar + a, tar + b, sizeof t);
	memcpy(tar + b, t, sizeof t);
}

static void
test_forged_orders(void)
{
	struct str bytes;
	char *twice;
	const char *why;
	size_t n;

	open_tar();
	assert(ntar == (1 + 1 + 2 * FILES + 2) * BLOCK);	/* each file has one block */
	memcpy(tar + 4 * BLOCK, tar + 2 * BLOCK, 2 * BLOCK);
	refused("in order, or one is there twice");
	open_tar();
	swap_blocks(2 * BLOCK, (2 + 2 * (FILES - 1)) * BLOCK);	/* the manifest first */
	refused("in order, or one is there twice");
	open_tar();
	tar[3 * BLOCK + BLOCK - 1] = 'x';
	refused("behind a file");
	open_tar();
	tar[ntar - 1] = 'x';
	refused("more files");
	open_tar();
	ntar -= BLOCK;
	refused("too early");
	open_tar();
	memset(tar + ntar, 0, BLOCK);
	ntar += BLOCK;
	refused("behind it");

	/* A second frame, and one that readers pass over. */
	bytes = write_all();
	twice = arena_alloc(&arena, 2 * bytes.len, 1);
	memcpy(twice, bytes.data, bytes.len);
	memcpy(twice + bytes.len, bytes.data, bytes.len);
	assert(read_all((struct str){ twice, 2 * bytes.len }, &why, &n) == ARCHIVE_DAMAGED);
	memcpy(twice + bytes.len, "\x50\x2a\x4d\x18\0\0\0\0", 8);
	assert(read_all((struct str){ twice, bytes.len + 8 }, &why, &n) == ARCHIVE_DAMAGED);
}

/* ---- into a cache -------------------------------------------------------------------------- */

static struct store *
new_cache(const char *name)
{
	struct store *s = store_open(arena_printf(&arena, "%s/%s", top, name).data, &diag);

	assert(s);
	return s;
}

static enum intake_answer
take(struct intake *t, enum kind kind, const struct digest *name, struct str bytes)
{
	const char *why;

	return intake_take(t, kind, name, bytes, &why);
}

static void
take_files(struct intake *t, enum intake_answer expected)
{
	for (int i = 0; i < FILES; i++)
		assert(take(t, files[i].kind, &files[i].name, files[i].bytes) == expected);
}

static bool
is_in(struct store *s, const struct file *f)
{
	struct str text;

	return folder_read(store_files(s), f->kind, &f->name, MAX, false, &arena, &text) &&
	    str_eq(text, f->bytes);
}

static void
test_taking(void)
{
	struct store *s = new_cache("taking");
	struct intake t;

	intake_begin(&t, s, true);
	take_files(&t, INTAKE_NEW);
	for (int i = 0; i < FILES; i++)
		assert(!is_in(s, &files[i]));
	intake_end(&t);
	intake_begin(&t, s, false);
	take_files(&t, INTAKE_NEW);
	for (int i = 0; i < FILES; i++)
		assert(is_in(s, &files[i]));
	take_files(&t, INTAKE_THERE);

	/* What is damaged here is healed. */
	folder_replace(store_files(s), KIND_OBJECT, &files[0].name, STR("an OBJECT, never loaded"));
	assert(take(&t, KIND_OBJECT, &files[0].name, files[0].bytes) == INTAKE_NEW);
	assert(is_in(s, &files[0]));
	intake_end(&t);
	store_close(s);
}

static void
test_what_does_not_verify(void)
{
	struct store *s = new_cache("refusing");
	struct digest other = hash_of(STR("other"));
	struct intake t;
	char bytes[BLOCK];

	intake_begin(&t, s, false);
	for (int i = 0; i < FILES; i++) {
		const struct file *f = &files[i];

		memcpy(bytes, f->bytes.data, f->bytes.len);
		bytes[f->bytes.len / 2] ^= 1;
		assert(take(&t, f->kind, &f->name, (struct str){ bytes, f->bytes.len }) == INTAKE_REFUSED);
		assert(take(&t, f->kind, &other, f->bytes) == INTAKE_REFUSED);
		assert(take(&t, KIND_LEDGER, &f->name, f->bytes) == INTAKE_REFUSED);
		assert(!folder_has(store_files(s), f->kind, &f->name));
	}
	assert(take(&t, KIND_INPUTS, &files[0].name, files[0].bytes) == INTAKE_REFUSED);
	/* Whole, but what they name is not here. */
	for (int i = 0; i < FILES; i++)
		if (files[i].kind == KIND_RESULT || files[i].kind == KIND_MANIFEST)
			assert(take(&t, files[i].kind, &files[i].name, files[i].bytes) == INTAKE_REFUSED);
	intake_end(&t);
	store_close(s);
}

static void
read_manifest(struct store *s, struct manifest *m)
{
	struct str text;

	assert(folder_read(store_files(s), KIND_MANIFEST, &request, MAX, false, &arena, &text) &&
	    record_read_manifest(text, &request, &arena, m));
}

/* Theirs come first, ours stay; a result that is another request's does not come in. */
static void
test_merging(void)
{
	struct store *s = new_cache("merging");
	struct str mine = inputs_of("/a/mine.h");
	struct alternative own = { .is_failure = true, .inputs = hash_of(mine) }, forged;
	struct digest stranger = hash_of(STR("another request"));
	struct manifest m;
	struct intake t;

	own.result = key_result(&request, &own.inputs);
	intake_begin(&t, s, false);
	assert(take(&t, KIND_INPUTS, &own.inputs, mine) == INTAKE_NEW);
	assert(take(&t, KIND_FAILURE, &own.result, result_of(&own.result, NULL)) == INTAKE_NEW);
	assert(take(&t, KIND_MANIFEST, &request, manifest_of(&request, &own, 1)) == INTAKE_NEW);
	take_files(&t, INTAKE_NEW);
	read_manifest(s, &m);
	assert(m.n == 3 && digest_eq(m.list[2].result, own.result) && !m.list[0].is_failure);
	assert(take(&t, KIND_MANIFEST, &request, manifest_of(&request, &own, 1)) == INTAKE_THERE);
	read_manifest(s, &m);
	assert(m.n == 3);

	forged = m.list[0];
	assert(take(&t, KIND_MANIFEST, &stranger, manifest_of(&stranger, &forged, 1)) == INTAKE_REFUSED);
	assert(!folder_has(store_files(s), KIND_MANIFEST, &stranger));
	intake_end(&t);
	store_close(s);
}

/* A later skein's is not touched, whatever comes. */
static void
test_of_later_skeins(void)
{
	struct store *s = new_cache("later");
	struct buf text = {0}, whole = {0};
	struct digest sum;
	char hex[HASH_HEX + 1];
	struct intake t;

	intake_begin(&t, s, false);
	take_files(&t, INTAKE_NEW);
	digest_hex(request, hex);
	buf_printf(&text, "skein manifest 9 %s\nnew words\n", hex);
	sum = hash_of(buf_str(&text));
	digest_hex(sum, hex);
	buf_printf(&whole, "%ssum %s\n", buf_cstr(&text), hex);
	assert(take(&t, KIND_MANIFEST, &request, buf_str(&whole)) == INTAKE_REFUSED);
	folder_replace(store_files(s), KIND_MANIFEST, &request, buf_str(&whole));
	assert(take(&t, KIND_MANIFEST, &request, files[FILES - 1].bytes) == INTAKE_THERE);
	assert(is_in(s, &(struct file){ KIND_MANIFEST, request, buf_str(&whole) }));
	buf_release(&text);
	buf_release(&whole);
	intake_end(&t);
	store_close(s);
}

/* A ledger is of the document that it names, and claims no more than it holds. */
static void
test_ledgers(void)
{
	static const char *const bodies[] = {
		"groups 99999999\n", "groups 1\ngroup 99999999 ", "groups 0\ncell 1 99999999 0 \n",
	};
	struct store *s = new_cache("ledgers");
	struct ledger l = { .document = STR("/a/notes.md") };
	struct digest name = ledger_name(l.document), other = ledger_name(STR("/b/notes.md"));
	struct str text;
	struct intake t;
	char hex[HASH_HEX + 1];

	ledger_write(store_files(s), &l, &request);
	assert(folder_read(store_files(s), KIND_LEDGER, &name, MAX, false, &arena, &text));
	intake_begin(&t, s, false);
	assert(take(&t, KIND_LEDGER, &name, text) == INTAKE_THERE);
	digest_hex(request, hex);
	for (size_t i = 0; i <= sizeof bodies / sizeof *bodies; i++) {
		bool is_last = i == sizeof bodies / sizeof *bodies;
		struct digest d = is_last ? other : name;
		struct buf forged = {0};

		record_begin(&forged, "ledger", &d);
		buf_printf(&forged, "run %s\n11 /a/notes.md\n%s", hex, is_last ? "groups 0\n" : bodies[i]);
		record_end(&forged);
		assert(take(&t, KIND_LEDGER, &d, buf_str(&forged)) == INTAKE_REFUSED);
		buf_release(&forged);
	}
	intake_end(&t);
	store_close(s);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

int
main(void)
{
	arena_init(&arena);
	diag_init(&diag, stderr, DIAG_COLOR_NEVER);
	setenv("SKEIN_CACHE_GC", "off", 1);
	assert(mkdtemp(top));
	make_files();
	test_round();
	test_cuts_and_flips();
	test_forged_headers();
	test_forged_heads();
	test_forged_orders();
	test_taking();
	test_what_does_not_verify();
	test_merging();
	test_of_later_skeins();
	test_ledgers();
	assert(nftw(top, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
	diag_release(&diag);
	arena_release(&arena);
	return 0;
}
