/*
 * What goes out of the cache: forged entries with forged times, no compiler.
 * With a number, so many entries are made at the end.
 */
#undef NDEBUG
#define _GNU_SOURCE	/* nftw, utimensat, F_OFD_SETLK */
#include "runner/cache/gc.h"

#include <assert.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runner/cache/budget.h"
#include "runner/cache/gate.h"
#include "runner/cache/record.h"
#include "runner/cache/stats.h"
#include "runner/cache/trees.h"
#include "tangle/base/arena.h"
#include "tangle/base/buf.h"
#include "tangle/base/diag.h"
#include "tangle/project/settings.h"

enum { BLOCK = 4096, MINUTE = 60, HOUR = 3600, DAY = 24 * HOUR };

/* An entry: result, manifest and object of one block each; sets may be shared. */
enum { ENTRY = 3 };

static struct arena arena;
static struct diag diag;
static struct folder folder;
static char top[] = "/tmp/skein-gc-XXXXXX";

static const struct budget none = { .max_size = SETTING_NO_LIMIT, .max_age = SETTING_NO_TIME };

/* A cache of its own for each test. */
static void
begin(const char *name)
{
	assert(folder_open(&folder, arena_cstr(&arena, arena_printf(&arena, "%s/%s", top, name)),
	    &arena, &diag));
	assert(folder.fd != -1);
}

static void
end(void)
{
	folder_close(&folder);
}

static struct digest
named(const char *what, int i)
{
	return hash_of(arena_printf(&arena, "%s %d", what, i));
}

static const char *
path_of(enum kind kind, struct digest d)
{
	char hex[HASH_HEX + 1];

	digest_hex(d, hex);
	return arena_printf(&arena, "%.*s/%c/%.2s/%s", STR_ARG(folder.path), (char)kind, hex,
	    hex + 2).data;
}

static void
set_age(const char *path, long seconds)
{
	struct timespec t[2];

	clock_gettime(CLOCK_REALTIME, &t[0]);
	t[0].tv_sec -= seconds;
	t[1] = t[0];
	assert(utimensat(AT_FDCWD, path, t, AT_SYMLINK_NOFOLLOW) == 0);
}

static bool
is_there(enum kind kind, struct digest d)
{
	return access(path_of(kind, d), F_OK) == 0;
}

static struct digest
put(enum kind kind, struct digest name, struct str text, long age)
{
	assert(folder_replace(&folder, kind, &name, text));
	set_age(path_of(kind, name), age);
	return name;
}

static struct digest
put_object(int i, long age)
{
	struct str text = arena_printf(&arena, "object %d", i);

	return put(KIND_OBJECT, hash_of(text), text, age);
}

static struct digest
put_set(int i, long age)
{
	struct input in = { .path = arena_printf(&arena, "h%d.h", i) };
	struct buf text = {0};
	struct str s;

	inputs_begin(&text);
	inputs_write(&in, &text);
	s = buf_take(&text, &arena);
	return put(KIND_INPUTS, hash_of(s), s, age);
}

static struct digest
put_result(int i, struct digest object, long age)
{
	struct result r = { .object = object };
	struct digest name = named("result", i);
	struct buf text = {0};

	result_write(&r, &name, &text);
	return put(KIND_RESULT, name, buf_take(&text, &arena), age);
}

static struct digest
put_manifest(int i, const struct alternative *list, size_t n)
{
	struct manifest m = { .list = list, .n = n };
	struct digest name = named("request", i);
	struct buf text = {0};

	record_write_manifest(&m, &name, &text);
	return put(KIND_MANIFEST, name, buf_take(&text, &arena), 0);
}

static void
put_run(int i, long age)
{
	struct result r = {0};
	struct digest name = named("run", i);
	struct buf text = {0};

	result_write(&r, &name, &text);
	put(KIND_RUN, name, buf_take(&text, &arena), age);
}

