/*
 * What the cache keeps for people: it comes back as it was written, and not at
 * all when a byte of it is not.
 */
#undef NDEBUG
#define _GNU_SOURCE	/* nftw */
#include "runner/cache/about.h"

#include <assert.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/build/compile.h"
#include "runner/build/toolchain.h"
#include "runner/cache/folder.h"
#include "runner/cache/pack.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"

static struct arena arena;
static char top[] = "/tmp/skein-about-XXXXXX";

static const char *const environment[] = { "LC_ALL=C.UTF-8", "A=b\nc", NULL };
static const char *const compile[] = { "/bin/cc", "-DX=\"a b\"", "", "new\nline", NULL };
static const char *const list[] = { "/bin/cc", "-M", NULL };
static const struct toolchain toolchain = { .path = "/bin/cc", .version = { "cc 1", 4 },
	.environment = environment };
static const struct base bases[] = { { { "/home/me", 8 }, { "root", 4 } } };
static const struct compile_options options = { .toolchain = &toolchain, .bases = { bases, 1 } };
static const struct digest name = { { 1, 2, 3 } };

static bool
eq(struct str s, const char *text)
{
	return str_eq(s, str_of(text));
}

static struct about
example(void)
{
	static const struct str part[] = { { "part", 4 } };
	const struct compile_request r = { .options = &options, .unit = STR("int\0x;\n"),
		.parts = part, .nparts = 1, .document = STR("/home/me/a/notes.md"),
		.ordinal = 3, .written = STR("/* x */") };
	const struct compile_result result = { .end = COMPILE_FAILED, .nanoseconds = 7,
		.steps = { { "compile", compile }, { "list", list } }, .nsteps = 2,
		.folder = STR("/t/skein-1"), .log = STR("a.c:1: \xff no\n") };
	struct about x;

	about_result(&x, &r, &result, &arena);
	x.made = 1795806087656913329;
	x.run = STR("host.1.2");
	x.inputs.bytes[0] = 9;
	return x;
}

static void
comes_back(struct folder *f)
{
	struct about x = example(), y;
	struct digest part = hash_of(STR("part"));

	assert(about_read(f, &name, &arena, &y) == ABOUT_NONE);
	assert(about_add(f, &name, &x) && about_read(f, &name, &arena, &y) == ABOUT_FOUND);
	assert(eq(y.label, "a/notes.md#3") && eq(y.document, "/home/me/a/notes.md"));
	assert(y.thing == ABOUT_WHOLE && y.is_failure && y.made == x.made && y.nanoseconds == 7);
	assert(eq(y.run, "host.1.2") && y.inputs.bytes[0] == 9 && eq(y.folder, "/t/skein-1"));
	assert(y.nsteps == 2 && eq(y.steps[0].what, "compile") && y.steps[0].nwords == 4);
	assert(eq(y.steps[0].words[2], "") && eq(y.steps[0].words[3], "new\nline"));
	assert(y.steps[1].nwords == 2 && eq(y.steps[1].words[1], "-M"));
	assert(y.nenvironment == 2 && eq(y.environment[1], "A=b\nc"));
	assert(y.nbases == 1 && eq(y.bases[0].name, "root") && eq(y.bases[0].path, "/home/me"));
	assert(y.nparts == 1 && digest_eq(y.parts[0], part));
	assert(str_eq(y.text, STR("int\0x;\n")) && eq(y.written, "/* x */"));
	assert(str_eq(y.log, STR("a.c:1: \xff no\n")) && eq(y.version, "cc 1"));
}

static void
put(struct folder *f, struct str text)
{
	assert(folder_replace(f, KIND_ABOUT, &name, text));
}

/* Every byte changed, and every length but the whole. */
static void
is_never_believed_damaged(struct folder *f)
{
	struct digest other = { { 1, 2, 4 } };
	struct about y;
	struct str whole;
	char *bytes;

	assert(folder_read(f, KIND_ABOUT, &name, 1 << 20, false, &arena, &whole));
	bytes = arena_cstr(&arena, whole);
	for (size_t i = 0; i < whole.len; i++) {
		put(f, str_slice(whole, 0, i));
		assert(about_read(f, &name, &arena, &y) == ABOUT_DAMAGED);
		bytes[i] = (char)(bytes[i] ^ (1 << i % 8));
		put(f, (struct str){ bytes, whole.len });
		assert(about_read(f, &name, &arena, &y) == ABOUT_DAMAGED);
		bytes[i] = whole.data[i];
	}
	assert(folder_replace(f, KIND_ABOUT, &other, whole));
	assert(about_read(f, &other, &arena, &y) == ABOUT_DAMAGED);
	put(f, whole);
	assert(about_read(f, &name, &arena, &y) == ABOUT_FOUND);
}

/* A small frame may say that it is large: it is not believed beyond what is allowed. */
static void
is_bounded(void)
{
	struct buf zeros = {0}, frame = {0};
	struct str back;

	buf_fill(&zeros, '\0', 1 << 20);
	pack(buf_str(&zeros), &frame);
	assert(frame.len < 1000);
	assert(!unpack(buf_str(&frame), (1 << 20) - 1, &arena, &back));
	assert(unpack(buf_str(&frame), 1 << 20, &arena, &back) && back.len == 1 << 20);
	assert(!unpack(STR(""), 1, &arena, &back) && !unpack(STR("x"), 1, &arena, &back));
	for (size_t i = 0; i < frame.len; i++)
		assert(!unpack(str_slice(buf_str(&frame), 0, i), 1 << 20, &arena, &back));
	buf_release(&zeros);
	buf_release(&frame);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int
main(void)
{
	struct folder f;
	struct diag d;

	arena_init(&arena);
	diag_init(&d, stderr, DIAG_COLOR_NEVER);
	assert(mkdtemp(top) && folder_open(&f, top, &arena, &d) && f.fd != -1);
	comes_back(&f);
	is_never_believed_damaged(&f);
	is_bounded();
	folder_close(&f);
	assert(nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0);
	diag_release(&d);
	arena_release(&arena);
	return 0;
}
