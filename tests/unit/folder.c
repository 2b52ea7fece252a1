/*
 * The cache's folder: whom it trusts, what it leaves behind, who locks.
 */
#undef NDEBUG
#define _GNU_SOURCE	/* nftw */
#include "runner/cache/folder.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runner/build/litter.h"
#include "tangle/base/arena.h"
#include "tangle/base/diag.h"

static struct arena arena;
static struct diag diag;
static char top[] = "/tmp/skein-folder-XXXXXX";

static const char *
path_to(const char *name)
{
	return arena_printf(&arena, "%s/%s", top, name).data;
}

static struct folder
open_cache(const char *name)
{
	struct folder f;

	assert(folder_open(&f, path_to(name), &arena, &diag));
	return f;
}

/* The path of what is kept under a text's digest. */
static const char *
entry_path(const char *cache, enum kind kind, const struct digest *d, size_t depth)
{
	char hex[HASH_HEX + 1];

	digest_hex(*d, hex);
	return depth == 1 ? arena_printf(&arena, "%s/%s/%c", top, cache, (char)kind).data :
	    depth == 2 ? arena_printf(&arena, "%s/%s/%c/%.2s", top, cache, (char)kind, hex).data :
	    arena_printf(&arena, "%s/%s/%c/%.2s/%s", top, cache, (char)kind, hex, hex + 2).data;
}

static bool
finds(struct folder *f, const struct digest *d)
{
	struct str text;

	return folder_read(f, KIND_OBJECT, d, 100, false, &arena, &text) &&
	    str_eq(text, STR("text"));
}

static void
be_link(const char *path)
{
	const char *moved = arena_printf(&arena, "%s.moved", path).data;

	assert(rename(path, moved) == 0 && symlink(moved, path) == 0);
}

static void
be_file(const char *path)
{
	const char *moved = arena_printf(&arena, "%s.moved", path).data;

	assert(rename(path, moved) == 0 && mknod(path, S_IFREG | 0600, 0) == 0);
}

static void
be_open(const char *path)
{
	assert(chmod(path, 0777) == 0);
}

static void
be_foreign(const char *path)
{
	assert(chown(path, 65534, 65534) == 0);
}

static void
be_gone(const char *path)
{
	assert(rename(path, arena_printf(&arena, "%s.moved", path).data) == 0);
}

/* What damage does to one that was kept: told as so many warnings, and is it found? */
static void
check_inner(const char *cache, void (*harm)(const char *path), size_t depth, bool is_kept)
{
	struct digest d = hash_of(STR("text"));
	struct folder f = open_cache(cache);
	size_t before = diag.warnings;

	assert(folder_add(&f, KIND_OBJECT, &d, STR("text")) && finds(&f, &d));
	folder_close(&f);
	harm(entry_path(cache, KIND_OBJECT, &d, depth));
	f = open_cache(cache);
	finds(&f, &d);
	finds(&f, &d);
	assert(folder_add(&f, KIND_OBJECT, &d, STR("text")) == is_kept);
	/* Where others can write, what is ours is still found: each file is looked at. */
	assert(finds(&f, &d) == (is_kept || harm == be_open || harm == be_foreign));
	assert(diag.warnings - before == !is_kept);
	folder_close(&f);
}

static void
test_inner(void)
{
	check_inner("link-1", be_link, 1, false);
	check_inner("link-2", be_link, 2, false);
	check_inner("link-3", be_link, 3, true);
	check_inner("file-1", be_file, 1, false);
	check_inner("file-2", be_file, 2, false);
	check_inner("file-3", be_file, 3, true);
	check_inner("open-2", be_open, 2, false);
	check_inner("open-3", be_open, 3, true);
	check_inner("gone-1", be_gone, 1, true);
	check_inner("gone-2", be_gone, 2, true);
	if (geteuid() == 0) {
		check_inner("foreign-2", be_foreign, 2, false);
		check_inner("foreign-3", be_foreign, 3, true);
	}
}

/* The folder for files being written: without it nothing is kept, all is found. */
static void
test_temps(void)
{
	static void (*const harms[])(const char *) = { be_link, be_file, be_open };
	struct digest d = hash_of(STR("text")), other = hash_of(STR("other"));
	size_t before;

	for (size_t i = 0; i < sizeof harms / sizeof *harms; i++) {
		const char *cache = arena_printf(&arena, "temps-%zu", i).data;
		struct folder f = open_cache(cache);

		assert(folder_add(&f, KIND_OBJECT, &d, STR("text")));
		folder_close(&f);
		harms[i](arena_printf(&arena, "%s/%s/t", top, cache).data);
		before = diag.warnings;
		f = open_cache(cache);
		assert(finds(&f, &d) && !folder_add(&f, KIND_OBJECT, &other, STR("other")));
		assert(diag.warnings == before + 1);
		folder_close(&f);
	}
}