/* Entry i: everything of its own but the set. */
static void
put_entry(int i, int set, long age)
{
	struct alternative x = { .inputs = put_set(set, age) };

	x.result = put_result(i, put_object(i, age), age);
	put_manifest(i, &x, 1);
}

static bool
has_entry(int i)
{
	bool there = is_there(KIND_RESULT, named("result", i));

	assert(there == is_there(KIND_MANIFEST, named("request", i)));
	assert(there == is_there(KIND_OBJECT, hash_of(arena_printf(&arena, "object %d", i))));
	return there;
}

/* Collect with a budget; how many files went. */
static size_t
collect(const struct budget *b)
{
	struct gc g;
	uint64_t freed;
	size_t planned, n;

	gc_begin(&g, &folder);
	gc_plan(&g, b);
	planned = g.nfreed;
	freed = g.freed;
	gc_carry_out(&g);
	assert(g.nfreed == planned && g.freed == freed);
	n = g.nfreed;
	gc_end(&g);
	return n;
}

static void
test_oldest_first(void)
{
	struct budget b = none;

	begin("lru");
	for (int i = 0; i < 8; i++)
		put_entry(i, 0, HOUR * (i + 2));
	set_age(path_of(KIND_RESULT, named("result", 7)), MINUTE);
	b.max_size = (ENTRY * 5 + 1) * BLOCK;
	assert(collect(&b) == ENTRY * 3);
	for (int i = 0; i < 8; i++)
		assert(has_entry(i) == (i < 4 || i == 7));
	assert(collect(&b) == 0);
	b.max_size--;
	assert(collect(&b) == ENTRY);
	assert(!has_entry(3) && has_entry(2));
	/* the last entry takes the set of all along */
	b.max_size = 0;
	assert(collect(&b) == ENTRY * 4 + 1);
	end();
}

static void
test_age(void)
{
	struct budget b = none;

	begin("age");
	put_entry(1, 1, 8 * DAY);
	put_entry(2, 2, 6 * DAY);
	put_run(1, 8 * DAY);
	put_run(2, 6 * DAY);
	b.max_age = INT64_C(1000000000) * 7 * DAY;
	assert(collect(&b) == ENTRY + 1 + 1);
	assert(!has_entry(1) && has_entry(2));
	assert(!is_there(KIND_RUN, named("run", 1)) && is_there(KIND_RUN, named("run", 2)));
	end();
}

/* A result goes, its neighbours in the manifest and the object that they share stay. */
static void
test_shared(void)
{
	struct alternative two[2], failure;
	struct budget b = none;
	struct manifest m;
	struct digest object, request;
	struct str text;

	begin("shared");
	object = put_object(1, 9 * DAY);
	two[0] = (struct alternative){ .inputs = put_set(1, DAY), .result = put_result(1, object, DAY) };
	two[1] = (struct alternative){ .inputs = put_set(2, DAY), .result = put_result(2, object, 9 * DAY) };
	request = put_manifest(1, two, 2);
	b.max_age = INT64_C(1000000000) * 7 * DAY;
	assert(collect(&b) == 2);
	assert(is_there(KIND_OBJECT, object) && is_there(KIND_RESULT, two[0].result));
	assert(!is_there(KIND_RESULT, two[1].result) && !is_there(KIND_INPUTS, two[1].inputs));
	assert(folder_read(&folder, KIND_MANIFEST, &request, 1 << 20, false, &arena, &text));
	assert(record_read_manifest(text, &request, &arena, &m));
	assert(m.n == 1 && digest_eq(m.list[0].result, two[0].result));

	/* a manifest whose other alternative is not there is mended */
	two[1].inputs = put_set(2, DAY);
	put_manifest(1, two, 2);
	assert(collect(&none) == 1);
	assert(folder_read(&folder, KIND_MANIFEST, &request, 1 << 20, false, &arena, &text));
	assert(record_read_manifest(text, &request, &arena, &m) && m.n == 1);

	/* a failure has no object */
	failure = (struct alternative){ .is_failure = true, .inputs = put_set(3, 9 * DAY),
	    .result = named("result", 3) };
	put(KIND_FAILURE, failure.result, STR("damaged, but old"), 9 * DAY);
	put_manifest(3, &failure, 1);
	assert(collect(&b) == 3);
	end();
}

