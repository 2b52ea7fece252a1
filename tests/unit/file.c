/*
 * Without arguments: tests.  With arguments one call of file.h or lock.h, for
 * the Bats files and the fault sweep:
 *
 *	file read PATH [MAX]		its text to stdout
 *	file replace PATH TEXT		expecting what is there now, or nothing
 *	file below ROOT PATH TEXT	the same below a root
 *	file keep ROOT PATH TEXT	the same, the old one kept beside
 *	file remove ROOT PATH TEXT	if that is its content
 *	file replaceable PATH
 *	file sweep PATH
 *	file lock ROOT WHAT SECONDS	"locked" to stdout, then hold until stdin ends
 */
#define _GNU_SOURCE
#undef NDEBUG
#include "tangle/base/file.h"

#include <assert.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tangle/base/arena.h"
#include "tangle/base/diag.h"
#include "tangle/base/lock.h"
#include "tangle/base/root.h"
#include "tangle/base/temp.h"

static const struct file_options durable = { .mode = -1, .durable = true, .make_folders = true };
static const struct file_options quick = { .mode = -1 };

/*
 * Tests
 */

static void
put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert(fd != -1 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	assert(close(fd) == 0);
}

static struct str
get(struct arena *a, const char *path, struct diag *d)
{
	struct str text;

	assert(file_read(NULL, str_of(path), 1 << 20, a, &text, d));
	return text;
}

static void
names_of_temporary_files_are_known_again(void)
{
	struct digest before = hash_of(STR("a")), after = hash_of(STR("b"));
	char name[NAME_MAX + 1], long_name[NAME_MAX + 1];
	struct temp t;

	temp_name(name, TEMP_OLD, STR("my-notes.md"), before, after);
	assert(temp_parse(&t, str_of(name)));
	assert(t.kind == TEMP_OLD && str_eq(t.name, STR("my-notes.md")) && t.pid == getpid());
	assert(temp_holds(&t, before) && temp_holds(&t, after));
	assert(!temp_holds(&t, hash_of(STR("c"))));
	name[1] = 'M';
	assert(!temp_parse(&t, str_of(name)));

	memset(long_name, 'x', NAME_MAX);
	temp_name(name, TEMP_NEW, (struct str){ long_name, NAME_MAX }, before, after);
	assert(strlen(name) < NAME_MAX && temp_parse(&t, str_of(name)));
	assert(!temp_parse(&t, STR(".a.skein-1-2-3-4.new")));
	assert(!temp_parse(&t, STR("")) && !temp_parse(&t, STR(".new")));
}

static void
changes_are_undone_together(struct diag *d)
{
	struct digest a = hash_of(STR("a"));
	struct change one, two;
	struct arena m;

	arena_init(&m);
	put("one", "a");
	assert(change_prepare(&one, NULL, STR("one"), NULL, &a, STR("A"), &quick, d) == FILE_WRITTEN);
	assert(change_prepare(&two, NULL, STR("two"), NULL, NULL, STR("B"), &quick, d) == FILE_WRITTEN);
	assert(change_settle(&one, d) && change_settle(&two, d));
	assert(change_commit(&one, d) == FILE_WRITTEN && change_commit(&two, d) == FILE_WRITTEN);
	assert(str_eq(get(&m, "one", d), STR("A")) && str_eq(get(&m, "two", d), STR("B")));
	change_undo(&two, d);
	change_undo(&one, d);
	assert(str_eq(get(&m, "one", d), STR("a")) && access("two", F_OK) == -1);
	arena_release(&m);
}

/* Saves "N\n" for N in from..to, in place and by rename, then ends. */
static _Noreturn void
edit(int from, int to)
{
	char text[32];

	for (int n = from; n < to; n++) {
		snprintf(text, sizeof text, "%d\n", n);
		put(n % 2 ? "doc" : "doc.editor", text);
		if (n % 2 == 0 && rename("doc.editor", "doc") == -1)
			_exit(1);
	}
	_exit(0);
}

/* Our part: put a line below what stands there, as a run does with output. */
static bool
append(struct diag *d)
{
	struct str text, longer;
	struct digest read;
	struct arena a;
	bool written;

	arena_init(&a);
	text = get(&a, "doc", d);
	read = hash_of(text);
	longer = arena_printf(&a, "%.*s.", STR_ARG(str_slice(text, 0, 40)));
	written = file_replace(NULL, STR("doc"), &read, longer, &quick, d) == FILE_WRITTEN;
	arena_release(&a);
	return written;
}

/*
 * The save stands at its name or, if two came too fast to tell which was first,
 * beside it.  What stands beside is then taken away.
 */
static bool
take_save(const char *save, struct diag *d)
{
	char name[64] = "doc";
	struct arena a;
	bool found = false;

	arena_init(&a);
	for (int n = 0; n == 0 || access(name, F_OK) == 0; n++) {
		found = found || str_starts(get(&a, name, d), str_of(save));
		if (n > 0)
			unlink(name);
		snprintf(name, sizeof name, "doc.skein-saved-%d", n + 1);
	}
	arena_release(&a);
	return found;
}

