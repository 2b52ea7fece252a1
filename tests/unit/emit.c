/*
 * Without arguments: tests of the manifest and of paths.  With arguments, a
 * run of emit.h for the Bats files and the fault sweep, until (and besides)
 * the commands of skein:
 *
 *	emit tangle|clean ROOT FLAGS DOC [PATH TEXT MODE]...
 *	emit names ROOT FLAGS DOC	tests/hostile/names on stdin
 *
 * FLAGS: letters of check, dry, force, trusted, or "-".  MODE: octal, or "-".
 * A TEXT of "(broken)" stands for a target that has an error.
 */
#undef NDEBUG
#include "tangle/emit/emit.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tangle/base/arena.h"
#include "tangle/base/diag.h"
#include "tangle/base/root.h"
#include "tangle/emit/manifest.h"
#include "tangle/emit/path.h"

/*
 * Tests
 */

static void
a_manifest_reads_back_what_it_wrote(struct arena *a, struct diag *d)
{
	struct digest one = hash_of(STR("1")), two = hash_of(STR("2"));
	struct str odd = STR("a b%41\n\xC3\xA4");
	const struct entry *e;
	struct manifest m;
	struct root root;
	int fd;

	assert(root_open(&root, STR("."), d) && (fd = root_state(&root, d)) != -1);
	close(fd);
	assert(manifest_read(&m, &root, a, d) && !m.exists);
	manifest_put(&m, STR("x"), odd, NULL, one);
	manifest_put(&m, odd, STR("doc"), &one, two);
	assert(manifest_write(&m, &root, false, d));
	manifest_release(&m);

	assert(manifest_read(&m, &root, a, d) && m.exists);
	e = manifest_find(&m, STR("x"));
	assert(e && str_eq(e->document, odd) && !e->has_before && digest_eq(e->now, one));
	e = manifest_find(&m, odd);
	assert(e && entry_is_ours(e, one) && entry_is_ours(e, two));
	assert(!entry_is_ours(e, hash_of(STR("3"))));
	manifest_release(&m);
	root_close(&root);
}

static bool
cleans_to(const char *path, const char *to, struct arena *a, struct diag *d)
{
	struct str clean;

	return target_path(&clean, str_of(path), false, a, PLACE_NONE, d) &&
	    str_eq(clean, str_of(to));
}

static void
paths_are_resolved_without_leaving_the_root(struct arena *a, struct diag *d)
{
	struct str clean, nul = { "a\0b", 3 };

	assert(cleans_to("a", "a", a, d));
	assert(cleans_to("./a//b/../c", "a/c", a, d));
	assert(cleans_to("..a/b..", "..a/b..", a, d));
	assert(cleans_to("%2e%2e/a", "%2e%2e/a", a, d) && "never decoded");
	assert(!cleans_to("a/../../a", "a", a, d));
	assert(!target_path(&clean, nul, true, a, PLACE_NONE, d));
	assert(!cleans_to("", "", a, d) && !cleans_to("a/", "a", a, d));
	assert(target_path(&clean, STR(".bashrc"), true, a, PLACE_NONE, d));
	assert(!target_path(&clean, STR("a/.GIT. /hooks/x"), true, a, PLACE_NONE, d));
}

static int
test(void)
{
	char folder[] = "/tmp/skein-unit-emit-XXXXXX";
	FILE *null = fopen("/dev/null", "w");
	struct arena a;
	struct diag d;

	assert(null && mkdtemp(folder) && chdir(folder) == 0);
	arena_init(&a);
	diag_init(&d, null, DIAG_COLOR_NEVER);
	a_manifest_reads_back_what_it_wrote(&a, &d);
	paths_are_resolved_without_leaving_the_root(&a, &d);
	diag_release(&d);
	arena_release(&a);
	fclose(null);
	assert(unlink(".skein/manifest") == 0 && unlink(".skein/.gitignore") == 0);
	assert(rmdir(".skein") == 0 && chdir("/") == 0 && rmdir(folder) == 0);
	return 0;
}

/*
 * One run
 */

static void
print(const char *word, size_t n)
{
	if (n > 0)
		printf("%zu %s\n", n, word);
}