/* What nobody names goes when it is an hour old: until then somebody may be about to. */
static void
test_orphans(void)
{
	struct alternative gone = { .result = named("nothing", 0) };

	begin("orphans");
	put_object(1, 2 * HOUR);
	put_object(2, 30 * MINUTE);
	put_set(1, 2 * HOUR);
	put_set(2, 30 * MINUTE);
	put_manifest(1, &gone, 1);
	put_manifest(2, &gone, 1);
	set_age(path_of(KIND_MANIFEST, named("request", 1)), 2 * HOUR);
	assert(collect(&none) == 3);
	assert(!is_there(KIND_MANIFEST, named("request", 1)));
	assert(is_there(KIND_MANIFEST, named("request", 2)));
	end();
}

/* While somebody runs, what was used within the hour stays; when nobody does it may go. */
static void
test_live(void)
{
	struct budget b = none;
	struct folder other;

	begin("live");
	put_entry(1, 1, 30 * MINUTE);
	put_entry(2, 1, 2 * HOUR);
	b.max_size = 0;
	assert(folder_open(&other, folder.path.data, &arena, &diag));
	assert(gate_enter(&other, GATE_LIVE, GATE_SHARED));
	assert(collect(&b) == ENTRY);
	assert(has_entry(1) && !has_entry(2));
	folder_close(&other);
	assert(collect(&b) == ENTRY + 1);
	end();
}

static void
test_pin(void)
{
	struct budget b = none;
	struct digest name = named("result", 1);
	struct gc g;

	begin("pin");
	put_entry(1, 1, DAY);
	put_entry(2, 1, HOUR);
	b.max_size = 0;
	b.max_age = 0;
	gc_begin(&g, &folder);
	gc_pin(&g, survey_find_result(&g.survey, &name));
	gc_plan(&g, &b);
	gc_carry_out(&g);
	gc_end(&g);
	assert(has_entry(1) && !has_entry(2));
	end();
}

/* Between the plan and the deed one is used and one is published again. */
static void
test_meanwhile(void)
{
	struct budget b = none;
	struct alternative x, both[2];
	struct manifest m;
	struct digest request = named("request", 4);
	struct str text;
	struct gc g;

	begin("meanwhile");
	for (int i = 1; i <= 4; i++)
		put_entry(i, i, DAY);
	b.max_size = 0;
	gc_begin(&g, &folder);
	gc_plan(&g, &b);
	set_age(path_of(KIND_RESULT, named("result", 1)), 0);
	x = (struct alternative){ .inputs = put_set(9, 0), .result = put_result(9, put_object(9, 0), 0) };
	put_manifest(2, &x, 1);
	both[0] = x;
	both[1] = (struct alternative){ .inputs = put_set(4, DAY), .result = named("result", 4) };
	put_manifest(4, both, 2);
	gc_carry_out(&g);
	gc_end(&g);
	assert(folder_read(&folder, KIND_MANIFEST, &request, 1 << 20, false, &arena, &text));
	assert(record_read_manifest(text, &request, &arena, &m));
	assert(m.n == 1 && digest_eq(m.list[0].result, x.result));
	assert(has_entry(1) && !has_entry(3));
	assert(!is_there(KIND_RESULT, named("result", 2)));
	assert(is_there(KIND_MANIFEST, named("request", 2)));
	assert(is_there(KIND_RESULT, named("result", 9)));
	end();
}