static void
write_file(const char *path, const char *text)
{
	FILE *file;

	unlink(path);
	file = fopen(path, "we");
	assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static const char tag[] = "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# A cache of skein, layout %s: x\n";

/* A layout that is newer than ours is left alone, whole. */
static void
test_layouts(void)
{
	struct folder f = open_cache("layout");
	struct digest d = hash_of(STR("text"));
	const char *path = path_to("layout/CACHEDIR.TAG");
	size_t before = diag.warnings;

	assert(folder_add(&f, KIND_OBJECT, &d, STR("text")));
	folder_close(&f);
	write_file(path, arena_printf(&arena, tag, "2").data);
	f = open_cache("layout");
	assert(f.fd == -1 && diag.warnings == before + 1);
	assert(!finds(&f, &d) && !folder_add(&f, KIND_OBJECT, &d, STR("text")));
	folder_close(&f);
	/* An older one, none, and what is no number: ours to use. */
	write_file(path, arena_printf(&arena, tag, "1").data);
	f = open_cache("layout");
	assert(finds(&f, &d));
	folder_close(&f);
	write_file(path, arena_printf(&arena, tag, "x").data);
	f = open_cache("layout");
	assert(finds(&f, &d));
	folder_close(&f);
	assert(unlink(path) == 0 && mkfifo(path, 0600) == 0);
	f = open_cache("layout");
	assert(finds(&f, &d) && diag.warnings == before + 1);
	folder_close(&f);
}

static void
be_fifo(const char *path)
{
	assert(unlink(path) == 0 && mkfifo(path, 0600) == 0);
}

static void
be_folder(const char *path)
{
	assert(unlink(path) == 0 && mkdir(path, 0700) == 0);
}

/* Who holds a claim, in the number that it has itself; and locks that are none. */
static void
test_locks(void)
{
	static void (*const harms[])(const char *) = { be_gone, be_link, be_fifo, be_folder };
	struct digest d = hash_of(STR("text")), other = hash_of(STR("other"));

	for (size_t i = 0; i < sizeof harms / sizeof *harms; i++) {
		struct folder f = open_cache("locks"), g;

		folder_close(&f);
		harms[i](path_to("locks/locks"));
		f = open_cache("locks");
		g = open_cache("locks");
		assert(folder_lock(&f, &d) && folder_lock(&f, &other));
		assert(!folder_lock(&g, &d) && folder_locker(&g, &d) == getpid());
		folder_unlock(&f, &d);
		assert(folder_locker(&g, &d) == 0 && folder_lock(&g, &d));
		assert(!folder_lock(&g, &other));
		folder_close(&f);
		folder_close(&g);
	}
}

/* Is something of that name below t/? */
static bool
is_in_temps(const char *name)
{
	return access(arena_printf(&arena, "%s/litter/t/%s", top, name).data, F_OK) == 0;
}

/* A process that works on a file and a folder, and tells once it holds them. */
static pid_t
start_worker(int temps, int *told)
{
	int ends[2];
	pid_t pid;

	assert(pipe(ends) == 0);
	pid = fork();
	if (pid == 0) {
		char name[LITTER_NAME];
		int fd = litter_file(temps, name), folder;

		assert(fd != -1 && renameat(temps, name, temps, LITTER_HELD "file") == 0);
		assert(mkdirat(temps, LITTER_HELD "folder", 0700) == 0);
		folder = openat(temps, LITTER_HELD "folder", O_RDONLY | O_DIRECTORY);
		assert(folder != -1 && litter_hold(folder));
		assert(openat(folder, "inner", O_WRONLY | O_CREAT, 0600) != -1);
		assert(write(ends[1], "", 1) == 1);
		for (;;)
			pause();
	}
	assert(pid > 0 && close(ends[1]) == 0);
	*told = ends[0];
	return pid;
}

/* What a living process holds stays, however old; a dead one's goes at once. */
static void
test_litter(void)
{
	struct folder f = open_cache("litter");
	static const struct timespec old[2] = { { 1000, 0 }, { 1000, 0 } };
	int told, status;
	pid_t pid = start_worker(f.temps, &told);
	char byte;

	assert(read(told, &byte, 1) == 1 && close(told) == 0);
	write_file(path_to("litter/t/other-new"), "");
	write_file(path_to("litter/t/other-old"), "");
	assert(utimensat(f.temps, "other-old", old, 0) == 0);
	assert(utimensat(f.temps, LITTER_HELD "file", old, 0) == 0);
	litter_sweep(f.temps, true);
	assert(is_in_temps(LITTER_HELD "file") && is_in_temps(LITTER_HELD "folder/inner"));
	assert(is_in_temps("other-new") && !is_in_temps("other-old"));
	assert(kill(pid, SIGKILL) == 0 && waitpid(pid, &status, 0) == pid);
	/* Where locks mean nothing only what is a day old goes. */
	litter_sweep(f.temps, false);
	assert(!is_in_temps(LITTER_HELD "file") && is_in_temps(LITTER_HELD "folder/inner"));
	folder_close(&f);
	assert(!is_in_temps(LITTER_HELD "folder") && is_in_temps("other-new"));
}

static void
test_network(void)
{
	assert(folder_is_network(NFS_SUPER_MAGIC) && folder_is_network(V9FS_MAGIC));
	assert(folder_is_network(FUSE_SUPER_MAGIC));
	/* As an int with its sign, on some machines. */
	assert(folder_is_network((int)CIFS_SUPER_MAGIC));
	assert(!folder_is_network(EXT4_SUPER_MAGIC) && !folder_is_network(TMPFS_MAGIC));
	assert(!folder_is_network(OVERLAYFS_SUPER_MAGIC) && !folder_is_network((int)BTRFS_SUPER_MAGIC));
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

	umask(022);
	assert(nowhere && mkdtemp(top));
	arena_init(&arena);
	diag_init(&diag, nowhere, DIAG_COLOR_NEVER);
	test_inner();
	test_temps();
	test_layouts();
	test_locks();
	test_litter();
	test_network();
	diag_release(&diag);
	arena_release(&arena);
	fclose(nowhere);
	assert(nftw(top, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
	return 0;
}