static void
print_counts(const struct emit_counts *c)
{
	print("written", c->written);
	print("unchanged", c->unchanged);
	print("adopted", c->adopted);
	print("conflicts", c->conflicts);
	print("stale", c->stale);
	print("orphans", c->orphans);
	print("removed", c->removed);
}

static void
call(char **argv, struct diag *d)
{
	const char *flags = argv[3];
	struct str document = str_of(argv[4]);
	struct source source = { .name = document };
	struct emit_options o = { .documents = &document, .ndocuments = 1,
	    .check = strchr(flags, 'c'), .dry = strchr(flags, 'd'),
	    .force = strchr(flags, 'f'), .trusted = strchr(flags, 't') };
	struct emit_counts counts = {0};
	struct target targets[64];
	struct root root;
	size_t n = 0;

	for (char **p = argv + 5; p[0] && p[1] && p[2] && n < 64; p += 3)
		targets[n++] = (struct target){ .path = str_of(p[0]), .text = str_of(p[1]),
		    .mode = p[2][0] == '-' ? -1 : (int)strtol(p[2], NULL, 8),
		    .at = place_file(&source), .broken = strcmp(p[1], "(broken)") == 0 };
	if (!root_open(&root, str_of(argv[2]), d))
		return;
	if (strcmp(argv[1], "clean") == 0)
		emit_clean(&root, targets, n, &o, &counts, d);
	else
		emit_files(&root, targets, n, &o, &counts, d);
	print_counts(&counts);
	root_close(&root);
}

/*
 * Names
 */

/* Bytes that are written \xNN. */
static struct str
decode(char *line)
{
	char *to = line;
	unsigned byte;
	size_t len;

	for (const char *p = line; *p && *p != '\n'; to++) {
		bool coded = sscanf(p, "\\x%2x", &byte) == 1;

		*to = coded ? (char)byte : *p;
		p += coded ? 4 : 1;
	}
	len = (size_t)(to - line);
	return (struct str){ line, len };
}

static enum status
try_name(const struct root *root, struct str name, struct emit_options o)
{
	struct source source = { .name = o.documents[0] };
	struct target t = { .path = name, .text = STR("text\n"), .mode = -1, .at = place_file(&source) };
	struct emit_counts counts;
	FILE *null = fopen("/dev/null", "w");
	enum status status;
	struct diag d;

	assert(null);
	diag_init(&d, null, DIAG_COLOR_NEVER);
	emit_files(root, &t, 1, &o, &counts, &d);
	status = diag_status(&d);
	/* What was made goes, so that the next one finds the folder as it was. */
	if (status == STATUS_DONE &&
	    (!emit_clean(root, NULL, 0, &o, &counts, &d) || counts.removed != 1))
		status = STATUS_INTERNAL;
	diag_release(&d);
	fclose(null);
	return status;
}

/* Each name alone, with the status that it is to give; says where it does not. */
static void
names(char **argv, struct diag *d)
{
	struct str document = str_of(argv[4]);
	struct emit_options o = { .documents = &document, .ndocuments = 1, .relaxed = true,
	    .trusted = strchr(argv[3], 't') };
	size_t total = 0, wrong = 0, room = 0;
	char *line = NULL;
	struct root root;

	if (!root_open(&root, str_of(argv[2]), d))
		return;
	while (getline(&line, &room, stdin) != -1) {
		int expected = line[0] - '0';
		enum status got;

		if (line[0] == '#')
			continue;
		got = try_name(&root, decode(line + 2), o);
		total++;
		if ((int)got == expected)
			continue;
		wrong++;
		printf("status %d, not %d: %s\n", (int)got, expected, line + 2);
	}
	printf("%zu names, %zu wrong\n", total, wrong);
	free(line);
	root_close(&root);
}

int
main(int argc, char **argv)
{
	enum status status;
	struct diag d;

	if (argc == 1)
		return test();
	if (argc < 5) {
		fputs("usage: see the top of tests/unit/emit.c\n", stderr);
		return STATUS_USAGE;
	}
	signal(SIGXFSZ, SIG_IGN);
	diag_init(&d, stderr, DIAG_COLOR_NEVER);
	if (strcmp(argv[1], "names") == 0)
		names(argv, &d);
	else
		call(argv, &d);
	if (fflush(stdout) != 0)
		diag_errno(&d, "write", STR("standard output"));
	status = diag_status(&d);
	diag_release(&d);
	return (int)status;
}