/* The clock was set back: what is from the future is of now, and ages from here. */
static void
test_future(void)
{
	struct budget b = none;
	struct stat st;

	begin("future");
	put_entry(1, 1, -10 * DAY);
	put_entry(2, 1, 2 * DAY);
	b.max_age = INT64_C(1000000000) * DAY;
	assert(collect(&b) == ENTRY);
	assert(has_entry(1) && !has_entry(2));
	assert(stat(path_of(KIND_RESULT, named("result", 1)), &st) == 0);
	assert(st.st_mtime <= time(NULL));
	end();
}

/* What is not provably ours is nobody's to remove. */
static void
test_foreign(void)
{
	struct budget b = none;
	struct digest d = named("link", 1), e = named("folder", 1);
	const char *link, *dir, *readme = arena_printf(&arena, "%s/foreign/README", top).data,
	    *inner = arena_printf(&arena, "%s/foreign/o/ab/notes.txt", top).data,
	    *other = arena_printf(&arena, "%s/kept", top).data;
	struct stat st;

	begin("foreign");
	put_entry(1, 1, DAY);
	put_object(2, DAY);
	(void)mkdir(arena_printf(&arena, "%s/foreign/o/ab", top).data, 0700);
	fclose(fopen(readme, "w"));
	fclose(fopen(inner, "w"));
	set_age(readme, DAY);
	set_age(inner, DAY);
	/* names like ours, but a link and a folder */
	put(KIND_OBJECT, d, STR("x"), DAY);
	put(KIND_OBJECT, e, STR("x"), DAY);
	link = path_of(KIND_OBJECT, d);
	dir = path_of(KIND_OBJECT, e);
	assert(unlink(link) == 0 && symlink(readme, link) == 0);
	assert(unlink(dir) == 0 && mkdir(dir, 0700) == 0);
	set_age(link, DAY);
	/* a second name elsewhere is not ours: only this one goes */
	assert(linkat(AT_FDCWD, path_of(KIND_OBJECT, hash_of(STR("object 2"))), AT_FDCWD, other, 0) == 0);
	b.max_size = 0;
	b.max_age = 0;
	assert(collect(&b) == ENTRY + 1 + 1);
	assert(access(readme, F_OK) == 0 && access(inner, F_OK) == 0 && access(other, F_OK) == 0);
	assert(lstat(link, &st) == 0 && S_ISLNK(st.st_mode) && stat(dir, &st) == 0);
	end();
}

/* Two at once, and one that is killed on the way, at any place. */
static void
test_killed(void)
{
	struct budget b = none;
	pid_t pid[2];
	int n = 0;

	begin("killed");
	b.max_size = 40 * BLOCK;
	for (int round = 0; round < 4; round++) {
		for (int i = 0; i < 60; i++)
			put_entry(i, i % 7, 2 * HOUR + i);
		for (int k = 0; k < 2; k++) {
			pid[k] = fork();
			if (pid[k] == 0) {
				struct gc g;

				gc_begin(&g, &folder);
				gc_plan(&g, &b);
				gc_carry_out(&g);
				_exit(0);
			}
		}
		usleep((useconds_t)(round * 400));
		kill(pid[0], SIGKILL);
		for (int k = 0; k < 2; k++)
			assert(waitpid(pid[k], NULL, 0) == pid[k]);
		/* what is left is whole: no manifest names what is not there */
		for (int i = 0; i < 60; i++) {
			if (is_there(KIND_MANIFEST, named("request", i))) {
				assert(is_there(KIND_RESULT, named("result", i)));
				assert(is_there(KIND_OBJECT, hash_of(arena_printf(&arena, "object %d", i))));
				n++;
			}
		}
	}
	assert(n > 0);
	end();
}

