/*
 * No damaged byte of the cache is ever believed, and all damage heals.
 *
 *	damage [FLIPS [SEED]]
 *
 * A few results are kept; then their files are cut, flipped, swapped, or
 * replaced by what is no file.  What is looked up after that is a miss or the
 * truth, the useless file is counted and gone, and what is published then is,
 * to the byte, what was there before.  Without arguments a sample; with them
 * so many flips, and every truncation (tests/faults/damage).
 */
#undef NDEBUG
#define _GNU_SOURCE	/* CLOCK_REALTIME_COARSE, nftw */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "runner/build/compile.h"
#include "runner/build/loop.h"
#include "runner/build/memo.h"
#include "runner/build/toolchain.h"
#include "runner/cache/key.h"
#include "runner/cache/store.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"

enum { MOST_FILES = 16, MAX_BYTES = 1 << 16, SAMPLE = 400, CUTS = 12 };

static struct diag diag;
static FILE *nowhere;
static char top[] = "/tmp/skein-damage-XXXXXX";
static char cache[64], header[64];

static const struct toolchain toolchain = { .path = "/bin/true", .kind = TOOLCHAIN_GCC };
static struct compile_options options = { .toolchain = &toolchain };

/* Two that compile, one that does not, and one for another machine. */
static const struct subject {
	struct str unit, object;
} subjects[] = {
	{ { "int a;", 6 }, { "one object\0with\nsome bytes", 26 } },
	{ { "int b;", 6 }, { "the other object", 16 } },
	{ { "int", 3 }, { NULL, 0 } },
};
enum { SUBJECTS = sizeof subjects / sizeof *subjects };

/* The files of the cache, as they should be. */
static struct file {
	char path[256];
	char bytes[MAX_BYTES];
	size_t n;
} files[MOST_FILES];
static size_t nfiles;

static struct compile_request
request_of(const struct subject *s)
{
	return (struct compile_request){ .options = &options, .unit = s->unit };
}

static void
publish(struct store *s, const struct subject *x, struct arena *a)
{
	static const struct span spans[] = { { 2, 5 } };
	static const struct message said[] = {
		{ MESSAGE_WARNING, { "sum", 3 }, false, 4, 2, { "odd\nthing", 9 }, { "-Wodd", 5 },
		    spans, 1, NULL, 0 },
	};
	struct str inputs[1] = { str_of(header) }, why;
	struct compile_request r = request_of(x);
	struct compile_result result = { .end = x->object.data ? COMPILE_DONE : COMPILE_FAILED,
	    .object = x->object, .messages = { said, 1, 0 }, .nanoseconds = 123,
	    .inputs = inputs, .ninputs = 1, .inputs_known = true, .start = loop_now() };
	struct digest k = key_request(&r, a), name;

	clock_gettime(CLOCK_REALTIME_COARSE, &result.began);
	assert(store_publish(s, &k, &r, &result, a, &name, &why));
}

/* The truth, or (false) a miss. */
static bool
finds(struct store *s, const struct subject *x, struct arena *a)
{
	struct compile_request r = request_of(x);
	struct digest k = key_request(&r, a);
	struct store_entry e;
	struct str why;
	enum store_answer answer = store_lookup(s, &k, &options.bases, a, &e, &why);

	if (answer == STORE_MISS)
		return false;
	assert(answer == (x->object.data ? STORE_OBJECT : STORE_FAILURE));
	assert(!x->object.data || str_eq(e.object, x->object));
	assert(e.messages.n == 1 && str_eq(e.messages.list[0].text, STR("odd\nthing")));
	assert(e.nanoseconds == 123);
	return true;
}

static bool
has_run(struct store *s)
{
	struct digest run = hash_of(STR("a run"));
	int64_t took;

	if (!store_ran(s, &run, &took))
		return false;
	assert(took == 4711);
	return true;
}

static bool
knows_fact(struct store *s, struct arena *a)
{
	struct str value;

	if (!memo_recall(store_memo(s), STR("fact"), a, &value))
		return false;
	assert(str_eq(value, STR("value")));
	return true;
}