static void
no_save_of_an_editor_is_lost(struct diag *d)
{
	enum { ROUNDS = 40, SAVES = 50 };
	int written = 0, status;

	put("doc", "0\n");
	for (int round = 0; round < ROUNDS; round++) {
		pid_t editor = fork();
		char last[32];

		if (editor == 0)
			edit(round * SAVES, (round + 1) * SAVES);
		assert(editor != -1);
		while (waitpid(editor, &status, WNOHANG) == 0)
			written += append(d);
		assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
		snprintf(last, sizeof last, "%d\n", (round + 1) * SAVES - 1);
		assert(take_save(last, d) && "what the editor saved last is there");
	}
	assert(d->errors == 0);
	(void)written;
}

static void
a_second_lock_waits_or_fails(struct diag *d)
{
	struct root root;
	struct lock one, two;

	assert(root_open(&root, STR("."), d));
	assert(lock_take(&one, &root, STR("doc"), 0, d));
	assert(lock_take(&two, &root, STR("one"), 0, d) && "another document, another lock");
	lock_release(&two);
	assert(!lock_take(&two, &root, STR("./doc"), 0, d) && diag_status(d) == STATUS_CONFLICT);
	lock_release(&one);
	assert(lock_take(&two, &root, STR("doc"), 0, d));
	lock_release(&two);
	root_close(&root);
}

static int
test(void)
{
	char folder[] = "/tmp/skein-unit-file-XXXXXX";
	FILE *null = fopen("/dev/null", "w");
	struct diag d;

	assert(null && mkdtemp(folder) && chdir(folder) == 0);
	diag_init(&d, null, DIAG_COLOR_NEVER);
	names_of_temporary_files_are_known_again();
	changes_are_undone_together(&d);
	no_save_of_an_editor_is_lost(&d);
	a_second_lock_waits_or_fails(&d);
	diag_release(&d);
	fclose(null);
	unlink("doc");
	unlink("one");
	unlink(".skein/.gitignore");
	assert(rmdir(".skein") == 0);
	assert(chdir("/") == 0 && rmdir(folder) == 0 && "nothing is left behind");
	return 0;
}

/*
 * One call
 */

static void
answer(enum file_result result, struct diag *d)
{
	static const char *const words[] = {
		[FILE_WRITTEN] = "written", [FILE_UNCHANGED] = "unchanged",
		[FILE_CHANGED] = "changed", [FILE_FAILED] = "failed"
	};

	puts(words[result]);
	if (result == FILE_CHANGED)
		diag_status_add(d, STATUS_CONFLICT);
}

static void
replace(const struct root *root, struct str path, const char *text, bool keep, struct diag *d)
{
	struct file_options o = durable;
	struct file_state f;

	o.keep = keep;
	file_sweep(root, path, d);
	if (!file_look(root, path, &f, d))
		return;
	answer(file_replace(root, path, f.exists ? &f.digest : NULL, str_of(text), &o, d), d);
}

static bool
hold(const struct root *root, struct str what, int seconds, struct diag *d)
{
	struct lock l;
	char c;

	if (!lock_take(&l, root, what, seconds, d))
		return false;
	puts("locked");
	fflush(stdout);
	while (read(0, &c, 1) > 0)
		;
	lock_release(&l);
	return true;
}

static bool
call(int argc, char **argv, struct diag *d)
{
	const char *verb = argv[1];
	bool below = strcmp(verb, "below") == 0 || strcmp(verb, "keep") == 0 ||
	    strcmp(verb, "remove") == 0 || strcmp(verb, "lock") == 0;
	struct root root = { .fd = -1 };
	struct digest digest;
	struct arena a;
	struct str text;

	if (argc < (below ? 5 : strcmp(verb, "replace") == 0 ? 4 : 3))
		return false;
	if (below && !root_open(&root, str_of(argv[2]), d))
		return true;
	if (strcmp(verb, "read") == 0) {
		arena_init(&a);
		if (file_read(NULL, str_of(argv[2]), argc > 3 ? strtoul(argv[3], NULL, 10) : 1 << 20,
		    &a, &text, d))
			fwrite(text.data, 1, text.len, stdout);
		arena_release(&a);
	} else if (strcmp(verb, "replace") == 0) {
		replace(NULL, str_of(argv[2]), argv[3], false, d);
	} else if (strcmp(verb, "below") == 0 || strcmp(verb, "keep") == 0) {
		replace(&root, str_of(argv[3]), argv[4], strcmp(verb, "keep") == 0, d);
	} else if (strcmp(verb, "remove") == 0) {
		digest = hash_of(str_of(argv[4]));
		answer(file_remove(&root, str_of(argv[3]), &digest, d), d);
	} else if (strcmp(verb, "lock") == 0) {
		hold(&root, str_of(argv[3]), atoi(argv[4]), d);
	} else if (strcmp(verb, "replaceable") == 0) {
		if (file_replaceable(NULL, str_of(argv[2]), d))
			puts("yes");
	} else if (strcmp(verb, "sweep") == 0) {
		file_sweep(NULL, str_of(argv[2]), d);
	} else {
		return false;
	}
	root_close(&root);
	return true;
}

int
main(int argc, char **argv)
{
	enum status status;
	struct diag d;

	if (argc == 1)
		return test();
	signal(SIGXFSZ, SIG_IGN);
	diag_init(&d, stderr, DIAG_COLOR_NEVER);
	if (!call(argc, argv, &d)) {
		fputs("usage: see the top of tests/unit/file.c\n", stderr);
		diag_status_add(&d, STATUS_USAGE);
	}
	if (fflush(stdout) != 0)
		diag_errno(&d, "write", STR("standard output"));
	status = diag_status(&d);
	diag_release(&d);
	return (int)status;
}