static void
test_budget(void)
{
	struct budget b;

	begin("budget");
	assert(setenv("SKEIN_CACHE_MAX_SIZE", "3M", 1) == 0 && setenv("SKEIN_CACHE_MAX_AGE", "2d", 1) == 0);
	assert(setenv("SKEIN_CACHE_GC", "off", 1) == 0);
	budget_of_environment(&b, &diag);
	assert(b.max_size == 3 << 20 && b.max_age == INT64_C(1000000000) * 2 * DAY && b.is_off);
	assert(b.min_free == 0 && diag.warnings == 0);
	assert(unsetenv("SKEIN_CACHE_MAX_SIZE") == 0 && unsetenv("SKEIN_CACHE_MAX_AGE") == 0);
	assert(unsetenv("SKEIN_CACHE_GC") == 0);
	budget_of_environment(&b, &diag);
	assert(b.max_size == UINT64_C(2) << 30 && !b.is_off);

	/* the first look begins the day; growth is counted in blocks */
	b.max_size = 10 * BLOCK;
	assert(!budget_is_due(&folder, &b) && budget_total(&folder) == 0);
	budget_grow(&folder, 3 * BLOCK + 1);
	budget_grow(&folder, 1);
	assert(budget_total(&folder) == 5 * BLOCK && !budget_is_due(&folder, &b));
	budget_grow(&folder, 6 * BLOCK);
	assert(!budget_is_due(&folder, &b));		/* not a minute ago */
	set_age(arena_printf(&arena, "%s/budget/total", top).data, 61);
	assert(budget_is_due(&folder, &b));
	assert(budget_excess(&folder, &b, budget_total(&folder)) == BLOCK);
	budget_settle(&folder, 2 * BLOCK);
	assert(budget_total(&folder) == 2 * BLOCK && !budget_is_due(&folder, &b));
	set_age(arena_printf(&arena, "%s/budget/total", top).data, 2 * DAY);
	assert(budget_is_due(&folder, &b));
	set_age(arena_printf(&arena, "%s/budget/total", top).data, -DAY);
	assert(budget_is_due(&folder, &b));		/* the clock was set back */
	b.is_off = true;
	assert(!budget_is_due(&folder, &b));
	/* free space that no disk has */
	b = none;
	b.min_free = UINT64_MAX;
	assert(budget_excess(&folder, &b, 1) > 0);
	end();
}

/* Over the budget a run starts a collector that outlives it. */
static void
test_background(void)
{
	struct budget b = none;
	struct stats s;

	begin("background");
	for (int i = 0; i < 9; i++)
		put_entry(i, 0, DAY + i);
	budget_settle(&folder, 0);
	budget_grow(&folder, 28 * BLOCK);
	set_age(arena_printf(&arena, "%s/background/total", top).data, 2 * MINUTE);
	b.max_size = 20 * BLOCK;
	gc_in_background(&folder, &b);
	do
		stats_read(&folder, &s);
	while (s.n[STAT_COLLECTIONS] == 0);
	assert(budget_total(&folder) == 16 * BLOCK && s.n[STAT_FREED] == 12 * BLOCK);
	assert(has_entry(4) && !has_entry(5));
	end();
}

static void
test_stats(void)
{
	struct stats s = {0}, sum;

	begin("stats");
	stats_read(&folder, &sum);
	assert(sum.since == 0 && stats_are_none(&sum));
	for (int i = 0; i < 500; i++) {
		s.n[STAT_HITS] = 2;
		s.n[STAT_SAVED] = UINT64_C(1) << 40;
		stats_flush(&folder, &s);
		assert(stats_are_none(&s));
	}
	folder.host = "elsewhere";
	s.n[STAT_HITS] = 1;
	stats_flush(&folder, &s);
	stats_read(&folder, &sum);
	assert(sum.n[STAT_HITS] == 1001 && sum.n[STAT_SAVED] == UINT64_C(500) << 40);
	assert(sum.since > 0 && sum.since <= time(NULL));
	/* a line that was cut counts nothing */
	{
		FILE *f = fopen(arena_printf(&arena, "%s/stats/stats.elsewhere", top).data, "a");

		assert(f && fputs("1 5 7 1000000", f) >= 0 && fclose(f) == 0);
	}
	stats_read(&folder, &sum);
	assert(sum.n[STAT_HITS] == 1001);
	assert(gate_enter(&folder, GATE_STATS, GATE_SHARED) && !gate_is_held(&folder, GATE_STATS));
	assert(stats_reset(&folder));
	stats_read(&folder, &sum);
	assert(stats_are_none(&sum));
	end();
}

