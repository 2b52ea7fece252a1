/*
 * orders SKEIN ORDERS SEED: random orders of what a person does (edit, delete,
 * rename, undo) and what skein does (tangle, --force, --check, clean), against
 * a model; each order in a folder of its own, below the one that we stand in.
 *
 * Every edit has text that nothing else has.  Until its author overwrites or
 * deletes it, it stands in its file or in a copy that --force kept.
 */
#include "tests/faults/drive.h"

#include <dirent.h>

enum { PATHS = 5, STEPS = 25, EDITS = STEPS };

static const char *const paths[PATHS] = { "a", "b", "src/c", "src/d", "Deep/er/e" };

/* One order. */
struct model {
	char wanted[PATHS][32];		/* "": the document names no such target */
	char edited[PATHS][32];		/* what somebody wrote there by hand, not yet taken over */
	char set_aside[EDITS][32];	/* and what --force has put beside */
	unsigned naside;
	unsigned next;			/* number of the next text */
};

static char said[MOST];
static unsigned long nwrong, nsteps, nedits, nforced;

static void
complain(unsigned long order, const char *step, const char *what, const char *path)
{
	nwrong++;
	printf("order %lu, %s: %s: %s\n%s", order, step, path, what, said);
}

static void
fresh(struct model *m, char text[32], const char *kind)
{
	snprintf(text, 32, "%s %u\n", kind, m->next++);
}

static void
write_document(const struct model *m)
{
	FILE *f = fopen("doc.md", "we");

	need(f != NULL, "doc.md");
	for (int i = 0; i < PATHS; i++)
		if (m->wanted[i][0])
			fprintf(f, "```c {file=%s}\n%s```\n\n", paths[i], m->wanted[i]);
	need(fclose(f) == 0, "doc.md");
}

static void
edit(struct model *m, int i)
{
	char folder[64], text[MOST];

	snprintf(folder, sizeof folder, "%s", paths[i]);
	for (char *p = folder; (p = strchr(p, '/')); *p++ = '/') {
		*p = '\0';
		mkdir(folder, 0755);
	}
	fresh(m, m->edited[i], "edit");
	nedits++;
	/* In place, or as most editors do. */
	if (roll(2) || !get_file(paths[i], text)) {
		put_file(paths[i], m->edited[i]);
	} else {
		put_file("editor", m->edited[i]);
		need(rename("editor", paths[i]) == 0, "rename");
	}
}

/* Does any file beside the path hold the text? */
static bool
is_kept_aside(const char *text)
{
	static const char *const folders[] = { ".", "src", "Deep/er" };
	char name[512], there[MOST];

	for (int i = 0; i < 3; i++) {
		DIR *dir = opendir(folders[i]);
		const struct dirent *e;
		bool found = false;

		while (dir && !found && (e = readdir(dir))) {
			snprintf(name, sizeof name, "%s/%s", folders[i], e->d_name);
			found = strstr(name, ".skein-saved-") && get_file(name, there) &&
			    strcmp(there, text) == 0;
		}
		if (dir)
			closedir(dir);
		if (found)
			return true;
	}
	return false;
}

static void
check_edits(const struct model *m, unsigned long order, const char *step)
{
	char text[MOST];

	for (int i = 0; i < PATHS; i++)
		if (m->edited[i][0] && (!get_file(paths[i], text) || strcmp(text, m->edited[i]) != 0))
			complain(order, step, "an edit is lost", paths[i]);
	for (unsigned i = 0; i < m->naside; i++)
		if (!is_kept_aside(m->set_aside[i]))
			complain(order, step, "an edit that was put aside is lost", m->set_aside[i]);
}

static bool
has_conflict(const struct model *m)
{
	for (int i = 0; i < PATHS; i++)
		if (m->wanted[i][0] && m->edited[i][0] && strcmp(m->wanted[i], m->edited[i]) != 0)
			return true;
	return false;
}