/* Look everything up, and publish what is not there. How much was there? */
static size_t
look_and_heal(size_t *damaged)
{
	struct store *s = store_open(cache, &diag);
	struct digest run = hash_of(STR("a run"));
	struct str absent[1] = { STR("/nonexistent") };
	struct arena a;
	size_t found = 0;

	assert(s);
	arena_init(&a);
	for (size_t i = 0; i < SUBJECTS; i++) {
		if (finds(s, &subjects[i], &a))
			found++;
		else
			publish(s, &subjects[i], &a);
	}
	if (has_run(s))
		found++;
	else
		store_mark_ran(s, &run, 4711);
	if (knows_fact(s, &a))
		found++;
	else
		memo_learn(store_memo(s), STR("fact"), STR("value"), absent, 1);
	*damaged = store_counts(s)->damaged;
	store_close(s);
	arena_release(&a);
	return found;
}

enum { ALL = SUBJECTS + 2 };

static bool
holds_truth(const struct file *f)
{
	static char bytes[MAX_BYTES];
	struct stat st;
	int fd = open(f->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	bool ok = fd != -1 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 022) == 0 &&
	    st.st_uid == geteuid() && read(fd, bytes, sizeof bytes) == (ssize_t)f->n &&
	    memcmp(bytes, f->bytes, f->n) == 0;

	if (fd != -1)
		close(fd);
	return ok;
}

static bool
is_memo(const struct file *f)
{
	return strstr(f->path, "/memo.") != NULL;
}

/* With one file damaged: what it is for is a miss, and all is whole again after it. */
static void
check_heals(const struct file *f)
{
	size_t damaged, found = look_and_heal(&damaged);

	if (found == ALL)
		fprintf(stderr, "%s was believed\n", f->path);
	assert(found < ALL);
	assert(is_memo(f) || damaged > 0);
	/* What a damaged file had hidden from the first look shows at the second. */
	found = look_and_heal(&damaged);
	if (is_memo(f)) {	/* it has learnt more meanwhile */
		assert(found == ALL);
		return;
	}
	if (!holds_truth(f))
		fprintf(stderr, "%s has not healed\n", f->path);
	assert(holds_truth(f));
}

static void
put_bytes(const char *path, const char *bytes, size_t n, mode_t mode)
{
	int fd;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert(fd != -1 && write(fd, bytes, n) == (ssize_t)n && fchmod(fd, mode) == 0);
	assert(close(fd) == 0);
}

static uint64_t state;

static uint64_t
any(uint64_t below)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (state >> 33) % below;
}

static void
flip(struct file *f, uint64_t bit)
{
	char *byte = &f->bytes[bit / 8], was = *byte;

	*byte = (char)(was ^ 1 << bit % 8);
	put_bytes(f->path, f->bytes, f->n, 0400);
	*byte = was;
	check_heals(f);
}

static void
test_flips(unsigned long flips)
{
	for (unsigned long i = 0; i < flips; i++) {
		struct file *f = &files[i % nfiles];

		flip(f, any((uint64_t)f->n * 8));
	}
}

static void
test_cuts(bool every)
{
	for (size_t i = 0; i < nfiles; i++)
		for (size_t n = 0; n < files[i].n; n += every ? 1 : 1 + files[i].n / CUTS) {
			put_bytes(files[i].path, files[i].bytes, n, 0400);
			check_heals(&files[i]);
		}
}

/* The bytes of every file in the place of every other. */
static void
test_swaps(void)
{
	for (size_t i = 0; i < nfiles; i++)
		for (size_t k = 0; k < nfiles; k++)
			if (i != k) {
				put_bytes(files[i].path, files[k].bytes, files[k].n, 0400);
				check_heals(&files[i]);
			}
}

static void
make_socket(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	/* Its own path may be too long for a socket's name. */
	snprintf(at.sun_path, sizeof at.sun_path, "%s/socket", top);
	assert(fd != -1 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0);
	assert(rename(at.sun_path, path) == 0 && close(fd) == 0);
}

static void
make_full_folder(const char *path)
{
	char inner[300];

	snprintf(inner, sizeof inner, "%s/file", path);
	assert(mkdir(path, 0700) == 0);
	put_bytes(inner, "x", 1, 0600);
}

static void
make_sparse(const char *path)
{
	assert(truncate(path, (off_t)1 << 40) == 0 || errno == EFBIG);
}

enum oddity {
	EMPTY, SPARSE, FOLDER, FULL_FOLDER, FIFO, SOCKET, LINK, DANGLING, LINK_TO_TRUTH,
	WRITABLE, FOREIGN, ODDITIES
};