static const char *
make_tree(const char *place, char digit, size_t n, long age)
{
	const char *path = arena_printf(&arena, "%.*s/%s", STR_ARG(folder.path), place).data;
	char name[HASH_HEX + 1];
	int fd;

	memset(name, digit, n);
	name[n] = '\0';
	(void)mkdir(path, 0700);
	path = arena_printf(&arena, "%s/%s", path, name).data;
	assert(mkdir(path, 0700) == 0 && mkdir(arena_printf(&arena, "%s/in", path).data, 0) == 0);
	fd = open(arena_printf(&arena, "%s/lock", path).data, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert(fd != -1 && close(fd) == 0);
	set_age(arena_printf(&arena, "%s/lock", path).data, age);
	set_age(path, age);
	return path;
}

/* Folders that runs work in: of targets by their own time, of consoles by their lock. */
static void
test_trees(void)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	const char *old[3], *new[3];
	struct folder other;
	int lock;

	begin("trees");
	old[0] = make_tree("s", 'a', HASH_HEX, 8 * DAY);
	new[0] = make_tree("s", 'b', HASH_HEX, 6 * DAY);
	old[1] = make_tree("w", 'a', 16, 8 * DAY);
	new[1] = make_tree("w", 'b', 16, 6 * DAY);
	new[2] = make_tree("w", 'z', 16, 8 * DAY);	/* not ours by name */
	old[2] = make_tree("w", 'c', 16, 8 * DAY);	/* in use */
	lock = open(arena_printf(&arena, "%s/lock", old[2]).data, O_RDWR | O_CLOEXEC);
	assert(lock != -1 && fcntl(lock, F_OFD_SETLK, &whole) == 0);
	assert(trees_collect(&folder, INT64_C(1000000000) * 7 * DAY, true) == 2);
	assert(trees_collect(&folder, INT64_C(1000000000) * 7 * DAY, false) == 2);
	assert(access(old[0], F_OK) == -1 && access(old[1], F_OK) == -1 && access(old[2], F_OK) == 0);
	for (int i = 0; i < 3; i++)
		assert(access(new[i], F_OK) == 0);
	/* while others run a tree of targets has a day */
	trees_use(new[0]);
	assert(close(lock) == 0);
	assert(folder_open(&other, folder.path.data, &arena, &diag));
	assert(gate_enter(&other, GATE_LIVE, GATE_SHARED));
	assert(trees_collect(&folder, 0, false) == 2);
	assert(access(new[0], F_OK) == 0 && access(new[1], F_OK) == -1);
	folder_close(&other);
	assert(trees_collect(&folder, 0, false) == 1);
	end();
}

/* As many entries as nobody has: half of them go. */
static void
test_many(int n)
{
	struct budget b = none;

	begin("many");
	for (int i = 0; i < n; i++)
		put_entry(i, 0, 2 * HOUR + i);
	b.max_size = (uint64_t)(n / 2 * ENTRY + 1) * BLOCK;
	assert(collect(&b) == (size_t)(n - n / 2) * ENTRY);
	assert(has_entry(n / 2 - 1) && !has_entry(n / 2));
	end();
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

int
main(int argc, char **argv)
{
	arena_init(&arena);
	diag_init(&diag, stderr, DIAG_COLOR_NEVER);
	assert(mkdtemp(top));
	test_oldest_first();
	test_age();
	test_shared();
	test_orphans();
	test_live();
	test_pin();
	test_meanwhile();
	test_future();
	test_foreign();
	test_killed();
	test_budget();
	test_background();
	test_stats();
	test_trees();
	test_many(argc > 1 ? atoi(argv[1]) : 100);
	nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	diag_release(&diag);
	arena_release(&arena);
	return 0;
}