static void
expect(unsigned long order, const char *step, int got, int expected)
{
	char what[64];

	if (got == expected)
		return;
	snprintf(what, sizeof what, "status %d, not %d", got, expected);
	complain(order, step, what, "the command");
}

static void
tangle(struct model *m, const char *skein, bool force, unsigned long order)
{
	const char *const plain[] = { skein, "tangle", "doc.md", NULL };
	const char *const forced[] = { skein, "tangle", "--force", "doc.md", NULL };
	const char *step = force ? "tangle --force" : "tangle";
	int status = end_of(start(force ? forced : plain));
	char text[MOST];

	get_file("../said", said);
	expect(order, step, status, has_conflict(m) && !force ? 9 : 0);
	for (int i = 0; status == 0 && i < PATHS; i++) {
		if (!m->wanted[i][0])
			continue;
		if (m->edited[i][0] && strcmp(m->wanted[i], m->edited[i]) != 0) {
			memcpy(m->set_aside[m->naside++], m->edited[i], sizeof m->edited[i]);
			nforced++;
		}
		m->edited[i][0] = '\0';
		if (!get_file(paths[i], text) || strcmp(text, m->wanted[i]) != 0)
			complain(order, step, "does not hold what the document says", paths[i]);
	}
}

static void
clean(const struct model *m, const char *skein, unsigned long order)
{
	const char *const argv[] = { skein, "clean", "doc.md", NULL };
	char text[MOST];

	expect(order, "clean", end_of(start(argv)), 0);
	get_file("../said", said);
	for (int i = 0; i < PATHS; i++)
		if (!m->wanted[i][0] && !m->edited[i][0] && get_file(paths[i], text))
			complain(order, "clean", "is still there", paths[i]);
}

static void
check(const char *skein, unsigned long order)
{
	const char *const argv[] = { skein, "tangle", "--check", "doc.md", NULL };
	int status = end_of(start(argv));

	if (status > 1)
		expect(order, "check", status, 1);
}

static void
step(struct model *m, const char *skein, unsigned long order)
{
	int i = (int)roll(PATHS);

	nsteps++;
	switch (roll(10)) {
	case 0:
	case 1:
		fresh(m, m->wanted[i], "text");
		write_document(m);
		break;
	case 2:		/* the block goes */
		m->wanted[i][0] = '\0';
		write_document(m);
		break;
	case 3:		/* the block gets another file= */
		memcpy(m->wanted[roll(PATHS)], m->wanted[i], sizeof m->wanted[i]);
		write_document(m);
		break;
	case 4:
	case 5:
		edit(m, i);
		break;
	case 6:		/* what was edited goes into the document, or the file goes */
		if (m->edited[i][0] && roll(2)) {
			memcpy(m->wanted[i], m->edited[i], sizeof m->wanted[i]);
			write_document(m);
		} else {
			unlink(paths[i]);
			m->edited[i][0] = '\0';
		}
		break;
	case 7:
		tangle(m, skein, roll(3) == 0, order);
		break;
	case 8:
		if (roll(2))
			clean(m, skein, order);
		else
			check(skein, order);
		break;
	case 9:
		tangle(m, skein, false, order);
		break;
	}
	check_edits(m, order, "a step");
}

int
main(int argc, char **argv)
{
	unsigned long orders;
	char name[32];

	if (argc != 4)
		return 2;
	orders = strtoul(argv[2], NULL, 10);
	dice = strtoul(argv[3], NULL, 10);
	for (unsigned long n = 1; n <= orders; n++) {
		struct model m = {0};

		snprintf(name, sizeof name, "%lu", n);
		need(mkdir(name, 0755) == 0 && chdir(name) == 0, name);
		write_document(&m);
		for (int i = 0; i < STEPS; i++)
			step(&m, argv[1], n);
		need(chdir("..") == 0, "..");
	}
	printf("%lu orders, %lu steps, %lu edits, %lu put aside, %lu wrong\n", orders, nsteps, nedits, nforced, nwrong);
	return nwrong > 0 || nforced == 0;
}
