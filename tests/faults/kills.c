/*
 * kills SKEIN KILLS SEED: `skein tangle` and `skein clean` over ever new versions
 * of a document, killed at random times, so many of them; in the empty folder
 * that we stand in.
 *
 * After each round every target is what it was before, or what the version
 * wants, with its mode, and nothing else has changed.  A run that was not
 * killed ends with 0, has done all, and leaves nothing beside.
 */
#define _GNU_SOURCE
#include "tests/faults/drive.h"

#include <dirent.h>
#include <signal.h>

enum { PATHS = 8, FOREIGN = 5 };

static const char *const paths[PATHS] = {
	"a", "b", "src/c", "src/d", "deep/er/e", "deep/er/and/deeper/f", "g", "new/h"
};
static const char *const foreign[FOREIGN] = {
	"mine", "src/mine", "deep/mine", ".a.skein-1-2.new", "a.skein-saved-1"
};
static const char *const folders[] = { ".", "src", "deep", "deep/er", "deep/er/and/deeper", "new", ".skein" };

struct version {
	char text[PATHS][MOST];		/* "": the version has no such target */
	int mode[PATHS];		/* -1: none asked for */
};

struct found {
	bool exists[PATHS];
	char text[PATHS][MOST];
	int mode[PATHS];
};

static char said[MOST];
static unsigned wrong;

static void
complain(unsigned long round, const char *what, const char *path)
{
	wrong++;
	printf("round %lu: %s: %s\n%s", round, path, what, said);
}

/* A fresh one, and its document. */
static void
make_version(struct version *v, unsigned long n)
{
	FILE *f = fopen("next.md", "we");

	need(f != NULL, "next.md");
	for (int i = 0; i < PATHS; i++) {
		v->text[i][0] = '\0';
		v->mode[i] = -1;
		if (roll(4) == 0)
			continue;
		/* Some keep their content over many versions. */
		snprintf(v->text[i], MOST, "%s %lu\n", paths[i], i % 2 ? n / 8 : n);
		fprintf(f, "```c {file=%s", paths[i]);
		if (i % 3 == 0) {
			v->mode[i] = n % 5 < 2 ? 0755 : 0640;
			fprintf(f, " mode=%o", (unsigned)v->mode[i]);
		}
		fprintf(f, "}\n%s```\n\n", v->text[i]);
	}
	need(fclose(f) == 0 && rename("next.md", "doc.md") == 0, "doc.md");
}

static void
look(struct found *f)
{
	struct stat st;

	for (int i = 0; i < PATHS; i++) {
		f->exists[i] = get_file(paths[i], f->text[i]);
		f->mode[i] = f->exists[i] && stat(paths[i], &st) == 0 ? (int)(st.st_mode & 0777) : 0;
	}
}

static bool
is_same(const struct found *a, const struct found *b, int i)
{
	return a->exists[i] == b->exists[i] && strcmp(a->text[i], b->text[i]) == 0 &&
	    a->mode[i] == b->mode[i];
}

static bool
is_new(const struct found *f, const struct version *v, int i)
{
	return f->exists[i] && strcmp(f->text[i], v->text[i]) == 0 &&
	    (v->mode[i] == -1 || v->mode[i] == f->mode[i]);
}

/* What is ours and beside the targets, and should not be after a whole run. */
static bool
is_litter(const char *name)
{
	return strstr(name, ".skein-") && strcmp(name, ".a.skein-1-2.new") != 0 &&
	    strcmp(name, "a.skein-saved-1") != 0;
}

static void
find_litter(unsigned long round)
{
	for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
		DIR *dir = opendir(folders[i]);
		const struct dirent *e;

		while (dir && (e = readdir(dir)))
			if (is_litter(e->d_name))
				complain(round, "left over", e->d_name);
		if (dir)
			closedir(dir);
	}
}

static void
check_foreign(unsigned long round)
{
	char text[MOST];

	for (int i = 0; i < FOREIGN; i++)
		if (!get_file(foreign[i], text) || strcmp(text, foreign[i]) != 0)
			complain(round, "a foreign file has changed", foreign[i]);
}

static void
judge(unsigned long round, const struct version *v, bool cleaned, int status,
    const struct found *before, const struct found *after)
{
	bool whole = status == 0;

	if (status != 0 && status != 128 + SIGKILL)
		complain(round, "it did not end with 0", cleaned ? "clean" : "tangle");
	for (int i = 0; i < PATHS; i++) {
		bool wanted = v->text[i][0] != '\0', done;

		if (cleaned)
			done = !wanted ? !after->exists[i] : is_same(before, after, i);
		else
			done = wanted ? is_new(after, v, i) : is_same(before, after, i);
		if (!done && (whole || !is_same(before, after, i)))
			complain(round, after->exists[i] ? after->text[i] : "(gone)", paths[i]);
	}
	if (whole)
		find_litter(round);
	check_foreign(round);
}

int
main(int argc, char **argv)
{
	const char *tangle[] = { argv[1], "tangle", "doc.md", NULL };
	const char *clean[] = { argv[1], "clean", "doc.md", NULL };
	unsigned long kills, killed = 0, n;
	long usual = 20000;
	int status = -1;
	static struct version v;
	static struct found before, after;

	if (argc != 4)
		return 2;
	kills = strtoul(argv[2], NULL, 10);
	dice = strtoul(argv[3], NULL, 10);
	need(mkdir("src", 0755) == 0 && mkdir("deep", 0755) == 0, "mkdir");
	for (int i = 0; i < FOREIGN; i++)
		put_file(foreign[i], foreign[i]);
	make_version(&v, 0);
	for (n = 1; (killed < kills || status != 0) && wrong < 20; n++) {
		/* In the last one, and now and then, nobody comes between. */
		bool cleaning = roll(5) == 0, whole = killed >= kills || roll(20) == 0;
		long began, limit = (long)roll((unsigned)usual);
		pid_t pid;

		if (roll(3) > 0)
			make_version(&v, n);
		look(&before);
		began = microseconds();
		pid = start(cleaning ? clean : tangle);
		if (!whole) {
			pause_for(limit);
			kill(pid, SIGKILL);
		}
		status = end_of(pid);
		/* How long it takes hangs on the machine's other work. */
		if (whole)
			usual = (3 * usual + (microseconds() - began)) / 4;
		killed += status == 128 + SIGKILL;
		get_file("../said", said);
		look(&after);
		judge(n, &v, cleaning, status, &before, &after);
	}
	printf("%lu runs, %lu killed, %u wrong\n", n - 1, killed, wrong);
	return wrong > 0;
}
