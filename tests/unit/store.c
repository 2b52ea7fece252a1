/*
 * The cache without a compiler: what was published comes back, what others left
 * does not (damage.c has what becomes of single bytes).
 */
#undef NDEBUG
#define _GNU_SOURCE	/* CLOCK_REALTIME_COARSE, nftw */
#include "runner/cache/store.h"

#include <assert.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runner/build/compile.h"
#include "runner/build/loop.h"
#include "runner/build/memo.h"
#include "runner/build/toolchain.h"
#include "runner/cache/folder.h"
#include "runner/cache/key.h"
#include "runner/cache/record.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"

static struct arena arena;
static struct diag diag;
static char top[] = "/tmp/skein-store-XXXXXX";

static const struct toolchain toolchain = { .path = "/bin/true", .kind = TOOLCHAIN_GCC };
static struct str quote[1];
static struct compile_options options = { .toolchain = &toolchain, .quote_folders = quote };
static struct compile_request request = { .options = &options, .unit = { "int x;", 6 } };

static void
write_file(const char *name, const char *text)
{
	FILE *f = fopen(name, "we");

	assert(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

static struct str
path_to(const char *name)
{
	return arena_printf(&arena, "%s/%s", top, name);
}

/* What a compiler that began now would have given. */
static struct compile_result
result_of(const char *object, const struct str *inputs, size_t n)
{
	struct compile_result r = { .inputs = inputs, .ninputs = n, .inputs_known = true };
	static const struct span spans[] = { { 2, 5 }, { 9, SIZE_MAX } };
	static const struct fixit fixes[] = { { 4, 2, 4, 3, { "a\n b", 4 } } };
	static const struct message said[] = {
		{ MESSAGE_WARNING, { "sum", 3 }, false, 4, 2, { "odd\nthing", 9 }, { "-Wodd", 5 },
		    spans, 2, fixes, 1 },
		{ MESSAGE_NOTE, { "a/b.h", 5 }, true, 1, 0, { "here", 4 }, { NULL, 0 },
		    NULL, 0, NULL, 0 },
	};

	r.end = object ? COMPILE_DONE : COMPILE_FAILED;
	r.object = object ? str_of(object) : STR("");
	r.messages = (struct messages){ said, 2, 7 };
	r.nanoseconds = 123;
	clock_gettime(CLOCK_REALTIME_COARSE, &r.began);
	r.start = loop_now();
	return r;
}

/*
 * What was written is older than what begins now.  The clock of file times
 * runs behind the exact one, and a file that was asked about gets exact times.
 */
static void
tick(void)
{
	struct timespec then, now;

	clock_gettime(CLOCK_REALTIME, &then);
	do
		clock_gettime(CLOCK_REALTIME_COARSE, &now);
	while (now.tv_sec < then.tv_sec ||
	    (now.tv_sec == then.tv_sec && now.tv_nsec <= then.tv_nsec));
}

static struct digest
key(void)
{
	return key_request(&request, &arena);
}

static bool
publish(struct store *s, struct compile_result r)
{
	struct digest k = key(), name;
	struct str why;

	return store_publish(s, &k, &request, &r, &arena, &name, &why);
}

static enum store_answer
lookup(struct store *s, struct store_entry *e, const char *expected)
{
	struct digest k = key();
	struct str why = STR("");
	enum store_answer answer;

	store_refresh(s);
	answer = store_lookup(s, &k, &options.bases, &arena, e, &why);
	if (expected && !str_eq(why, str_of(expected)))
		fprintf(stderr, "why: %.*s\n", STR_ARG(why));
	assert(!expected || (answer == STORE_MISS && str_eq(why, str_of(expected))));
	return answer;
}

static struct store *
open_cache(const char *name)
{
	struct store *s = store_open(arena_cstr(&arena, path_to(name)), &diag);

	assert(s);
	return s;
}

static void
check_messages(const struct messages *m)
{
	assert(m->n == 2 && m->left_out == 7);
	assert(str_eq(m->list[0].text, STR("odd\nthing")) && str_eq(m->list[0].marker, STR("sum")));
	assert(str_eq(m->list[0].option, STR("-Wodd")) && m->list[0].level == MESSAGE_WARNING);
	assert(m->list[0].line == 4 && m->list[0].column == 2 && !m->list[0].is_file);
	assert(m->list[0].nspans == 2 && m->list[0].spans[1].from == 9 &&
	    m->list[0].spans[1].to == SIZE_MAX);
	assert(m->list[0].nfixes == 1 && m->list[0].fixes[0].to == 3);
	assert(str_eq(m->list[0].fixes[0].text, STR("a\n b")));
	assert(m->list[1].is_file && m->list[1].level == MESSAGE_NOTE);
	assert(m->list[1].nspans == 0 && m->list[1].nfixes == 0);
}

static void
test_roundtrip(void)
{
	struct store *s = open_cache("one");
	struct store_entry e;
	struct str inputs[1] = { path_to("h.h") };

	lookup(s, &e, "not in the cache");
	assert(publish(s, result_of("OBJECT", inputs, 1)));
	assert(lookup(s, &e, NULL) == STORE_OBJECT);
	assert(str_eq(e.object, STR("OBJECT")) && e.nanoseconds == 123);
	assert(digest_eq(e.digest, hash_of(STR("OBJECT"))));
	check_messages(&e.messages);
	request.is_program = true;
	lookup(s, &e, "not in the cache");
	request.is_program = false;
	store_close(s);

	s = open_cache("one");
	assert(lookup(s, &e, NULL) == STORE_OBJECT);
	request.unit = STR("int x");
	assert(publish(s, result_of(NULL, inputs, 1)));
	assert(lookup(s, &e, NULL) == STORE_FAILURE);
	check_messages(&e.messages);
	request.unit = STR("int x;");
	store_close(s);
}

static void
test_changes(void)
{
	struct store *s = open_cache("two");
	struct store_entry e;
	struct str inputs[1] = { path_to("h.h") };
	struct compile_result r;
	struct timespec times[2];
	struct stat st;
	const char *header = arena_cstr(&arena, inputs[0]);

	tick();
	r = result_of("OBJECT", inputs, 1);
	assert(publish(s, r));
	assert(stat(header, &st) == 0);
	write_file(header, "int b;\n");		/* as long as before */
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	assert(utimensat(AT_FDCWD, header, times, 0) == 0);
	lookup(s, &e, arena_printf(&arena, "'%s' changed", header).data);
	/* Two versions, two results: both are kept. */
	tick();
	assert(publish(s, result_of("OTHER", inputs, 1)));
	assert(lookup(s, &e, NULL) == STORE_OBJECT && str_eq(e.object, STR("OTHER")));
	write_file(header, "int a;\n");
	assert(lookup(s, &e, NULL) == STORE_OBJECT && str_eq(e.object, STR("OBJECT")));
	assert(unlink(header) == 0);
	lookup(s, &e, arena_printf(&arena, "'%s' is gone", header).data);
	write_file(header, "int a;\n");

	/* Changed since the compiler began: not kept. */
	request.unit = STR("int y;");
	r = result_of("OBJECT", inputs, 1);
	tick();
	write_file(header, "int a;\n");
	assert(!publish(s, r));
	store_refresh(s);
	assert(!publish(s, r));
	/* Depends on more than its includes: neither. */
	write_file(header, "int t = __TIME__;\n");
	tick();
	assert(!publish(s, result_of("OBJECT", inputs, 1)));
	write_file(header, "int a;\n");
	tick();
	request.unit = STR("char *s = __DATE__;");
	assert(!publish(s, result_of("OBJECT", inputs, 1)));
	request.unit = STR("int x;");
	store_close(s);
}

/*
 * A header that was written just before, and read between that and the
 * compiler's start, is known for what it was; one that was not read is not.
 */
static void
test_just_written(void)
{
	struct store *s = open_cache("two");
	struct str inputs[1] = { path_to("just.h") };
	const char *header = arena_cstr(&arena, inputs[0]);
	struct memo_file file;
	struct compile_result r;

	request.unit = STR("int just;");
	write_file(header, "int a;\n");
	r = result_of("OBJECT", inputs, 1);
	r.began.tv_sec--;		/* no doubt: it looks as if written later */
	assert(!publish(s, r));
	store_refresh(s);
	assert(memo_file(store_memo(s), inputs[0], &file));
	r = result_of("OBJECT", inputs, 1);
	r.began.tv_sec--;
	assert(publish(s, r));
	write_file(header, "int b;\n");
	assert(!publish(s, r));
	/* Read, but only after the compiler's start. */
	store_refresh(s);
	r = result_of("OTHER", inputs, 1);
	r.began.tv_sec--;
	assert(memo_file(store_memo(s), inputs[0], &file));
	assert(!publish(s, r));
	request.unit = STR("int x;");
	store_close(s);
}

/* A header that comes to stand before the one that was found. */
static void
test_shadow(void)
{
	struct store *s = open_cache("three");
	struct store_entry e;
	struct str folders[2] = { path_to("first"), path_to("second") };
	struct str inputs[1] = { path_to("second/sub/h.h") };

	assert(mkdir(arena_cstr(&arena, folders[1]), 0700) == 0);
	assert(mkdir(arena_cstr(&arena, path_to("second/sub")), 0700) == 0);
	write_file(arena_cstr(&arena, inputs[0]), "int a;\n");
	options.quote_folders = folders;
	options.nquote = 2;
	tick();
	assert(publish(s, result_of("OBJECT", inputs, 1)));
	assert(lookup(s, &e, NULL) == STORE_OBJECT);
	assert(mkdir(arena_cstr(&arena, folders[0]), 0700) == 0);
	lookup(s, &e, arena_printf(&arena, "'%s/first' appeared", top).data);
	options.nquote = 0;
	store_close(s);
}

static void
test_bases(void)
{
	struct store *s = open_cache("four");
	struct store_entry e;
	struct base here[1] = { { path_to("second"), STR("root") } };
	struct base there[1] = { { path_to("third"), STR("root") } };
	struct str inputs[1] = { path_to("second/sub/h.h") };

	assert(mkdir(arena_cstr(&arena, path_to("third")), 0700) == 0);
	options.bases = (struct bases){ here, 1 };
	assert(publish(s, result_of("OBJECT", inputs, 1)));
	options.bases.list = there;
	lookup(s, &e, "'sub/h.h' is gone");
	assert(mkdir(arena_cstr(&arena, path_to("third/sub")), 0700) == 0);
	write_file(arena_cstr(&arena, path_to("third/sub/h.h")), "int a;\n");
	assert(lookup(s, &e, NULL) == STORE_OBJECT);
	options.bases.n = 0;
	store_close(s);
}

static char files[16][512];
static int nfiles;

static int
note_file(const char *path, const struct stat *st, int type, struct FTW *w)
{
	(void)st, (void)w;
	if (type == FTW_F && nfiles < 16 && !strstr(path, "CACHEDIR") && !strstr(path, "locks"))
		snprintf(files[nfiles++], sizeof files[0], "%s", path);
	return 0;
}

static void
put_bytes(const char *path, const char *bytes, size_t n)
{
	int fd;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert(fd != -1 && write(fd, bytes, n) == (ssize_t)n && close(fd) == 0);
}

static void
test_swapped(void)
{
	struct store *s = open_cache("six");
	struct store_entry e;
	struct digest one, two;

	assert(publish(s, result_of("OBJECT", NULL, 0)));
	one = key();
	request.unit = STR("int other;");
	two = key();
	assert(!digest_eq(one, two));
	assert(publish(s, result_of("OTHER", NULL, 0)));
	store_close(s);
	/* The manifest of one in the place of the other. */
	nfiles = 0;
	assert(nftw(path_to("six/m").data, note_file, 8, FTW_PHYS) == 0 && nfiles == 2);
	assert(rename(files[0], files[1]) == 0);
	s = open_cache("six");
	assert(lookup(s, &e, NULL) != STORE_OBJECT || str_eq(e.object, STR("OTHER")));
	request.unit = STR("int x;");
	assert(lookup(s, &e, NULL) != STORE_OBJECT || str_eq(e.object, STR("OBJECT")));
	assert(store_counts(s)->damaged == 1);
	store_close(s);
}

/* A part of a record as another would have written it, the checksum right. */
static void
reseal(const char *path, const char *from, const char *to)
{
	char text[8192];
	FILE *f = fopen(path, "re");
	size_t n = f ? fread(text, 1, sizeof text, f) : 0;
	struct str all = { text, n }, kept = str_slice(all, 0, n - HASH_HEX - 5);
	size_t at = str_find(kept, str_of(from));
	struct buf b = {0};
	char hex[HASH_HEX + 1];

	assert(n > 0 && at < kept.len && fclose(f) == 0);
	buf_add(&b, str_slice(kept, 0, at));
	buf_add(&b, str_of(to));
	buf_add(&b, str_slice(kept, at + strlen(from), kept.len));
	digest_hex(hash_of(buf_str(&b)), hex);
	buf_printf(&b, "sum %s\n", hex);
	put_bytes(path, b.data, b.len);
	buf_release(&b);
}

static void
note_files(const char *folder)
{
	nfiles = 0;
	assert(nftw(path_to(folder).data, note_file, 8, FTW_PHYS) == 0 && nfiles == 1);
}

/* A newer skein's records are a miss, are no damage, and stay as they are. */
static void
test_newer(void)
{
	struct store *s = open_cache("newer");
	struct store_entry e;
	struct stat before, after;

	assert(publish(s, result_of("OBJECT", NULL, 0)));
	note_files("newer/a");
	reseal(files[0], "result 2", "result 10");
	lookup(s, &e, "the stored result is a newer skein's");
	note_files("newer/m");
	reseal(files[0], "manifest 2", "manifest 3");
	assert(stat(files[0], &before) == 0);
	lookup(s, &e, "the stored manifest is a newer skein's");
	assert(!publish(s, result_of("OTHER", NULL, 0)));
	assert(store_counts(s)->damaged == 0);
	assert(stat(files[0], &after) == 0 && before.st_ino == after.st_ino);
	/* An older one's are of no use any more. */
	reseal(files[0], "manifest 3", "manifest 1");
	lookup(s, &e, "the stored manifest was damaged");
	assert(publish(s, result_of("OTHER", NULL, 0)));
	assert(lookup(s, &e, NULL) == STORE_OBJECT && str_eq(e.object, STR("OTHER")));
	store_close(s);
}

static void
check_object(size_t at, char byte, size_t n, const char *why)
{
	struct store *s = open_cache("machine");
	struct compile_result r = result_of("", NULL, 0);
	struct store_entry e;
	char head[64];
	FILE *own = fopen("/proc/self/exe", "re");

	assert(own && fread(head, 1, sizeof head, own) == sizeof head && fclose(own) == 0);
	head[at] = byte ? byte : head[at];
	r.object = (struct str){ head, n };
	assert(publish(s, r));
	if (!why)
		assert(lookup(s, &e, NULL) == STORE_OBJECT);
	else
		lookup(s, &e, why);
	assert(store_counts(s)->damaged == (why != NULL));
	store_close(s);
}

/* Objects for another machine, class or byte order, whole and well named. */
static void
test_machine(void)
{
	const char *why = "the stored object is for another machine";

	check_object(18, 8, 64, why);		/* e_machine: MIPS */
	check_object(4, 1, 64, why);		/* 32 bits */
	check_object(5, 2, 64, why);		/* big-endian */
	check_object(0, 0, 40, why);		/* cut in its head */
	check_object(0, 0, 64, NULL);		/* what is published then is found again */
}

/* A list of inputs whose form we do not know rests on nothing that we could look at. */
static void
test_strange_inputs(void)
{
	static const char *const strange[] = { "skein inputs 2\n", "skein inputs 1\nnone /x\nlink /x\n" };

	for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
		struct folder f;
		struct store *s;
		struct store_entry e;
		struct digest k = key(), inputs = hash_of(str_of(strange[i]));
		struct alternative x = { false, inputs, key_result(&k, &inputs) };
		struct manifest m = { .list = &x, .n = 1 };
		struct buf text = {0};

		assert(folder_open(&f, path_to("strange").data, &arena, &diag));
		record_write_manifest(&m, &k, &text);
		assert(folder_add(&f, KIND_INPUTS, &inputs, str_of(strange[i])));
		assert(folder_replace(&f, KIND_MANIFEST, &k, buf_str(&text)));
		folder_close(&f);
		buf_release(&text);
		s = open_cache("strange");
		lookup(s, &e, "its list of inputs is of another version of skein");
		store_close(s);
	}
}

static void
test_runs(void)
{
	struct store *s = open_cache("seven");
	struct digest run = hash_of(STR("a run"));
	int64_t ns = 0;

	assert(!store_ran(s, &run, &ns));
	store_mark_ran(s, &run, 4711);
	store_mark_ran(s, &run, 4712);
	assert(store_ran(s, &run, &ns) && ns == 4711);
	store_close(s);
}

static void
test_claim(void)
{
	struct store *s = open_cache("seven");
	struct digest k = key();
	int status;
	pid_t pid;

	assert(store_claim(s, &k));
	pid = fork();
	if (pid == 0) {
		struct store *other = open_cache("seven");
		struct digest free_one = hash_of(STR("x"));

		_exit(store_claim(other, &k) ? 1 : store_claim(other, &free_one) ? 0 : 2);
	}
	assert(waitpid(pid, &status, 0) == pid && status == 0);
	store_unclaim(s, &k);
	pid = fork();
	if (pid == 0)
		_exit(store_claim(open_cache("seven"), &k) ? 0 : 1);	/* dies with its claim */
	assert(waitpid(pid, &status, 0) == pid && status == 0);
	assert(store_claim(s, &k));
	store_close(s);
}

static void
test_folder(void)
{
	char *path = arena_cstr(&arena, path_to("eight"));
	struct digest k = key();
	struct store_entry e;
	struct store *s;
	struct str why;

	assert(mkdir(path, 0777) == 0 && chmod(path, 0777) == 0);
	assert(!store_open(path, &diag));
	assert(diag_status(&diag) == STATUS_ENVIRONMENT);
	write_file(arena_cstr(&arena, path_to("nine")), "a file");
	s = open_cache("nine/below");
	assert(diag.warnings == 1);
	assert(store_lookup(s, &k, &options.bases, &arena, &e, &why) == STORE_MISS);
	assert(!publish(s, result_of("OBJECT", NULL, 0)));
	assert(store_claim(s, &k));
	store_close(s);
}

static void
test_facts(void)
{
	int folder = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct str rests_on[3] = { path_to("h.h"), path_to("none"), path_to("second") };
	struct memo *m = memo_open(folder, "memo");
	struct str value;

	assert(mkdirat(folder, "t", 0700) == 0);
	memo_learn(m, STR("f"), STR("value"), rests_on, 2);
	assert(memo_recall(m, STR("f"), &arena, &value) && str_eq(value, STR("value")));
	memo_close(m);
	m = memo_open(folder, "memo");
	assert(memo_recall(m, STR("f"), &arena, &value) && str_eq(value, STR("value")));
	assert(!memo_recall(m, STR("g"), &arena, &value));
	/* Another time and mode, the same bytes: still true. */
	assert(chmod(rests_on[0].data, 0400) == 0);
	memo_refresh(m);
	assert(memo_recall(m, STR("f"), &arena, &value));
	write_file(arena_cstr(&arena, rests_on[1]), "");
	memo_refresh(m);
	assert(!memo_recall(m, STR("f"), &arena, &value));
	assert(unlink(rests_on[1].data) == 0 && unlink(rests_on[0].data) == 0);
	write_file(arena_cstr(&arena, rests_on[0]), "int c;\n");
	memo_refresh(m);
	assert(!memo_recall(m, STR("f"), &arena, &value));
	memo_close(m);
	close(folder);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *w)
{
	(void)st, (void)type, (void)w;
	return remove(path);
}

int
main(void)
{
	FILE *nowhere = fopen("/dev/null", "we");

	assert(nowhere && mkdtemp(top));
	arena_init(&arena);
	diag_init(&diag, nowhere, DIAG_COLOR_NEVER);
	write_file(arena_cstr(&arena, path_to("h.h")), "int a;\n");
	tick();
	test_roundtrip();
	test_changes();
	test_just_written();
	test_shadow();
	test_bases();
	test_swapped();
	test_newer();
	test_machine();
	test_strange_inputs();
	test_runs();
	test_claim();
	test_folder();
	test_facts();
	diag_release(&diag);
	arena_release(&arena);
	fclose(nowhere);
	assert(nftw(top, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
	return 0;
}