/* False if the system does not let us. */
static bool
make_odd(enum oddity odd, const struct file *f)
{
	char truth[64];

	snprintf(truth, sizeof truth, "%s/truth", top);
	put_bytes(truth, f->bytes, f->n, 0400);
	put_bytes(f->path, f->bytes, odd == EMPTY ? 0 : f->n, odd == WRITABLE ? 0622 : 0600);
	if (odd > SPARSE && odd < WRITABLE)
		assert(unlink(f->path) == 0);
	switch (odd) {
	case EMPTY:
	case WRITABLE: return true;
	case SPARSE: make_sparse(f->path); return true;
	case FOLDER: return mkdir(f->path, 0700) == 0;
	case FULL_FOLDER: make_full_folder(f->path); return true;
	case FIFO: return mkfifo(f->path, 0600) == 0;
	case SOCKET: make_socket(f->path); return true;
	case LINK: return symlink("/etc/passwd", f->path) == 0;
	case DANGLING: return symlink("nowhere", f->path) == 0;
	case LINK_TO_TRUTH: return symlink(truth, f->path) == 0;
	case FOREIGN: return chown(f->path, 65534, 65534) == 0;
	case ODDITIES: break;
	}
	return false;
}

static void
test_oddities(void)
{
	for (size_t i = 0; i < nfiles; i++)
		for (enum oddity odd = EMPTY; odd < ODDITIES; odd++) {
			/* A memo's place is ours to write over, but for a folder with files. */
			if (is_memo(&files[i]) && odd == FULL_FOLDER)
				continue;
			if (make_odd(odd, &files[i]))
				check_heals(&files[i]);
			put_bytes(files[i].path, files[i].bytes, files[i].n, 0400);
		}
}

/* What is not ours stays, wherever it stands. */
static void
test_strangers(void)
{
	char path[2][300];
	size_t damaged;

	snprintf(path[0], sizeof path[0], "%s/o/stranger", cache);
	snprintf(path[1], sizeof path[1], "%s.old", files[0].path);
	put_bytes(path[0], "x", 1, 0600);
	put_bytes(path[1], "x", 1, 0600);
	assert(look_and_heal(&damaged) == ALL && damaged == 0);
	assert(unlink(path[0]) == 0 && unlink(path[1]) == 0);
}

static int
take_file(const char *path, const struct stat *st, int type, struct FTW *w)
{
	struct file *f = &files[nfiles];
	FILE *in;

	(void)st;
	if (type != FTW_F || (w->level != 3 && !strstr(path, "/memo.")) || strstr(path, "/z/"))
		return 0;	/* (what no run reads is left to about.c) */
	assert(nfiles < MOST_FILES && strlen(path) < sizeof f->path);
	snprintf(f->path, sizeof f->path, "%s", path);
	in = fopen(path, "re");
	assert(in);
	f->n = fread(f->bytes, 1, sizeof f->bytes, in);
	fclose(in);
	nfiles++;
	return 0;
}

/* What was written is older than what begins now (file times have a coarse clock). */
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

/* Three manifests, lists of inputs (one), results and a failure, two objects, a run, a memo. */
static void
fill(void)
{
	size_t damaged;

	put_bytes(header, "int h;\n", 7, 0600);
	tick();
	assert(look_and_heal(&damaged) == 0 && damaged == 0);
	assert(look_and_heal(&damaged) == ALL && damaged == 0);
	assert(nftw(cache, take_file, 8, FTW_PHYS) == 0);
	assert(nfiles == 11);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *w)
{
	(void)st, (void)type, (void)w;
	return remove(path);
}

int
main(int argc, char **argv)
{
	unsigned long flips = argc > 1 ? strtoul(argv[1], NULL, 10) : SAMPLE;

	state = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
	nowhere = fopen("/dev/null", "we");
	assert(nowhere && mkdtemp(top));
	snprintf(cache, sizeof cache, "%s/cache", top);
	snprintf(header, sizeof header, "%s/h.h", top);
	diag_init(&diag, nowhere, DIAG_COLOR_NEVER);
	fill();
	test_strangers();
	test_flips(flips);
	test_cuts(argc > 1);
	test_swaps();
	test_oddities();
	assert(diag.warnings == 0);
	diag_release(&diag);
	fclose(nowhere);
	assert(nftw(top, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
	return 0;
}
